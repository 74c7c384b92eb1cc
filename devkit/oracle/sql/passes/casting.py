"""CAST and the data types it can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.typing import (
    BYTES,
    FIXED,
    NUMERIC,
    STAMPS,
    TEXT,
    Typed,
)
from devkit.oracle.values import (
    BLOB,
    CLOB,
    DATE,
    FLOAT_PRECISION,
    NUMBER,
    Kind,
    OraType,
    float_type,
)

if TYPE_CHECKING:
    from devkit.oracle.sql.typing import Conversions

_SIMPLE = {
    exp.DType.DATE: DATE,
    exp.DType.TEXT: CLOB,
    exp.DType.BLOB: BLOB,
    exp.DType.VARBINARY: BLOB,
    exp.DType.FLOAT: OraType(Kind.BINARY_FLOAT),
    exp.DType.DOUBLE: OraType(Kind.BINARY_DOUBLE),
}
# NUMBERs with a binary precision; BINARY_FLOAT and BINARY_DOUBLE are another matter
_FLOATS = {"FLOAT": FLOAT_PRECISION, "REAL": 63, "DOUBLE": FLOAT_PRECISION}
_TEXTS = {
    exp.DType.VARCHAR: Kind.VARCHAR2,
    exp.DType.NVARCHAR: Kind.NVARCHAR2,
    exp.DType.CHAR: Kind.CHAR,
    exp.DType.NCHAR: Kind.NCHAR,
}
_STAMPS = {
    exp.DType.TIMESTAMP: Kind.TIMESTAMP,
    exp.DType.TIMESTAMPTZ: Kind.TIMESTAMP_TZ,
    exp.DType.TIMESTAMPLTZ: Kind.TIMESTAMP_LTZ,
}


def data_type(node: Any) -> OraType:
    """The Oracle type a parsed type name means."""
    if isinstance(node, exp.Interval) or isinstance(node.this, exp.Interval):
        interval = node if isinstance(node, exp.Interval) else node.this
        words = interval.sql().upper()
        return OraType(Kind.INTERVAL_YM if "YEAR" in words else Kind.INTERVAL_DS)
    if not isinstance(node, exp.DataType):
        raise unsupported(f"type {node.sql()}")
    kind = node.this
    params = [
        param.this if isinstance(param, exp.DataTypeParam) else param for param in node.expressions
    ]
    numbers = [int(str(param.this)) for param in params if isinstance(param, exp.Literal)]
    if node.meta.get("word") in _FLOATS:
        precision = numbers[0] if numbers else _FLOATS[node.meta["word"]]
        if not 1 <= precision <= FLOAT_PRECISION:
            raise OraError(1724)
        return float_type(precision)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind in _TEXTS:
        semantics = any(
            isinstance(param, exp.DataTypeParam)
            and param.expression is not None
            and str(param.expression.this).upper() == "CHAR"
            for param in node.expressions
        )
        default = 1 if kind in (exp.DType.CHAR, exp.DType.NCHAR) else 4000
        national = kind in (exp.DType.NVARCHAR, exp.DType.NCHAR)
        return OraType(_TEXTS[kind], numbers[0] if numbers else default, semantics or national)
    if kind in _STAMPS:
        return OraType(_STAMPS[kind], scale=numbers[0] if numbers else 6)
    if kind in (exp.DType.DECIMAL, exp.DType.BIGDECIMAL):
        if not numbers:
            return NUMBER
        return OraType(
            Kind.NUMBER, precision=numbers[0], scale=numbers[1] if len(numbers) > 1 else 0
        )
    if kind in (exp.DType.INT, exp.DType.SMALLINT, exp.DType.BIGINT):
        return OraType(Kind.NUMBER, precision=38, scale=0)
    word = str(node.args.get("kind") or node.sql()).upper()
    if word.startswith("NUMBER"):
        return NUMBER
    if word.startswith("RAW"):
        return OraType(Kind.RAW, numbers[0] if numbers else 2000)
    if word in {"ROWID", "UROWID"}:
        return OraType(Kind.ROWID)
    if word.startswith("CLOB"):
        return CLOB
    raise unsupported(f"type {word}")


def cast(convert: Conversions, value: Typed, target: OraType) -> Typed:
    """CAST: text is cut to the length, numbers are rounded and checked, dates lose the fraction."""
    if value.is_null:
        converted = convert.convert(value, target)
        return Typed(converted.sql, target)
    converted = convert.convert(value, target)
    sql = converted.sql
    kind = target.kind
    if target.is_float:
        sql = f"ora.fit_float({sql}, {target.float_digits})"
    elif kind in NUMERIC and target.precision is not None:
        sql = f"ora.fit_number({sql}, {target.precision}, {target.scale or 0})"
    elif kind in FIXED and target.length is not None:
        sql = f"rpad({sql}, {target.length})"
    elif kind in TEXT and kind is not Kind.CLOB and target.length is not None:
        if value.kind in TEXT:
            sql = (
                f"substr({sql}, 1, {target.length})"
                if target.char_semantics
                else f"ora.cutb({sql}, {target.length})"
            )
    elif kind is Kind.TIMESTAMP_TZ and target.scale is not None and target.scale < 6:
        sql = f"ora.fit_tstz({sql}, {target.scale})"
    elif kind in STAMPS and target.scale is not None and target.scale < 6:
        sql = f"({sql})::{'timestamp' if kind is Kind.TIMESTAMP else 'timestamptz'}({target.scale})"
    elif kind in BYTES and target.length is not None:
        sql = f"substring({sql} FROM 1 FOR {target.length})"
    return Typed(sql, target)
