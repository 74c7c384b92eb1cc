"""Implicit and explicit conversions between scalar types, under a session's NLS settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import arithmetic, builtins_scalar, builtins_text, formats, numbers
from devkit.oracle.plsql.types import BINARY, STAMPS, TEXT, Scalar
from devkit.oracle.values import Kind, Months

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_FORMATS = {
    Kind.DATE: ("NLS_DATE_FORMAT", "DD-MON-RR"),
    Kind.TIMESTAMP: ("NLS_TIMESTAMP_FORMAT", "DD-MON-RR HH.MI.SSXFF AM"),
    Kind.TIMESTAMP_TZ: ("NLS_TIMESTAMP_TZ_FORMAT", "DD-MON-RR HH.MI.SSXFF AM TZR"),
    Kind.TIMESTAMP_LTZ: ("NLS_TIMESTAMP_FORMAT", "DD-MON-RR HH.MI.SSXFF AM"),
}

_HUGE = 10**40


class Conversions:
    """Conversions of one session; ``nls`` is read at each use, so ALTER SESSION works at once."""

    def __init__(self, nls: Mapping[str, str]) -> None:
        self.nls = nls

    def _model(self, kind: Kind) -> str:
        key, default = DEFAULT_FORMATS[kind]
        return self.nls.get(key) or default

    @property
    def point(self) -> str:
        return (self.nls.get("NLS_NUMERIC_CHARACTERS") or ".,")[0]

    # ------------------------------------------------------------------ to text

    def text(self, value: Any, kind: Kind | None = None) -> str | None:
        """Any scalar as VARCHAR2; ``kind`` tells DATE from TIMESTAMP."""
        if value is None or value.__class__ is str:
            return value
        if isinstance(value, bool):
            raise OraError(6502, ": BOOLEAN to VARCHAR2")
        if isinstance(value, int | Decimal | float):
            return numbers.number_text(value, self.point)
        if isinstance(value, datetime):
            if kind is None or kind not in DEFAULT_FORMATS:
                kind = Kind.TIMESTAMP if value.microsecond else Kind.DATE
                kind = Kind.TIMESTAMP_TZ if value.tzinfo else kind
            return formats.format_date(value, self._model(kind), self.nls)
        if isinstance(value, timedelta | Months):
            return builtins_scalar.interval_text(value)
        if isinstance(value, bytes):
            return value.hex().upper()
        if isinstance(value, str):
            return str(value)
        raise OraError(6502, "")

    def number_text(self, value: Any) -> str | None:
        if value.__class__ is int and -_HUGE < value < _HUGE:
            return str(value)
        return None if value is None else numbers.number_text(value, self.point)

    def date_text(self, value: Any) -> str | None:
        return (
            None if value is None else formats.format_date(value, self._model(Kind.DATE), self.nls)
        )

    def stamp_text(self, value: Any) -> str | None:
        if value is None:
            return None
        kind = Kind.TIMESTAMP_TZ if value.tzinfo else Kind.TIMESTAMP
        return formats.format_date(value, self._model(kind), self.nls)

    # ------------------------------------------------------------------ from text

    def number(self, value: Any) -> Any:
        """Text (or any number) as NUMBER."""
        if value is None or value.__class__ is int:
            return value
        if isinstance(value, str):
            return numbers.parse_number(value, self.point)
        if isinstance(value, float):
            if value != value or value in (float("inf"), float("-inf")):
                raise OraError(6502, ": numeric overflow")
            return arithmetic.shrink(Decimal(repr(value)))
        if isinstance(value, Decimal):
            return value
        raise OraError(6502, "")

    def pls(self, value: Any) -> int | None:
        return arithmetic.to_pls(self.number(value))

    def float(self, value: Any) -> float | None:
        if value is None or isinstance(value, float):
            return value
        if isinstance(value, str):
            low = value.strip().lower()
            if low in ("nan", "inf", "-inf", "infinity", "-infinity"):
                return float(low)
            value = numbers.parse_number(value, self.point)
        return float(value)

    def date(self, value: Any) -> datetime | None:
        """Text or timestamp as DATE."""
        if value is None:
            return None
        if isinstance(value, str):
            return formats.as_plain(formats.parse_date(value, self._model(Kind.DATE), self.nls))  # type: ignore[no-any-return]
        return arithmetic.trunc_to_date(value)

    def timestamp(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            value = formats.parse_date(value, self._model(Kind.TIMESTAMP), self.nls)
        result: datetime = value.replace(tzinfo=None)
        return result

    def timestamp_tz(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            value = formats.parse_date(value, self._model(Kind.TIMESTAMP_TZ), self.nls)
        return builtins_scalar.fixed(value.astimezone() if value.tzinfo is None else value)

    def boolean(self, value: Any) -> bool | None:
        return value  # type: ignore[no-any-return]

    def raw(self, value: Any) -> bytes | None:
        if isinstance(value, str):
            try:
                return builtins_text.hextoraw(value)
            except OraError:
                raise OraError(6502, ": hex to raw conversion error") from None
        return value  # type: ignore[no-any-return]

    def interval_ds(self, value: Any) -> timedelta | None:
        return builtins_scalar.to_dsinterval(value) if isinstance(value, str) else value

    def interval_ym(self, value: Any) -> Months | None:
        return builtins_scalar.to_yminterval(value) if isinstance(value, str) else value

    # ------------------------------------------------------------------ by type

    def converter(self, source: Kind, target: Kind) -> Callable[[Any], Any] | None:
        """The function from one base type to the other, None when the values are the same."""
        if source is target or Kind.NULL in (source, target):
            return None
        if target in TEXT:
            if source in TEXT:
                return None
            if source is Kind.DATE:
                return self.date_text
            if source in (Kind.NUMBER, Kind.PLS_INTEGER):
                return self.number_text
            return self.stamp_text if source in STAMPS else self.text
        if target is Kind.NUMBER:
            return None if source is Kind.PLS_INTEGER else self.number
        if target is Kind.PLS_INTEGER:
            return arithmetic.to_pls if source is Kind.NUMBER else self.pls
        if target in BINARY:
            return None if source in BINARY else self.float
        if target in (Kind.RAW, Kind.BLOB):
            return None if source in (Kind.RAW, Kind.BLOB) else self.raw
        by_target: dict[Kind, Callable[[Any], Any]] = {
            Kind.DATE: self.date,
            Kind.TIMESTAMP: self.timestamp,
            Kind.TIMESTAMP_TZ: self.timestamp_tz,
            Kind.TIMESTAMP_LTZ: self.timestamp_tz,
            Kind.INTERVAL_DS: self.interval_ds,
            Kind.INTERVAL_YM: self.interval_ym,
        }
        if target is Kind.TIMESTAMP and source is Kind.DATE:
            return None
        return by_target.get(target)

    def to_type(self, value: Any, target: Scalar) -> Any:
        """A value of unknown source type as ``target``, checked; for binds and dynamic SQL."""
        if value is not None:
            convert = self.converter(kind_of(value), target.kind)
            if convert is not None:
                value = convert(value)
        check = arithmetic.assignment_check(target)
        return check(value) if check is not None else value


def kind_of(value: Any) -> Kind:
    """The base type of a run-time value, as far as it shows."""
    if value is None:
        return Kind.NULL
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int | Decimal):
        return Kind.NUMBER
    if isinstance(value, str):
        return Kind.VARCHAR2
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return Kind.TIMESTAMP_TZ
        return Kind.TIMESTAMP if value.microsecond else Kind.DATE
    if isinstance(value, bytes):
        return Kind.RAW
    if isinstance(value, float):
        return Kind.BINARY_DOUBLE
    if isinstance(value, timedelta):
        return Kind.INTERVAL_DS
    if isinstance(value, Months):
        return Kind.INTERVAL_YM
    if hasattr(value, "fetch"):
        return Kind.CURSOR
    if hasattr(value, "from_list"):
        return Kind.COLLECTION
    return Kind.OBJECT
