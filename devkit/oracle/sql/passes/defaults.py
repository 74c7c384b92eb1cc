"""DEFAULT … ON CONVERSION ERROR of TO_NUMBER, TO_DATE and their like and of CAST; VALIDATE_CONVERSION."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.typing import DATES, NUMERIC, TEXT, Typed
from devkit.oracle.values import DATE, NUMBER, TIMESTAMP, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.passes.registry import Call
    from devkit.oracle.sql.typing import Conversions

_TARGETS = {"TO_NUMBER": NUMBER, "TO_DATE": DATE, "TO_TIMESTAMP": TIMESTAMP}
_TRIES = {Kind.NUMBER: "number", Kind.DATE: "date", Kind.TIMESTAMP: "timestamp"}
_MASKS = {Kind.DATE: "NLS_DATE_FORMAT", Kind.TIMESTAMP: "NLS_TIMESTAMP_FORMAT"}


def converted(call: Call, default: Any) -> Typed:
    """``TO_NUMBER(text DEFAULT value ON CONVERSION ERROR [, model])`` and the like."""
    target = _TARGETS.get(call.name)
    if target is None or len(call) > 2:
        raise unsupported(f"{call.name} with DEFAULT ON CONVERSION ERROR and these arguments")
    model = call.text(1).sql if len(call) > 1 else None
    fallback = call.ex.value(default, call.block)
    return attempt(call.ctx.conversions, call.value(0), target, model, fallback)


def attempt(
    convert: Conversions, value: Typed, target: OraType, model: str | None, fallback: Typed
) -> Typed:
    """The value as ``target``, the fallback (converted by the same model) where that fails."""
    name = _TRIES.get(target.kind)
    if name is None or (target.kind is Kind.NUMBER and target.precision is not None):
        raise unsupported(f"DEFAULT ON CONVERSION ERROR for {target.kind.value} with bounds")
    if value.kind in NUMERIC | DATES:
        return convert.convert(value, target)
    if model is None:
        model = convert.nls(_MASKS[target.kind]) if target.kind in _MASKS else "NULL::text"
    text = convert.to_text(value).sql
    if fallback.kind in TEXT:
        null = convert.convert(Typed("NULL", OraType(Kind.NULL)), target).sql
        other = f"ora.try_{name}({fallback.sql}, {model}, {null}, true)"
    else:
        other = convert.convert(fallback, target).sql
    return Typed(f"ora.try_{name}({text}, {model}, {other}, false)", target)


def validate(convert: Conversions, value: Typed, target: OraType, model: str | None) -> Typed:
    """VALIDATE_CONVERSION: 1 when the value converts (NULL does), else 0."""
    null = Typed("NULL", OraType(Kind.NULL))
    tried = attempt(convert, value, target, model, null).sql
    return Typed(
        f"(CASE WHEN {value.sql} IS NULL OR {tried} IS NOT NULL THEN 1 ELSE 0 END)::numeric", NUMBER
    )
