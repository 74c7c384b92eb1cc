"""Single characters, character sets and Unicode forms."""

from __future__ import annotations

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import Typed
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

_UTF8 = {"AL32UTF8", "UTF8"}
_CHARSETS = {"WE8ISO8859P1": "LATIN1", "WE8ISO8859P15": "LATIN9", "WE8MSWIN1252": "WIN1252"}


@function("CHR", "NCHR", least=1, most=1)
def _chr(call: Call) -> Typed:
    return Typed(f"ora.chr({call.number(0)})", OraType(Kind.VARCHAR2, 4))


@function("ASCII", least=1, most=1)
def _ascii(call: Call) -> Typed:
    return Typed(f"ora.ascii({call.text(0).sql})", NUMBER)


@function("UNISTR", least=1, most=1)
def _unistr(call: Call) -> Typed:
    return Typed(f"ora.unistr({call.text(0).sql})", OraType(Kind.NVARCHAR2, 4000, True))


@function("ASCIISTR", least=1, most=1)
def _asciistr(call: Call) -> Typed:
    return Typed(f"ora.asciistr({call.text(0).sql})", VARCHAR2)


@function("COMPOSE", least=1, most=1)
def _compose(call: Call) -> Typed:
    source = call.text(0)
    return call.text_result(f"normalize({source.sql}, NFC)", source)


@function("DECOMPOSE", least=1, most=2)
def _decompose(call: Call) -> Typed:
    form = "CANONICAL" if len(call) == 1 else call.literal(1, "a form").upper()
    if form not in {"CANONICAL", "COMPATIBILITY"}:
        raise unsupported(f"DECOMPOSE {form}")
    source = call.text(0)
    return call.text_result(
        f"normalize({source.sql}, {'NFD' if form == 'CANONICAL' else 'NFKD'})", source, length=4000
    )


@function("CONVERT", least=2, most=3)
def _convert(call: Call) -> Typed:
    """Only to US7ASCII (accents lost, as Oracle replaces letters) and between the UTF-8 sets."""
    target = call.literal(1, "a character set").upper()
    if len(call) > 2 and call.literal(2, "a character set").upper() not in _UTF8:
        raise unsupported("CONVERT from another character set than the database's")
    source = call.text(0)
    if target in _UTF8:
        return call.text_result(source.sql, source)
    if target == "US7ASCII":
        return call.text_result(f"ora.to_us7ascii({source.sql})", source)
    raise unsupported(f"CONVERT to {_CHARSETS.get(target, target)}")
