"""Types of expressions, and the implicit conversions between them.

A translated expression is a :class:`Typed`: PostgreSQL text with its Oracle type. Conversions
follow Oracle's rules of implicit conversion: numbers win over text in comparisons, dates win over
text, and the text form of a date follows the session's NLS formats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError
from devkit.oracle.values import CLOB, DATE, NUMBER, RAW, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUMERIC = frozenset({Kind.NUMBER, Kind.PLS_INTEGER, Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE})
BINARY = frozenset({Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE})
TEXT = frozenset(
    {Kind.VARCHAR2, Kind.NVARCHAR2, Kind.CHAR, Kind.NCHAR, Kind.LONG, Kind.CLOB, Kind.JSON}
)
FIXED = frozenset({Kind.CHAR, Kind.NCHAR})
LOBS = frozenset({Kind.CLOB, Kind.BLOB, Kind.LONG, Kind.JSON})
ZONED = frozenset({Kind.TIMESTAMP_TZ, Kind.TIMESTAMP_LTZ})
STAMPS = frozenset({Kind.TIMESTAMP, *ZONED})
DATES = frozenset({Kind.DATE, *STAMPS})
INTERVALS = frozenset({Kind.INTERVAL_DS, Kind.INTERVAL_YM})
BYTES = frozenset({Kind.RAW, Kind.BLOB})

_PG = {
    Kind.NUMBER: "numeric",
    Kind.PLS_INTEGER: "numeric",
    Kind.BINARY_FLOAT: "float8",
    Kind.BINARY_DOUBLE: "float8",
    Kind.RAW: "bytea",
    Kind.BLOB: "bytea",
    Kind.DATE: "timestamp",
    Kind.TIMESTAMP: "timestamp",
    Kind.TIMESTAMP_TZ: "ora.tstz",
    Kind.TIMESTAMP_LTZ: "timestamptz",
    Kind.INTERVAL_DS: "interval",
    Kind.INTERVAL_YM: "interval",
    Kind.BOOLEAN: "boolean",
    Kind.COLLECTION: "jsonb",
    Kind.OBJECT: "jsonb",
}

_NAMES = {
    Kind.CLOB: "CLOB",
    Kind.BLOB: "BLOB",
    Kind.RAW: "BINARY",
    Kind.VARCHAR2: "CHAR",
    Kind.NULL: "CHAR",
    Kind.TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
    Kind.INTERVAL_DS: "INTERVAL DAY TO SECOND",
    Kind.INTERVAL_YM: "INTERVAL YEAR TO MONTH",
}


@dataclass(slots=True)
class Typed:
    """A translated expression.

    ``literal`` is the value of a text or number literal, ``json`` marks text that is JSON already,
    ``rowid`` the bigint behind a ROWID, ``bind`` the name of a bare bind.
    """

    sql: str
    type: OraType
    literal: str | None = None
    json: bool = False
    rowid: str | None = None
    bind: str | None = None

    @property
    def kind(self) -> Kind:
        return self.type.kind

    @property
    def is_null(self) -> bool:
        return self.type.kind is Kind.NULL


def pg_type(type_: OraType) -> str:
    """The PostgreSQL type that holds values of the type."""
    return _PG.get(type_.kind, "text")


# the clock in the zone of the host, and of the session: the same moment
NOW = frozenset({"ora.systimestamp()", "ora.here(statement_timestamp())"})


def parameter_type(type_: OraType) -> str:
    """The PostgreSQL type of a parameter that holds values of the type."""
    return "text" if type_.kind is Kind.TIMESTAMP_TZ else pg_type(type_)


def received(sql: str, type_: OraType) -> str:
    """The value that came as ``parameter_type``."""
    return f"ora.tstz_of({sql})" if type_.kind is Kind.TIMESTAMP_TZ else sql


def instant(value: Typed) -> str:
    """The moment (timestamptz) of any date or timestamp; without zone it is the session's."""
    if value.kind is Kind.TIMESTAMP_TZ:
        return "statement_timestamp()" if value.sql in NOW else f"({value.sql}).instant"
    return value.sql if value.kind is Kind.TIMESTAMP_LTZ else f"({value.sql})::timestamptz"


