"""Messages byte by byte, as the specification of the wire gives them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devkit.oracle.contracts import BatchError, Direction
from devkit.oracle.errors import OraError
from devkit.oracle.net.columns import wire_type
from devkit.oracle.net.lobs import LobTable
from devkit.oracle.net.messages.connect import accept_body, read_connect, read_target
from devkit.oracle.net.messages.describe import Dialect, write_describe, write_io_vector
from devkit.oracle.net.messages.error import ErrorReply
from devkit.oracle.net.messages.execute import read_oac
from devkit.oracle.net.messages.lob_op import CREATE_TEMP, READ, WRITE, LobOp
from devkit.oracle.net.profile import ORACLE_19C, ORACLE_23AI
from devkit.oracle.net.types import Reader, WireError, Writer, ub_bytes, vb_bytes
from devkit.oracle.values import NUMBER, Column, Kind, OraType


def pieces(data: bytes, size: int) -> Callable[[], bytes]:
    """A source that gives out ``data`` in pieces of ``size``."""
    parts = iter([data[start : start + size] for start in range(0, len(data), size)])
    return lambda: next(parts)


@pytest.mark.parametrize(
    ("value", "image"),
    [(0, "00"), (5, "0105"), (255, "01ff"), (256, "020100"), (65_536, "0400010000")],
)
def test_universal_integers(value: int, image: str) -> None:
    assert ub_bytes(value).hex() == image
    assert Reader(pieces(bytes.fromhex(image), 1)).ub() == value


def test_signed_integers_carry_their_sign_in_the_length() -> None:
    writer = Writer()
    writer.sb(-127)
    writer.sb(300)
    assert writer.data.hex() == "817f02012c"
    reader = Reader(pieces(bytes(writer.data), 2))
    assert (reader.sb(), reader.sb()) == (-127, 300)


@pytest.mark.parametrize("size", [0, 1, 252, 253, 32_767, 100_000])
@pytest.mark.parametrize("piece", [1000, 7])
def test_variable_bytes_are_chunked_when_long_and_read_across_packets(
    size: int, piece: int
) -> None:
    value = bytes(n % 251 for n in range(size))
    image = vb_bytes(value)
    assert image[:1] == (b"\xfe" if size > 252 else bytes((size,)))
    assert Reader(pieces(image, piece)).vb() == (value or None)


def test_impossible_lengths_lose_the_stream() -> None:
    with pytest.raises(WireError):
        Reader(pieces(b"\x09" + bytes(9), 100)).ub()
    with pytest.raises(WireError):
        Reader(pieces(b"\xfd\x01", 100)).vb()


def test_an_error_reply_has_all_its_fields() -> None:
    writer = Writer()
    ErrorReply(2, 942, "ORA-00942: no", cursor_id=7, position=14, rowcount=3).write(writer, 24)
    assert writer.data.hex(" ") == (
        "04 01 02 00 01 03 02 03 ae 00 00 01 07 01 0e 00 00 00 00 00 00"
        " 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
        " 02 03 ae 01 03 00 00 0e 4f 52 41 2d 30 30 39 34 32 3a 20 6e 6f 0a"
    )
    older = Writer()
    ErrorReply().write(older, 13)
    newer = Writer()
    ErrorReply().write(newer, 14)
    assert len(newer.data) - len(older.data) == 2


def test_batch_errors_list_codes_offsets_and_texts() -> None:
    writer = Writer()
    error = OraError(1, "S.PK")
    ErrorReply(0, 24381, "x", batch_errors=[BatchError(3, error)]).write(writer, 13)
    text = error.stack.encode()
    assert b"\x01\x01\x00\x01\x01" + b"\x01\x01\x00\x01\x03" in writer.data
    assert vb_bytes(text) + b"\0\0" in writer.data


def test_a_describe_of_one_number_column() -> None:
    writer = Writer()
    columns = [Column("N", NUMBER, nullable=False)]
    write_describe(writer, columns, [wire_type(NUMBER)], Dialect(24))
    body = writer.data.hex(" ")
    assert body.startswith(
        "10 00 01 16 01 01 00"  # head, row size 22, one column
        " 02 00 00 81 01 16 00 00 00 00 00 00 00 00 00 01 01 01 01 4e 00 00 01 01 00"
        " 00 00 00 00 00 00"  # domain, annotations, vector
    )
    wide = Writer()
    write_describe(wide, columns, [wire_type(NUMBER)], Dialect(11, wide_scale=True))
    assert " 02 00 00 81 7f 01 16" in wide.data.hex(" ")


def test_the_io_vector_counts_beyond_256_binds() -> None:
    writer = Writer()
    write_io_vector(writer, [Direction.IN] * 300)
    assert writer.data[:9].hex(" ") == "0b 00 01 2c 01 01 00 00 00"
    assert writer.data[10:] == b"\x20" * 300


def test_columns_of_collections_are_refused_by_name() -> None:
    with pytest.raises(OraError, match=r"ORA-03001.*COLLECTION"):
        wire_type(OraType(Kind.COLLECTION))


def test_a_define_descriptor_is_read() -> None:
    image = bytes.fromhex("70 41 00 00 02 00ff 01 0a 00 00 00 00 02 00 00")
    oac = read_oac(Reader(pieces(image, 100)), 24)
    assert (oac.type, oac.size, oac.is_array, oac.max_elements) == (112, 255, True, 10)
    assert oac.national


def test_accept_is_37_bytes_and_follows_the_client_version() -> None:
    body = accept_body(ORACLE_23AI, 319)
    assert len(body) == 37
    assert body[:2] == (319).to_bytes(2, "big")
    assert accept_body(ORACLE_23AI, 317)[:2] == (317).to_bytes(2, "big")
    assert accept_body(ORACLE_19C, 319)[-4:] == bytes(4)


def test_the_connect_descriptor_is_read_without_regard_to_case() -> None:
    text = "(description=(connect_data=(service_name=FreePdb1)(cid=(program=p x)(user=u))))"
    target = read_target(text)
    assert (target.service_name, target.sid, target.program, target.user) == (
        "FreePdb1",
        None,
        "p x",
        "u",
    )
    with pytest.raises(WireError):
        read_connect(b"\x01")


def test_lobs_count_in_utf16_units_and_pad_gaps() -> None:
    lobs = LobTable()
    writer = Writer()
    lobs.perform(LobOp(CREATE_TEMP, bytes(40), 1, 112, None, None), writer)
    locator = bytes(writer.data[1:41])
    for offset, data in ((1, "a😀b"), (7, "!")):
        lobs.perform(LobOp(WRITE, locator, offset, 0, None, data.encode()), Writer())
    assert lobs.find(locator).data == "a😀b  !"
    read = Writer()
    lobs.perform(LobOp(READ, locator, 4, 0, 2, None), read)
    assert read.data[:4] == b"\x0e\x02b "
    lobs.free(locator)
    assert len(lobs) == 0
    with pytest.raises(OraError, match="ORA-22275"):
        lobs.find(locator)


def test_a_fetched_lob_cannot_be_written_through_its_locator() -> None:
    lobs = LobTable()
    locator = lobs.add("text", temporary=False)
    assert len(locator) == 40
    with pytest.raises(OraError, match=r"ORA-03001.*persistent LOB"):
        lobs.perform(LobOp(WRITE, locator, 1, 0, None, b"x"), Writer())
