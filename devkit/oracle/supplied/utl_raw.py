"""UTL_RAW: bytes as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.supplied.native import Package, integer


def _cast_to_raw(_session: Any, text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _cast_to_varchar2(_session: Any, raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="replace")


def _cast_to_nvarchar2(_session: Any, raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-16-be", errors="replace")


def _endian(code: Any) -> Any:
    return "little" if integer(code, 1) == 2 else "big"


def _from_integer(_session: Any, number: Any, endianness: Any) -> bytes | None:
    if number is None:
        return None
    return int(number).to_bytes(4, _endian(endianness), signed=True)


def _to_integer(_session: Any, raw: bytes | None, endianness: Any) -> int | None:
    if raw is None:
        return None
    if len(raw) > 4:
        raise OraError(6502, "")
    return int.from_bytes(raw, _endian(endianness), signed=len(raw) == 4)


def _concat(_session: Any, *parts: bytes | None) -> bytes | None:
    return b"".join(part for part in parts if part) or None


def _length(_session: Any, raw: bytes | None) -> int | None:
    return None if raw is None else len(raw)


def _substr(_session: Any, raw: bytes | None, position: Any, length: Any) -> bytes | None:
    if raw is None or position is None:
        return None
    start = int(position)
    start = start - 1 if start > 0 else len(raw) + start if start < 0 else 0
    end = len(raw) if length is None else start + int(length)
    if start < 0 or start >= len(raw) or end > len(raw) or end <= start:
        raise OraError(6502, "")
    return raw[start:end]


def _reverse(_session: Any, raw: bytes | None) -> bytes | None:
    return None if raw is None else raw[::-1]


def _compare(_session: Any, left: bytes | None, right: bytes | None, pad: bytes | None) -> int:
    """0 when equal after padding, else the position of the first difference."""
    left, right = left or b"", right or b""
    width = max(len(left), len(right))
    fill = (pad or b"\0")[:1]
    for index, (a, b) in enumerate(
        zip(left.ljust(width, fill), right.ljust(width, fill), strict=True), start=1
    ):
        if a != b:
            return index
    return 0


def _bitwise(operation: Callable[[int, int], int]) -> Callable[..., bytes | None]:
    def apply(_session: Any, left: bytes | None, right: bytes | None) -> bytes | None:
        if left is None or right is None:
            return None
        short, long = sorted((left, right), key=len)
        return (
            bytes(operation(a, b) for a, b in zip(short, long, strict=False)) + long[len(short) :]
        )

    return apply


PACKAGE = Package(
    "UTL_RAW",
    {
        "CAST_TO_RAW": _cast_to_raw,
        "CAST_TO_VARCHAR2": _cast_to_varchar2,
        "CAST_TO_NVARCHAR2": _cast_to_nvarchar2,
        "CAST_FROM_BINARY_INTEGER": _from_integer,
        "CAST_TO_BINARY_INTEGER": _to_integer,
        "CONCAT": _concat,
        "LENGTH": _length,
        "SUBSTR": _substr,
        "REVERSE": _reverse,
        "COMPARE": _compare,
        "BIT_AND": _bitwise(lambda a, b: a & b),
        "BIT_OR": _bitwise(lambda a, b: a | b),
        "BIT_XOR": _bitwise(lambda a, b: a ^ b),
    },
)