def with_digits(mask: str, type_: OraType) -> str:
    """The SQL of a model in which FF has the digits of the type.

    SQL Language Reference, "Datetime Format Elements": without a number FF uses "the precision
    specified for the datetime data type or the data type's default precision".
    """
    digits = 6 if type_.scale is None else type_.scale
    if type_.kind not in STAMPS or digits == 6:
        return mask
    return f"ora.with_digits({mask}, {digits})"


def type_name(kind: Kind) -> str:
    """The word ORA-00932 uses."""
    return _NAMES.get(kind, kind.value)


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'::text"


def null_of(type_: OraType) -> Typed:
    return Typed(f"NULL::{pg_type(type_)}", type_)


def mismatch(expected: str, got: Kind) -> OraError:
    return OraError(932, expected, type_name(got))


@dataclass(slots=True)
class Conversions:
    """The implicit conversions; ``nls`` gives the SQL of a session's NLS parameter."""

    nls: Callable[[str], str]

    def to_text(self, value: Typed) -> Typed:
        kind = value.kind
        if kind in TEXT:
            return value
        if kind is Kind.NULL:
            return Typed("NULL::text", VARCHAR2)
        if kind in BINARY:
            return Typed(f"ora.num2text(({value.sql})::numeric)", OraType(Kind.VARCHAR2, 40))
        if kind in NUMERIC:
            if value.literal is not None and value.literal.isdigit():
                return Typed(text_literal(value.literal), OraType(Kind.VARCHAR2, 40))
            return Typed(f"ora.num2text({value.sql})", OraType(Kind.VARCHAR2, 40))
        if kind is Kind.DATE:
            return Typed(
                f"ora.to_char({value.sql}, {self.nls('NLS_DATE_FORMAT')})",
                OraType(Kind.VARCHAR2, 75),
            )
        if kind in STAMPS and kind is not Kind.TIMESTAMP_TZ:
            mask = with_digits(self.nls("NLS_TIMESTAMP_FORMAT"), value.type)
            return Typed(
                f"ora.to_char({self.local(value)}, {mask})",
                OraType(Kind.VARCHAR2, 75),
            )
        if kind is Kind.TIMESTAMP_TZ:
            mask = with_digits(self.nls("NLS_TIMESTAMP_TZ_FORMAT"), value.type)
            return Typed(
                f"ora.to_char_zoned({value.sql}, {mask})",
                OraType(Kind.VARCHAR2, 75),
            )
        if kind is Kind.INTERVAL_DS:
            return Typed(f"ora.interval_text({value.sql})", OraType(Kind.VARCHAR2, 30))
        if kind is Kind.INTERVAL_YM:
            return Typed(f"ora.months_text({value.sql})", OraType(Kind.VARCHAR2, 30))
        if kind is Kind.RAW:
            return Typed(f"upper(encode({value.sql}, 'hex'))", OraType(Kind.VARCHAR2, 4000))
        if kind is Kind.ROWID:
            return Typed(value.sql, OraType(Kind.VARCHAR2, 18))
        raise mismatch("CHAR", kind)

    def to_number(self, value: Typed) -> Typed:
        kind = value.kind
        if kind in NUMERIC:
            return value
        if kind is Kind.NULL:
            return Typed("NULL::numeric", NUMBER)
        if kind in TEXT and kind is not Kind.CLOB:
            return Typed(f"ora.to_number({value.sql})", NUMBER)
        raise mismatch("NUMBER", kind)

    def to_date(self, value: Typed) -> Typed:
        kind = value.kind
        if kind is Kind.DATE:
            return value
        if kind is Kind.NULL:
            return Typed("NULL::timestamp", DATE)
        if kind in STAMPS:
            return Typed(f"date_trunc('second', {self.local(value)})", DATE)
        if kind in TEXT:
            return Typed(f"ora.to_date({value.sql}, {self.nls('NLS_DATE_FORMAT')})", DATE)
        raise mismatch("DATE", kind)

    def local(self, value: Typed) -> str:
        """The clock reading, without zone, of any date or timestamp."""
        if value.kind is Kind.TIMESTAMP_TZ:
            return f"ora.clock({value.sql})"
        return f"({value.sql})::timestamp" if value.kind is Kind.TIMESTAMP_LTZ else value.sql

    def to_timestamp(self, value: Typed, target: OraType) -> Typed:
        kind = value.kind
        if kind is Kind.NULL:
            return Typed(f"NULL::{pg_type(target)}", target)
        if kind in TEXT:
            if target.kind is Kind.TIMESTAMP_TZ:
                mask = self.nls("NLS_TIMESTAMP_TZ_FORMAT")
                return Typed(f"ora.to_tstz({value.sql}, {mask})", target)
            stamp = f"ora.to_timestamp({value.sql}, {self.nls('NLS_TIMESTAMP_FORMAT')})"
            if target.kind is Kind.TIMESTAMP_LTZ:
                stamp = f"({stamp})::timestamptz"
            return Typed(stamp, target)
        if kind in DATES:
            if kind is target.kind:
                return Typed(value.sql, target)
            if target.kind is Kind.TIMESTAMP_TZ:
                return Typed(f"ora.here({instant(value)})", target)
            if target.kind is Kind.TIMESTAMP_LTZ:
                return Typed(instant(value), target)
            return Typed(self.local(value), target)
        raise mismatch(target.kind.value, kind)

    def to_raw(self, value: Typed) -> Typed:
        kind = value.kind
        if kind in BYTES:
            return value
        if kind is Kind.NULL:
            return Typed("NULL::bytea", RAW)
        if kind in TEXT:
            return Typed(f"ora.hextoraw({value.sql})", RAW)
        raise mismatch("BINARY", kind)

    def convert(self, value: Typed, target: OraType) -> Typed:
        """The value as ``target``'s base type; lengths and precision are not looked at."""
        kind = target.kind
        if value.kind is Kind.NULL:
            return null_of(target)
        if kind in NUMERIC:
            number = self.to_number(value)
            if kind in BINARY and number.kind not in BINARY:
                return Typed(f"({number.sql})::float8", target)
            if kind not in BINARY and number.kind in BINARY:
                return Typed(f"({number.sql})::numeric", target)
            return number
        if kind in TEXT:
            return self.to_text(value)
        if kind is Kind.DATE:
            return self.to_date(value)
        if kind in STAMPS:
            return self.to_timestamp(value, target)
        if kind in BYTES:
            return self.to_raw(value)
        if kind in INTERVALS:
            if value.kind is kind:
                return value
            if value.kind in TEXT and kind is Kind.INTERVAL_DS:
                return Typed(f"ora.to_dsinterval({value.sql})", target)
            raise mismatch(kind.value, value.kind)
        if kind is Kind.ROWID:
            return replace(self.to_text(value), type=target)
        if kind is value.kind:
            return value
        raise mismatch(kind.value, value.kind)

    def comparable(self, left: Typed, right: Typed) -> tuple[Typed, Typed]:
        """Both sides as one type, by Oracle's rules for comparisons."""
        if left.is_null and right.is_null:
            return self.to_text(left), self.to_text(right)
        if left.is_null:
            return null_of(right.type), right
        if right.is_null:
            return left, null_of(left.type)
        for one in (left, right):
            if one.kind in LOBS:
                raise mismatch("-", one.kind)
        if left.rowid or right.rowid:
            return _rowids(left, right)
        if left.kind in TEXT and right.kind in TEXT:
            return _padded(left, right)
        if left.kind in NUMERIC or right.kind in NUMERIC:
            left, right = self.to_number(left), self.to_number(right)
            if left.kind in BINARY or right.kind in BINARY:
                double = OraType(Kind.BINARY_DOUBLE)
                return self.convert(left, double), self.convert(right, double)
            return left, right
        if left.kind in DATES or right.kind in DATES:
            if right.kind not in DATES:
                right = self.convert(right, left.type)
            elif left.kind not in DATES:
                left = self.convert(left, right.type)
            if Kind.TIMESTAMP_TZ in (left.kind, right.kind):  # by the moment
                local = OraType(Kind.TIMESTAMP_LTZ, scale=6)
                return Typed(instant(left), local), Typed(instant(right), local)
            return left, right
        if left.kind in BYTES or right.kind in BYTES:
            return self.to_raw(left), self.to_raw(right)
        return left, self.convert(right, left.type)

    def unify(self, values: Sequence[Typed]) -> tuple[list[Typed], OraType]:
        """Values of CASE branches, set operators and the like, as one type."""
        type_ = common_type([value.type for value in values])
        return [self.convert(value, type_) for value in values], type_


