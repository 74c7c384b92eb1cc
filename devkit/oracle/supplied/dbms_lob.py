"""DBMS_LOB over values: CLOBs are text, BLOBs bytes; a NULL locator is ORA-22275 where Oracle says so.

Offsets and amounts count characters of a CLOB, bytes of a BLOB. An empty LOB (EMPTY_CLOB(), or one just
made temporary) cannot be told from NULL in the stand-in's values, so procedures that write accept both.
"""

from __future__ import annotations

from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.errors import OraError
from devkit.oracle.plsql.builtins_text import nls_charset_name
from devkit.oracle.supplied.native import Package, integer
from devkit.oracle.supplied.utl_i18n import CODECS

_MAX = 2**63


def _getlength(_session: Any, lob: Any) -> int | None:
    return None if lob is None else len(lob)


def _substr(_session: Any, lob: Any, amount: Any, offset: Any) -> Any:
    count, start = integer(amount, 32767), integer(offset, 1)
    if lob is None or count < 1 or start < 1 or count > 32767:
        return None
    return lob[start - 1 : start - 1 + count] or None


def _instr(_session: Any, lob: Any, pattern: Any, offset: Any, nth: Any) -> int | None:
    if lob is None or pattern is None:
        return None
    position = integer(offset, 1) - 2
    for _ in range(integer(nth, 1)):
        position = lob.find(pattern, position + 1)
        if position < 0:
            return 0
    return position + 1


def _compare(
    _session: Any, a: Any, b: Any, amount: Any, offset_1: Any, offset_2: Any
) -> int | None:
    if a is None or b is None:
        return None
    count = min(integer(amount, _MAX), _MAX)
    left = a[integer(offset_1, 1) - 1 :][:count]
    right = b[integer(offset_2, 1) - 1 :][:count]
    return int(left > right) - int(left < right)


def _createtemporary(_session: Any, lob: Ref, _cache: Any, _duration: Any) -> None:
    lob.value = None


def _freetemporary(_session: Any, lob: Ref) -> None:
    lob.value = None


def _append(_session: Any, dest: Ref, source: Any) -> None:
    if source is None:
        raise OraError(22275)
    dest.value = source if dest.value is None else dest.value + source


def _writeappend(_session: Any, lob: Ref, amount: Any, buffer: Any) -> None:
    count = integer(amount)
    if buffer is None or count < 1 or count > len(buffer):
        raise _argument(2)
    piece = buffer[:count]
    lob.value = piece if lob.value is None else lob.value + piece


def _trim(_session: Any, lob: Ref, newlen: Any) -> None:
    if lob.value is None:
        raise OraError(22275)
    length = integer(newlen)
    if length < 0:
        raise _argument(2)
    if length > len(lob.value):
        raise OraError(22926)
    lob.value = lob.value[:length] or None


def _argument(number: int) -> OraError:
    return OraError(21560, number)


def _filler(buffer: Any) -> Any:
    """What stands between the end of a LOB and what is written beyond it."""
    return " " if isinstance(buffer, str) else b"\0"


def _overlaid(old: Any, at: int, piece: Any) -> Any:
    old = piece[:0] if old is None else old
    return old[:at].ljust(at, _filler(piece)) + piece + old[at + len(piece) :]


def _write(_session: Any, lob: Ref, amount: Any, offset: Any, buffer: Any) -> None:
    count, start = integer(amount), integer(offset)
    if amount is None or buffer is None or not 1 <= count <= min(len(buffer), 32767):
        raise _argument(2)
    if offset is None or start < 1:
        raise _argument(3)
    lob.value = _overlaid(lob.value, start - 1, buffer[:count])


def _read(_session: Any, lob: Any, amount: Ref, offset: Any, buffer: Ref) -> None:
    if lob is None:
        raise OraError(22275)
    count, start = integer(amount.value), integer(offset)
    if amount.value is None or not 1 <= count <= 32767:
        raise _argument(2)
    if offset is None or start < 1:
        raise _argument(3)
    piece = lob[start - 1 : start - 1 + count]
    amount.value = len(piece)
    if not piece:
        raise OraError(1403)
    buffer.value = piece


