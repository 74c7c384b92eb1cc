"""The primitives of the wire: a pulling reader and a writer.

``ub`` and ``sb`` are the universal integers (length byte, then big-endian magnitude), ``vb`` are
variable bytes with a length byte or chunks, ``lvb`` variable bytes behind a total length. A request
has neither an end mark nor a length, so the reader asks its source for more whenever it runs dry.
"""

from __future__ import annotations

from collections.abc import Callable

SHORT_LENGTH = 252  # longest vb with a single length byte
CHUNK = 32_767
LONG_INDICATOR = 0xFE
NULL_INDICATOR = 0xFF
ESCAPE = 0xFD


class WireError(Exception):
    """The bytes of the client make no sense; the position in the stream is lost."""


class Reader:
    """Reads primitives from ``source``, which returns the next bytes of a message, never empty."""

    __slots__ = ("_buffer", "_end", "_position", "_source")

    def __init__(self, source: Callable[[], bytes], initial: bytes = b"") -> None:
        self._source = source
        self._buffer = initial
        self._position = 0
        self._end = len(initial)

    @property
    def exhausted(self) -> bool:
        """Whether all that has arrived so far is consumed."""
        return self._position >= self._end

    def _pull(self, count: int) -> None:
        parts = [self._buffer[self._position :]]
        have = len(parts[0])
        while have < count:
            part = self._source()
            parts.append(part)
            have += len(part)
        self._buffer = b"".join(parts)
        self._position = 0
        self._end = have

    def raw(self, count: int) -> bytes:
        position = self._position
        if position + count > self._end:
            self._pull(count)
            position = 0
        self._position = position + count
        return self._buffer[position : position + count]

    def u8(self) -> int:
        position = self._position
        if position >= self._end:
            self._pull(1)
            position = 0
        self._position = position + 1
        return self._buffer[position]

    def u16(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def u16le(self) -> int:
        return int.from_bytes(self.raw(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.raw(4), "big")

    def ub(self) -> int:
        length = self.u8()
        if length == 0:
            return 0
        if length > 8:
            raise WireError(f"length {length} of an unsigned integer")
        return int.from_bytes(self.raw(length), "big")

    def sb(self) -> int:
        length = self.u8()
        if length == 0:
            return 0
        if length & 0x7F > 8:
            raise WireError(f"length {length} of a signed integer")
        value = int.from_bytes(self.raw(length & 0x7F), "big")
        return -value if length & 0x80 else value

    def vb(self) -> bytes | None:
        """Variable bytes; NULL and empty are both None."""
        length = self.u8()
        if length <= SHORT_LENGTH:
            return self.raw(length) if length else None
        if length == NULL_INDICATOR:
            return None
        if length != LONG_INDICATOR:
            raise WireError(f"length byte {length} of a value")
        parts = []
        while chunk := self.ub():
            parts.append(self.raw(chunk))
        return b"".join(parts) or None

    def lvb(self) -> bytes | None:
        return self.vb() if self.ub() else None

    def text(self) -> str | None:
        value = self.vb()
        return None if value is None else value.decode()

    def long_text(self) -> str | None:
        value = self.lvb()
        return None if value is None else value.decode()

    def skip_ub(self, times: int = 1) -> None:
        for _ in range(times):
            self.ub()


def ub_bytes(value: int) -> bytes:
    """A universal unsigned integer."""
    if value < 0x100:
        return bytes((1, value)) if value else b"\0"
    length = 2 if value < 0x10000 else 4 if value < 0x1_0000_0000 else 8
    return bytes((length,)) + value.to_bytes(length, "big")


def vb_bytes(value: bytes | None) -> bytes:
    """Variable bytes, chunked when they are long."""
    if not value:
        return b"\0"
    if len(value) <= SHORT_LENGTH:
        return bytes((len(value),)) + value
    parts = [b"\xfe"]
    for start in range(0, len(value), CHUNK):
        chunk = value[start : start + CHUNK]
        parts += (ub_bytes(len(chunk)), chunk)
    parts.append(b"\0")
    return b"".join(parts)


class Writer:
    """Collects one message; ``data`` is open to encoders that append to it directly."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data = bytearray()

    def raw(self, value: bytes) -> None:
        self.data += value

    def u8(self, *values: int) -> None:
        self.data += bytes(values)

    def u16(self, value: int) -> None:
        self.data += value.to_bytes(2, "big")

    def u16le(self, value: int) -> None:
        self.data += value.to_bytes(2, "little")

    def u32(self, value: int) -> None:
        self.data += value.to_bytes(4, "big")

    def ub(self, *values: int) -> None:
        for value in values:
            self.data += ub_bytes(value)

    def sb(self, value: int) -> None:
        encoded = bytearray(ub_bytes(abs(value)))
        if value < 0:
            encoded[0] |= 0x80
        self.data += encoded

    def vb(self, value: bytes | None) -> None:
        self.data += vb_bytes(value)

    def lvb(self, value: bytes | None) -> None:
        if value:
            self.data += ub_bytes(len(value))
            self.data += vb_bytes(value)
        else:
            self.data.append(0)

    def text(self, value: str | None) -> None:
        self.vb(None if value is None else value.encode())

    def long_text(self, value: str | None) -> None:
        self.lvb(None if value is None else value.encode())
