"""TO_CHAR, TO_DATE, TO_NUMBER, TO_TIMESTAMP with Oracle's format models.

The models are implemented by our own functions in schema ``ora``. A literal date model made only of
elements that PostgreSQL prints the same way goes to its native ``to_char``, which is much faster.
"""

from __future__ import annotations

import re

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import (
    DATES,
    NUMERIC,
    ZONED,
    Typed,
    text_literal,
    with_digits,
)
from devkit.oracle.values import DATE, NUMBER, VARCHAR2, Kind, OraType

_ZONED = OraType(Kind.TIMESTAMP_TZ, scale=6)
_ZONED9 = OraType(Kind.TIMESTAMP_TZ, scale=9)  # of literals and conversions
_TEXT75 = OraType(Kind.VARCHAR2, 75)
_NATIVE = re.compile(r"YYYY|MM|DD|HH24|MI|SS|FF6|FF3|[-/:.,; ]|\"[^\"\\]*\"")
_NATIVE_FF = {"FF6": "US", "FF3": "MS"}


def native_mask(mask: str) -> str | None:
    """The PostgreSQL form of a date model that both print alike, else None."""
    parts: list[str] = []
    at = 0
    upper = mask.upper()
    while at < len(mask):
        match = _NATIVE.match(upper, at)
        if match is None:
            return None
        piece = mask[at : match.end()]
        word = match.group(0)
        # DDD and SSSSS would be read as DD and SS
        if word in {"DD", "SS"} and upper[match.end() : match.end() + 1] in {"D", "S"}:
            return None
        parts.append(piece if word.startswith('"') else _NATIVE_FF.get(word, word))
        at = match.end()
    return "".join(parts)


def _check_nls(call: Call, index: int) -> None:
    """A third argument may only ask for what is the default here."""
    if len(call) <= index:
        return
    setting = re.sub(r"\s+", "", call.literal(index, "NLS parameters").upper())
    allowed = {
        "NLS_DATE_LANGUAGE=AMERICAN",
        "NLS_DATE_LANGUAGE=ENGLISH",
        "NLS_NUMERIC_CHARACTERS='.,'",
        "NLS_NUMERIC_CHARACTERS=.,",
    }
    if setting and setting not in allowed:
        raise unsupported(f"NLS parameter {setting}")


_NUMERIC_CHARACTERS = re.compile(r"NLS_NUMERIC_CHARACTERS='?([^'\w\s])([^'\w\s])'?$")


def _numeric_characters(call: Call) -> str | None:
    """Decimal and group character of a third argument; None for the defaults.

    They stand where the model has D and G; its own ``.`` and ``,`` are not replaced, so a model that
    has those beside other characters is refused.
    """
    if len(call) < 3:
        return None
    found = _NUMERIC_CHARACTERS.match(re.sub(r"\s+", "", call.literal(2, "NLS parameters").upper()))
    if found is None or found.group(1, 2) == (".", ","):
        _check_nls(call, 2)
        return None
    if set(call.literal(1, "a format with NLS parameters")) & {".", ","}:
        raise unsupported("a number format with . or , beside NLS_NUMERIC_CHARACTERS")
    return found.group(1) + found.group(2)


@function("TO_CHAR", least=1, most=3)
def _to_char(call: Call) -> Typed:
    value = call.value(0)
    if len(call) == 1:
        text = call.ctx.conversions.to_text(value)
        return Typed(text.sql, text.type if not value.is_null else VARCHAR2)
    if value.kind in DATES:
        _check_nls(call, 2)
        mask = call.text(1)
        model = with_digits(mask.sql, value.type)
        if mask.literal is not None:
            native = native_mask(mask.literal)
            if native is not None and not (
                value.kind is Kind.DATE and "FF" in mask.literal.upper()
            ):
                local = call.ctx.conversions.local(value)
                length = max(len(mask.literal), 1)
                return Typed(
                    f"ora.pg_to_char({local}, {text_literal(native)})",
                    OraType(Kind.VARCHAR2, length),
                )
        if value.kind in ZONED:
            zoned = call.ctx.conversions.to_timestamp(value, _ZONED)
            return Typed(f"ora.to_char_zoned({zoned.sql}, {model})", _TEXT75)
        return Typed(f"ora.to_char({call.ctx.conversions.local(value)}, {model})", _TEXT75)
    if value.kind in {Kind.INTERVAL_DS, Kind.INTERVAL_YM}:
        raise unsupported("TO_CHAR of an interval with a format")
    characters = _numeric_characters(call)
    number = call.ctx.conversions.to_number(value)
    sql = f"ora.to_char(({number.sql})::numeric, {call.text(1).sql})"
    if characters is not None:
        sql = f"translate({sql}, '.,', {text_literal(characters)})"
    return Typed(sql, OraType(Kind.VARCHAR2, 64))