def _erase(_session: Any, lob: Ref, amount: Ref, offset: Any) -> None:
    if lob.value is None:
        raise OraError(22275)
    count, start = integer(amount.value), integer(offset, 1)
    if count < 1:
        raise _argument(2)
    if start < 1:
        raise _argument(3)
    erased = max(0, min(count, len(lob.value) - start + 1))
    amount.value = erased
    if erased:
        lob.value = _overlaid(lob.value, start - 1, _filler(lob.value) * erased)


def _copy(
    _session: Any, dest: Ref, source: Any, amount: Any, dest_offset: Any, src_offset: Any
) -> None:
    if source is None:
        raise OraError(22275)
    count, at, start = integer(amount), integer(dest_offset, 1), integer(src_offset, 1)
    if count < 1 or at < 1 or start < 1:
        raise _argument(3 if count < 1 else 4 if at < 1 else 5)
    if start > len(source):
        raise OraError(22994)
    dest.value = _overlaid(dest.value, at - 1, source[start - 1 :][: min(count, _MAX)])


def _getchunksize(_session: Any, lob: Any) -> int | None:
    return None if lob is None else 8132


def _codec(charset_id: Any) -> str:
    number = integer(charset_id)
    name = "AL32UTF8" if number == 0 else nls_charset_name(number)  # 0: the database's own
    if name is None:
        raise OraError(1482, text="unsupported character set")
    return CODECS[name]


def _converttoblob(
    _session: Any,
    dest: Ref,
    source: str | None,
    amount: Any,
    dest_offset: Ref,
    src_offset: Ref,
    charset_id: Any,
    lang_context: Ref,
    warning: Ref,
) -> None:
    if source is None:
        raise OraError(22275)
    start = integer(src_offset.value, 1) - 1
    piece = source[start : start + min(integer(amount, _MAX), _MAX)]
    data = piece.encode(_codec(charset_id), errors="replace")
    at = integer(dest_offset.value, 1) - 1
    dest.value = (dest.value or b"")[:at].ljust(at, b"\0") + data
    src_offset.value, dest_offset.value = start + len(piece) + 1, at + len(data) + 1
    lang_context.value, warning.value = lang_context.value or 0, 0


def _converttoclob(
    _session: Any,
    dest: Ref,
    source: bytes | None,
    amount: Any,
    dest_offset: Ref,
    src_offset: Ref,
    charset_id: Any,
    lang_context: Ref,
    warning: Ref,
) -> None:
    if source is None:
        raise OraError(22275)
    start = integer(src_offset.value, 1) - 1
    data = source[start : start + min(integer(amount, _MAX), _MAX)]
    text = data.decode(_codec(charset_id), errors="replace")
    at = integer(dest_offset.value, 1) - 1
    dest.value = (dest.value or "")[:at].ljust(at) + text
    src_offset.value, dest_offset.value = start + len(data) + 1, at + len(text) + 1
    # 1 = WARN_INCONVERTIBLE_CHAR
    lang_context.value, warning.value = lang_context.value or 0, int("\ufffd" in text)


PACKAGE = Package(
    "DBMS_LOB",
    {
        "GETLENGTH": _getlength,
        "SUBSTR": _substr,
        "INSTR": _instr,
        "COMPARE": _compare,
        "CREATETEMPORARY": _createtemporary,
        "FREETEMPORARY": _freetemporary,
        "APPEND": _append,
        "WRITEAPPEND": _writeappend,
        "TRIM": _trim,
        "WRITE": _write,
        "READ": _read,
        "ERASE": _erase,
        "COPY": _copy,
        "GETCHUNKSIZE": _getchunksize,
        "CONVERTTOBLOB": _converttoblob,
        "CONVERTTOCLOB": _converttoclob,
    },
)