def _rowids(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    def number(value: Typed) -> Typed:
        return Typed(value.rowid or f"ora.rowid_number({value.sql})", NUMBER)

    return number(left), number(right)


def _padded(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Blank-padded comparison when both sides are CHAR or text literals, which are CHAR.

    SQL Language Reference, "Blank-Padded and Nonpadded Comparison Semantics".
    """
    if left.kind not in FIXED or right.kind not in FIXED:
        return left, right
    sides = []
    for side in (left, right):
        if side.literal is not None:
            sides.append(replace(side, sql=text_literal(side.literal.rstrip(" "))))
        else:
            sides.append(replace(side, sql=f"rtrim({side.sql}, ' ')"))
    return sides[0], sides[1]


def common_type(types: Sequence[OraType]) -> OraType:
    """The type of a column or expression that takes any of the given ones."""
    known = [type_ for type_ in types if type_.kind is not Kind.NULL]
    if not known:
        return OraType(Kind.VARCHAR2, 1)
    first = known[0]
    if all(type_ == first for type_ in known):
        return first
    kinds = {type_.kind for type_ in known}
    if kinds <= NUMERIC:
        return OraType(Kind.BINARY_DOUBLE) if kinds & BINARY else NUMBER
    if kinds <= TEXT:
        if Kind.CLOB in kinds or Kind.JSON in kinds:
            return CLOB
        length = max(type_.length or 4000 for type_ in known)
        if kinds <= FIXED and len({type_.length for type_ in known}) == 1:
            return first
        return OraType(Kind.VARCHAR2, length, all(type_.char_semantics for type_ in known))
    if kinds <= DATES:
        digits = max(6 if type_.scale is None else type_.scale for type_ in known)
        if kinds & ZONED:
            return OraType(Kind.TIMESTAMP_TZ, scale=digits)
        return OraType(Kind.TIMESTAMP, scale=digits)
    if kinds <= BYTES:
        return OraType(Kind.BLOB) if Kind.BLOB in kinds else OraType(Kind.RAW, 2000)
    if len(kinds) == 1:
        return OraType(first.kind)
    if Kind.ROWID in kinds and kinds <= TEXT | {Kind.ROWID}:
        return OraType(Kind.VARCHAR2, 4000)
    other = next(type_ for type_ in known if type_.kind is not first.kind)
    raise mismatch(type_name(first.kind), other.kind)


def size_of(value: Typed) -> int:
    """Length of a text value in bytes, as far as it is known; 4000 otherwise."""
    if value.kind is Kind.CLOB:
        return 4000
    if value.type.length is not None:
        return value.type.length * (4 if value.type.char_semantics else 1)
    return {Kind.DATE: 75, Kind.ROWID: 18}.get(value.kind, 40 if value.kind in NUMERIC else 4000)
