"""The table of SQL functions that PL/SQL expressions may call, with argument and result types.

Argument kinds: ``s`` text, ``n`` number, ``d`` date or timestamp as it comes, ``r`` RAW, ``a`` as
it comes; ``*`` repeats the last. A result of None means: the type of the first argument.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import arithmetic, formats, numbers, tables, types
from devkit.oracle.plsql import builtins_scalar as scalar
from devkit.oracle.plsql import builtins_text as text
from devkit.oracle.plsql.conversions import DEFAULT_FORMATS
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from devkit.oracle.plsql.types import PlType


@dataclass(frozen=True, slots=True)
class Builtin:
    """``session`` marks implementations that take the session as first argument."""

    name: str
    low: int
    high: int
    kinds: str
    result: PlType | None
    call: Callable[..., Any]
    session: bool = False

    def kind(self, position: int) -> str:
        if position < len(self.kinds) and self.kinds[position] != "*":
            return self.kinds[position]
        return self.kinds.rstrip("*")[-1]


BUILTINS: dict[str, Builtin] = {}


def _add(
    name: str,
    kinds: str,
    result: PlType | None,
    call: Callable[..., Any],
    low: int | None = None,
    *,
    session: bool = False,
) -> None:
    high = 255 if kinds.endswith("*") else len(kinds)
    BUILTINS[name] = Builtin(
        name, len(kinds) if low is None else low, high, kinds, result, call, session
    )


# --------------------------------------------------------------------------- conversions


def to_char_number(session: Any, value: Any, model: Any = None, nls: Any = None) -> str | None:
    if value is None:
        return None
    if model is None:
        return numbers.number_text(value, numbers.decimal_characters(session.nls)[0])
    return numbers.format_number(value, model, session.nls, nls)


def to_char_date(
    session: Any, value: Any, model: Any = None, nls: Any = None, kind: Kind = Kind.DATE
) -> str | None:
    if value is None:
        return None
    if model is None:
        key, default = DEFAULT_FORMATS[kind]
        model = session.nls.get(key) or default
    return formats.format_date(value, model, session.nls, nls) or None


def _parse(session: Any, value: Any, model: Any, nls: Any, kind: Kind) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    if model is None:
        key, default = DEFAULT_FORMATS[kind]
        model = session.nls.get(key) or default
    return formats.parse_date(value, model, session.nls, nls)


def to_date(session: Any, value: Any, model: Any = None, nls: Any = None) -> Any:
    if isinstance(value, int) and model is not None:
        value = str(value)
    parsed = _parse(session, value, model, nls, Kind.DATE)
    return None if parsed is None else formats.as_plain(parsed)


def to_timestamp(session: Any, value: Any, model: Any = None, nls: Any = None) -> Any:
    parsed = _parse(session, value, model, nls, Kind.TIMESTAMP)
    return None if parsed is None else parsed.replace(tzinfo=None)


def to_timestamp_tz(session: Any, value: Any, model: Any = None, nls: Any = None) -> Any:
    parsed = _parse(session, value, model, nls, Kind.TIMESTAMP_TZ)
    if parsed is None:
        return None
    return scalar.fixed(parsed if parsed.tzinfo is not None else parsed.astimezone())


def to_number(session: Any, value: Any, model: Any = None, nls: Any = None) -> Any:
    if value is None:
        return None
    if not isinstance(value, str):
        return arithmetic.shrink(value)
    if model is None:
        return numbers.parse_number(value, numbers.decimal_characters(session.nls)[0], 6502)
    return numbers.parse_formatted(value, model, session.nls, nls)


# --------------------------------------------------------------------------- session values


def sys_guid() -> bytes:
    return uuid.uuid4().bytes


def user(session: Any) -> str:
    return str(session.user)


def uid(session: Any) -> int:
    found = session.catalog.user(session.user)
    return int(found.user_id) if found is not None else 0


def sys_context(session: Any, namespace: Any, attribute: Any, size: Any = None) -> str | None:
    """SYS_CONTEXT: delegated to the session, which knows USERENV and application contexts."""
    if namespace is None or attribute is None:
        return None
    value = session.sys_context(str(namespace).upper(), str(attribute).upper())
    return None if value is None else str(value)


def current_timestamp(session: Any, _precision: Any = None) -> Any:
    """Now, in the zone of the session."""
    name = session.time_zone
    zone = scalar.zone_of(name) if ":" in name else ZoneInfo(name)
    return scalar.fixed(scalar.now_local().astimezone(zone))


def current_date(session: Any) -> Any:
    return current_timestamp(session).replace(tzinfo=None, microsecond=0)


def localtimestamp(session: Any, _precision: Any = None) -> Any:
    return current_timestamp(session).replace(tzinfo=None)


def session_timezone(session: Any) -> str:
    return str(session.time_zone)


def _refuse(name: str) -> Callable[..., Any]:
    def call(*_args: Any) -> Any:
        raise unsupported(name)

    return call


def _empty_lob() -> None:
    return None


def _concat(a: Any, b: Any) -> Any:
    return ((a or "") + (b or "")) or None


def greatest(*values: Any) -> Any:
    return None if None in values else max(values)


def least(*values: Any) -> Any:
    return None if None in values else min(values)


def bin_to_num(*bits: Any) -> int:
    return int("".join(str(int(b)) for b in bits), 2)


def to_single_text(value: Any) -> Any:
    return value


def cardinality(collection: Any) -> int | None:
    return None if collection is None else collection.count()


def raise_range(value: Any) -> OraError:
    return OraError(1428, text=f"argument '{value}' is out of range")


def _install() -> None:
    v, n, p, r = types.VARCHAR2, types.NUMBER, types.PLS_INTEGER, types.RAW
    # text
    _add("ASCII", "s", n, text.ascii_code)
    _add("ASCIISTR", "s", v, text.asciistr)
    _add("CHR", "n", v, text.chr_)
    _add("COMPOSE", "s", v, text.compose)
    _add("CONCAT", "ss", v, _concat)
    _add("CONVERT", "sss", v, text.convert, 2)
    _add("DECOMPOSE", "ss", v, text.decompose, 1)
    _add("INITCAP", "s", v, text.initcap)
    for name in ("INSTR", "INSTRC", "INSTR2", "INSTR4"):
        _add(name, "ssnn", n, text.instr, 2)
    _add("INSTRB", "ssnn", n, text.instrb, 2)
    for name in ("LENGTH", "LENGTHC", "LENGTH2", "LENGTH4"):
        _add(name, "s", n, text.length)
    _add("LENGTHB", "a", n, text.lengthb)
    _add("LOWER", "s", None, text.lower)
    _add("LPAD", "sns", v, text.lpad, 2)
    _add("LTRIM", "ss", None, text.ltrim, 1)
    _add("NCHR", "n", v, text.nchr)
    _add("NLS_LOWER", "ss", v, lambda s, _p=None: text.lower(s), 1)
    _add("NLS_UPPER", "ss", v, lambda s, _p=None: text.upper(s), 1)
    _add("NLS_INITCAP", "ss", v, lambda s, _p=None: text.initcap(s), 1)
    _add("NLSSORT", "ss", r, text.nlssort, 1)
    _add("REGEXP_COUNT", "ssns", n, text.regexp_count, 2)
    _add("REGEXP_INSTR", "ssnnnsn", n, text.regexp_instr, 2)
    _add("REGEXP_LIKE", "sss", types.BOOLEAN, text.regexp_like, 2)
    _add("REGEXP_REPLACE", "sssnns", None, text.regexp_replace, 2)
    _add("REGEXP_SUBSTR", "ssnnsn", None, text.regexp_substr, 2)
    _add("REPLACE", "sss", None, text.replace, 2)
    _add("RPAD", "sns", v, text.rpad, 2)
    _add("RTRIM", "ss", None, text.rtrim, 1)
    _add("SOUNDEX", "s", v, text.soundex)
    for name in ("SUBSTRC", "SUBSTR2", "SUBSTR4"):
        _add(
            name,
            "snn",
            None,
            lambda s, a, b=None: text.substr(s, a) if b is None else text.substr3(s, a, b),
            2,
        )
    _add("SUBSTRB", "snn", v, text.substrb, 2)
    _add("TRANSLATE", "sss", v, text.translate)
    _add("TRIM", "s", None, text.trim)
    _add("NLS_CHARSET_ID", "s", n, text.nls_charset_id)
    _add("NLS_CHARSET_NAME", "n", v, text.nls_charset_name)
    _add("UNISTR", "s", v, text.unistr)
    _add("UPPER", "s", None, text.upper)
    _add("HEXTORAW", "s", r, text.hextoraw)
    _add("RAWTOHEX", "r", v, text.rawtohex)
    _add("TO_CLOB", "s", types.CLOB, to_single_text)
    _add("TO_NCLOB", "s", types.CLOB, to_single_text)
    _add("TO_NCHAR", "s", v, to_single_text)
    _add("TO_MULTI_BYTE", "s", v, to_single_text)
    _add("TO_SINGLE_BYTE", "s", v, to_single_text)
    _add("ROWIDTOCHAR", "s", v, to_single_text)
    _add("CHARTOROWID", "s", types.ROWID, to_single_text)
    _add("TO_BLOB", "r", types.BLOB, to_single_text)
    _add("EMPTY_CLOB", "", types.CLOB, _empty_lob)
    _add("EMPTY_BLOB", "", types.BLOB, _empty_lob)
    # numbers
    _add("ABS", "n", None, scalar.abs_)
    _add("BITAND", "nn", n, scalar.bitand)
    _add("CEIL", "n", n, scalar.ceil)
    _add("EXP", "n", n, scalar.exp)
    _add("FLOOR", "n", n, scalar.floor)
    _add("LN", "n", n, scalar.ln)
    _add("LOG", "nn", n, scalar.log)
    _add("MOD", "nn", None, arithmetic.mod)
    _add("NANVL", "nn", None, scalar.nanvl)
    _add("POWER", "nn", n, arithmetic.power)
    _add("REMAINDER", "nn", n, arithmetic.remainder)
    _add("SIGN", "n", p, scalar.sign)
    _add("SQRT", "n", n, scalar.sqrt)
    for name in ("ACOS", "ASIN", "ATAN", "COS", "COSH", "SIN", "SINH", "TAN", "TANH"):
        _add(name, "n", n, scalar.trigonometric(getattr(math, name.lower())))
    _add("ATAN2", "nn", n, scalar.trigonometric(math.atan2))
    _add("BIN_TO_NUM", "n*", n, bin_to_num, 1)
    _add("TO_BINARY_DOUBLE", "f", types.BINARY_DOUBLE, to_single_text)
    _add("TO_BINARY_FLOAT", "f", types.BINARY_FLOAT, to_single_text)
    # dates
    _add("ADD_MONTHS", "dn", types.DATE, scalar.add_months)
    _add("LAST_DAY", "d", types.DATE, scalar.last_day)
    _add("MONTHS_BETWEEN", "dd", n, scalar.months_between)
    _add("NEXT_DAY", "ds", types.DATE, scalar.next_day)
    _add("FROM_TZ", "ds", types.TIMESTAMP_TZ, scalar.from_tz)
    _add("SYS_EXTRACT_UTC", "d", types.TIMESTAMP, scalar.sys_extract_utc)
    _add("NUMTODSINTERVAL", "ns", types.INTERVAL_DS, scalar.numtodsinterval)
    _add("NUMTOYMINTERVAL", "ns", types.INTERVAL_YM, scalar.numtoyminterval)
    _add("TO_DSINTERVAL", "s", types.INTERVAL_DS, scalar.to_dsinterval)
    _add("TO_YMINTERVAL", "s", types.INTERVAL_YM, scalar.to_yminterval)
    _add("SYSDATE", "", types.DATE, scalar.sysdate)
    _add("SYSTIMESTAMP", "n", types.TIMESTAMP_TZ, lambda _p=None: scalar.systimestamp(), 0)
    _add("CURRENT_DATE", "", types.DATE, current_date, session=True)
    _add("CURRENT_TIMESTAMP", "n", types.TIMESTAMP_TZ, current_timestamp, 0, session=True)
    _add("LOCALTIMESTAMP", "n", types.TIMESTAMP, localtimestamp, 0, session=True)
    _add("DBTIMEZONE", "", v, lambda: "+00:00")
    _add("SESSIONTIMEZONE", "", v, session_timezone, session=True)
    # conversions with formats
    _add("TO_DATE", "ass", types.DATE, to_date, 1, session=True)
    _add("TO_TIMESTAMP", "sss", types.TIMESTAMP, to_timestamp, 1, session=True)
    _add("TO_TIMESTAMP_TZ", "sss", types.TIMESTAMP_TZ, to_timestamp_tz, 1, session=True)
    _add("TO_NUMBER", "ass", n, to_number, 1, session=True)
    # session
    _add("USER", "", v, user, session=True)
    _add("UID", "", n, uid, session=True)
    _add("SYS_GUID", "", r, sys_guid)
    _add("SYS_CONTEXT", "ssn", v, sys_context, 2, session=True)
    _add("USERENV", "s", v, lambda s, a: sys_context(s, "USERENV", a), session=True)
    # collections
    _add("CARDINALITY", "a", p, cardinality)
    _add("SET", "a", None, tables.as_set)


_install()

# Known to SQL only: PL/SQL says PLS-00204 (or does not know the name).
SQL_ONLY = frozenset(
    {"DECODE", "NVL2", "DUMP", "VSIZE", "LISTAGG", "COUNT", "SUM", "MIN", "MAX", "AVG"}
)