@function("TO_DATE", least=1, most=3)
def _to_date(call: Call) -> Typed:
    _check_nls(call, 2)
    value = call.value(0)
    if value.kind in DATES and len(call) == 1:
        return call.ctx.conversions.to_date(value)
    text = call.ctx.conversions.to_text(value)
    mask = call.text(1).sql if len(call) > 1 else call.ctx.nls("NLS_DATE_FORMAT")
    return Typed(f"ora.to_date({text.sql}, {mask})", DATE)


@function("TO_TIMESTAMP", least=1, most=3)
def _to_timestamp(call: Call) -> Typed:
    _check_nls(call, 2)
    mask = call.text(1).sql if len(call) > 1 else call.ctx.nls("NLS_TIMESTAMP_FORMAT")
    type_ = OraType(Kind.TIMESTAMP, scale=9)
    value = call.value(0)
    if value.kind in DATES:
        return call.ctx.conversions.to_timestamp(value, type_)
    return Typed(f"ora.to_timestamp({call.ctx.conversions.to_text(value).sql}, {mask})", type_)


@function("TO_TIMESTAMP_TZ", least=1, most=3)
def _to_timestamp_tz(call: Call) -> Typed:
    _check_nls(call, 2)
    mask = call.text(1).sql if len(call) > 1 else call.ctx.nls("NLS_TIMESTAMP_TZ_FORMAT")
    value = call.value(0)
    if value.kind in DATES:
        return call.ctx.conversions.to_timestamp(value, _ZONED)
    return Typed(f"ora.to_tstz({call.ctx.conversions.to_text(value).sql}, {mask})", _ZONED9)


@function("TO_NUMBER", least=1, most=3)
def _to_number(call: Call) -> Typed:
    characters = _numeric_characters(call)
    value = call.value(0)
    if len(call) == 1 or value.kind in NUMERIC:
        number = call.ctx.conversions.to_number(value)
        return Typed(number.sql, number.type)
    text = call.ctx.conversions.to_text(value).sql
    if characters is not None:
        text = f"translate({text}, {text_literal(characters)}, '.,')"
    return Typed(f"ora.to_number({text}, {call.text(1).sql})", NUMBER)


@function("TO_BINARY_DOUBLE", "TO_BINARY_FLOAT", least=1, most=1)
def _to_binary(call: Call) -> Typed:
    kind = Kind.BINARY_DOUBLE if call.name.endswith("DOUBLE") else Kind.BINARY_FLOAT
    return Typed(f"({call.number(0)})::float8", OraType(kind))


@function("$DATE", least=1, most=1)
def _date_literal(call: Call) -> Typed:
    text = call.literal(0, "text")
    return Typed(f"ora.to_date({text_literal(text)}, 'YYYY-MM-DD'::text)", DATE)


@function("$TIMESTAMP", least=1, most=1)
def _timestamp_literal(call: Call) -> Typed:
    text = call.literal(0, "text").strip()
    zoned = re.fullmatch(r"(.*\d)\s*([+-]\d{1,2}:\d{2})|(.*\d)\s+([A-Za-z][\w/+-]*)", text)
    if zoned is not None:
        body, name = zoned[1] or zoned[3], zoned[2] or zoned[4]
        mask = "YYYY-MM-DD HH24:MI:SSXFF" if "." in body else "YYYY-MM-DD HH24:MI:SS"
        zone = text_literal(name)
        stamp = f"ora.to_timestamp({text_literal(body)}, '{mask}'::text)"
        moment = f"{stamp} AT TIME ZONE ora.known_zone({zone})"
        return Typed(f"ora.zoned({moment}, ora.zone_name({zone}))", _ZONED9)
    return Typed(
        f"ora.to_timestamp({text_literal(text)}, 'YYYY-MM-DD HH24:MI:SSXFF'::text)",
        OraType(Kind.TIMESTAMP, scale=9),
    )
