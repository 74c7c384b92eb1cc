"""The structure of collections, objects and records where they pass between PL/SQL and SQL.

On the SQL side a collection is a JSON array of its elements, an object or record a JSON array of its
attributes; scalars stand in it as text, NULL as null:

====================  ========================================
NUMBER                plain decimal, without trailing zeros
BINARY_FLOAT/DOUBLE   Python's ``repr``
text                  itself
RAW, BLOB             hexadecimal digits
DATE, TIMESTAMP       ``2024-01-31 00:00:00[.ffffff]``
… WITH TIME ZONE      the same in UTC
INTERVAL              its seconds, or its months
====================  ========================================
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import unsupported
from devkit.oracle.storage.conversion import zoned_value
from devkit.oracle.values import Kind, Months, OraType

if TYPE_CHECKING:
    from collections.abc import Callable

COMPOSITE = frozenset({Kind.COLLECTION, Kind.OBJECT, Kind.RECORD})
_NUMBERS = frozenset({Kind.NUMBER, Kind.PLS_INTEGER})
_BINARY = frozenset({Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE})
_BYTES = frozenset({Kind.RAW, Kind.BLOB})
_STAMPS = frozenset({Kind.DATE, Kind.TIMESTAMP})


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A type; ``element`` is that of a collection, ``fields`` those of an object or record.

    ``form`` is 'TABLE', 'VARRAY' or 'INDEX BY', ``make`` turns the list of elements or attributes
    into the value of PL/SQL, ``refusal`` says why SQL cannot construct one.
    """

    type: OraType
    element: Shape | None = None
    fields: tuple[tuple[str, Shape], ...] = ()
    form: str = ""
    limit: int | None = None
    make: Callable[[list[Any]], Any] | None = None
    refusal: str | None = None

    @property
    def is_composite(self) -> bool:
        return self.type.kind in COMPOSITE

    @property
    def name(self) -> str:
        return self.type.name[2] if self.type.name else self.type.kind.value


def dumps(shape: Shape, value: Any) -> str | None:
    """A value of PL/SQL as the JSON text of its SQL side."""
    data = _dump(shape, value)
    return None if data is None else json.dumps(data, ensure_ascii=False)


def loads(shape: Shape, text: str | None) -> Any:
    """The value of PL/SQL that the JSON text stands for."""
    return None if text is None else _load(shape, json.loads(text))


def _dump(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.element is not None:
        items = value.values() if hasattr(value, "values") else value
        return [_dump(shape.element, item) for item in items]
    if shape.is_composite:
        values = value.values()
        if len(values) != len(shape.fields):
            raise unsupported(f"a subtype of {shape.name} in a SQL statement")
        return [_dump(one, item) for (_, one), item in zip(shape.fields, values, strict=True)]
    return _scalar_text(shape.type.kind, value)


def _scalar_text(kind: Kind, value: Any) -> str | None:
    if kind in _NUMBERS:
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind in _BINARY:
        return repr(float(value))
    if kind in _BYTES:
        return value.hex() if value else None
    if kind in _STAMPS:
        return str(value.isoformat(" "))
    if kind is Kind.TIMESTAMP_TZ:
        return str(value.isoformat(" "))
    if kind is Kind.TIMESTAMP_LTZ:
        return str(value.astimezone(UTC).replace(tzinfo=None).isoformat(" "))
    if kind is Kind.INTERVAL_DS:
        return format(Decimal(value // timedelta(microseconds=1)) / 1_000_000, "f")
    if kind is Kind.INTERVAL_YM:
        return str(value.months)
    if kind is Kind.BOOLEAN:
        raise unsupported("BOOLEAN in a SQL statement")
    return str(value) or None


def _load(shape: Shape, data: Any) -> Any:
    if data is None:
        return None
    if shape.element is not None:
        values = [_load(shape.element, item) for item in data]
    elif shape.is_composite:
        values = [_load(one, item) for (_, one), item in zip(shape.fields, data, strict=True)]
    else:
        return _scalar_value(shape.type.kind, data)
    assert shape.make is not None
    return shape.make(values)


def _scalar_value(kind: Kind, text: str) -> Any:
    if kind in _NUMBERS:
        return Decimal(text) if "." in text else int(text)
    if kind in _BINARY:
        return float(text)
    if kind in _BYTES:
        return bytes.fromhex(text)
    if kind in _STAMPS:
        return datetime.fromisoformat(text)
    if kind is Kind.TIMESTAMP_TZ:
        return zoned_value(text)
    if kind is Kind.TIMESTAMP_LTZ:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if kind is Kind.INTERVAL_DS:
        return timedelta(microseconds=int(Decimal(text) * 1_000_000))
    if kind is Kind.INTERVAL_YM:
        return Months(int(text))
    return text
