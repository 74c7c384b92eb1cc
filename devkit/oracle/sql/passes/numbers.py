"""Numeric functions, exact where Oracle is."""

from __future__ import annotations

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import DATES, INTERVALS, Typed
from devkit.oracle.values import NUMBER


@function("ABS", "CEIL", "FLOOR", "SIGN", least=1, most=1)
def _plain(call: Call) -> Typed:
    return Typed(f"{call.name.lower()}(({call.number(0)})::numeric)", NUMBER)


@function("SQRT", "EXP", "LN", least=1, most=1)
def _transcendental(call: Call) -> Typed:
    """To Oracle's 40 digits; an argument outside the domain is ORA-01428."""
    return Typed(f"ora.{call.name.lower()}(({call.number(0)})::numeric)", NUMBER)


@function("LOG", least=2, most=2)
def _log(call: Call) -> Typed:
    return Typed(f"ora.log(({call.number(0)})::numeric, ({call.number(1)})::numeric)", NUMBER)


@function("POWER", least=2, most=2)
def _power(call: Call) -> Typed:
    return Typed(f"ora.power(({call.number(0)})::numeric, ({call.number(1)})::numeric)", NUMBER)


@function("MOD", least=2, most=2)
def _mod(call: Call) -> Typed:
    """MOD(n, 0) is n."""
    return Typed(f"ora.mod({call.number(0)}, {call.number(1)})", NUMBER)


@function("REMAINDER", least=2, most=2)
def _remainder(call: Call) -> Typed:
    one, two = call.number(0), call.number(1)
    return Typed(f"({one} - {two} * round(ora.div({one}, {two})))", NUMBER)


@function("BITAND", least=2, most=2)
def _bitand(call: Call) -> Typed:
    one, two = call.number(0), call.number(1)
    return Typed(f"(trunc({one})::bigint & trunc({two})::bigint)::numeric", NUMBER)


@function("ROUND", "TRUNC", least=1, most=2)
def _round_trunc(call: Call) -> Typed:
    """Numbers and dates share the names."""
    from devkit.oracle.sql.passes.dates import round_trunc_date

    value = call.value(0)
    if value.kind in DATES:
        return round_trunc_date(call, value)
    if value.kind in INTERVALS:
        raise unsupported(f"{call.name} of an interval")
    number = call.ctx.conversions.to_number(value)
    digits = f", {call.integer(1)}" if len(call) > 1 else ""
    return Typed(f"{call.name.lower()}(({number.sql})::numeric{digits})", NUMBER)


@function("WIDTH_BUCKET", least=4, most=4)
def _width_bucket(call: Call) -> Typed:
    numbers = ", ".join(f"({call.number(index)})::numeric" for index in range(3))
    return Typed(f"width_bucket({numbers}, {call.integer(3)})::numeric", NUMBER)


@function("NANVL", least=2, most=2)
def _nanvl(call: Call) -> Typed:
    return Typed(call.number(0), NUMBER)


@function("ORA_HASH", least=1, most=3)
def _ora_hash(call: Call) -> Typed:
    """A stable hash in the asked range; Oracle's own values are not documented."""
    bucket = call.number(1) if len(call) > 1 else "4294967295"
    seed = call.number(2) if len(call) > 2 else "0"
    return Typed(f"ora.ora_hash({call.text(0).sql}, {bucket}, {seed})", NUMBER)
