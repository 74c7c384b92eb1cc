"""Text functions: the empty string is NULL in every argument and every result."""

from __future__ import annotations

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import FIXED, Typed, size_of
from devkit.oracle.values import CLOB, NUMBER, VARCHAR2, Kind, OraType

MAX_TEXT = 4000  # bytes of a VARCHAR2 in SQL, with MAX_STRING_SIZE = STANDARD


def concatenate(parts: list[Typed]) -> Typed:
    """``||`` ignores NULL; the result is NULL only when every part is.

    Texts make a text of 4,000 bytes at most (ORA-01489); it is looked at where the types do not
    say that it fits.
    """
    known = [part for part in parts if part.sql != "NULL::text"]
    if not known:
        return Typed("NULL::text", VARCHAR2)
    length = sum(size_of(part) for part in known)
    is_clob = any(part.kind is Kind.CLOB for part in known)
    type_ = CLOB if is_clob else OraType(Kind.VARCHAR2, min(length, 4000))
    if len(known) == 1:
        return Typed(known[0].sql, type_)
    too_long = length > MAX_TEXT and not is_clob
    certain = any(part.literal for part in known)
    joined = " || ".join(
        part.sql if part.literal is not None else f"COALESCE({part.sql}, '')" for part in known
    )
    if too_long:
        joined = f"ora.concatenated({joined})"
    if certain:
        return Typed(f"({joined})", type_)
    return Typed(f"NULLIF({joined}, '')", type_)


def trim(source: Typed, chars: Typed | None, position: str) -> Typed:
    """TRIM, LTRIM, RTRIM; blanks by default."""
    name = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}[position]
    what = chars.sql if chars is not None else "' '"
    return Typed(f"NULLIF({name}({source.sql}, {what}), '')", _varying(source))


def _varying(source: Typed) -> OraType:
    if source.kind is Kind.CLOB:
        return CLOB
    kind = Kind.VARCHAR2 if source.kind in FIXED else source.kind
    return OraType(kind, source.type.length, source.type.char_semantics)


@function("LTRIM", "RTRIM", least=1, most=2)
def _one_side(call: Call) -> Typed:
    chars = call.text(1) if len(call) > 1 else None
    return trim(call.text(0), chars, "LEADING" if call.name == "LTRIM" else "TRAILING")


@function("SUBSTR", least=2, most=3)
def _substr(call: Call) -> Typed:
    source = call.text(0)
    start = call.number(1)
    length = f", {call.number(2)}" if len(call) > 2 else ""
    return Typed(f"ora.substr({source.sql}, {start}{length})", _varying(source))


@function("SUBSTRB", least=2, most=3)
def _substrb(call: Call) -> Typed:
    source = call.text(0)
    length = f", {call.number(2)}" if len(call) > 2 else ""
    return Typed(f"ora.substrb({source.sql}, {call.number(1)}{length})", _varying(source))


@function("INSTR", least=2, most=4)
def _instr(call: Call) -> Typed:
    rest = "".join(f", {call.number(index)}" for index in range(2, len(call)))
    return Typed(f"ora.instr({call.text(0).sql}, {call.text(1).sql}{rest})", NUMBER)


@function("LENGTH", "LENGTHC", least=1, most=1)
def _length(call: Call) -> Typed:
    return Typed(f"length({call.text(0).sql})::numeric", NUMBER)


@function("LENGTHB", least=1, most=1)
def _lengthb(call: Call) -> Typed:
    value = call.value(0)
    if value.kind in {Kind.RAW, Kind.BLOB}:
        return Typed(f"octet_length({value.sql})::numeric", NUMBER)
    return Typed(f"octet_length({call.text(0).sql})::numeric", NUMBER)


@function("DBMS_LOB.GETLENGTH", least=1, most=1)
def _lob_length(call: Call) -> Typed:
    value = call.value(0)
    if value.kind in {Kind.RAW, Kind.BLOB}:
        return Typed(f"octet_length({value.sql})::numeric", NUMBER)
    return Typed(f"length({call.text(0).sql})::numeric", NUMBER)


@function("UPPER", "LOWER", "NLS_UPPER", "NLS_LOWER", least=1, most=1)
def _letter_case(call: Call) -> Typed:
    source = call.text(0)
    return Typed(f"{call.name.removeprefix('NLS_').lower()}({source.sql})", _varying(source))


@function("INITCAP", least=1, most=1)
def _initcap(call: Call) -> Typed:
    source = call.text(0)
    return Typed(f"ora.initcap({source.sql})", _varying(source))


@function("LPAD", "RPAD", least=2, most=3)
def _pad(call: Call) -> Typed:
    source = call.text(0)
    fill = call.text(2).sql if len(call) > 2 else "' '::text"
    return call.text_result(
        f"NULLIF({call.name.lower()}({source.sql}, {call.integer(1)}, {fill}), '')",
        source,
        length=4000,
    )


@function("REPLACE", least=2, most=3)
def _replace(call: Call) -> Typed:
    source = call.text(0)
    by = call.text(2).sql if len(call) > 2 else "NULL::text"
    return call.text_result(
        f"ora.replace({source.sql}, {call.text(1).sql}, {by})", source, length=4000
    )


@function("TRANSLATE", least=3, most=3)
def _translate(call: Call) -> Typed:
    source = call.text(0)
    return call.text_result(
        f"NULLIF(translate({source.sql}, {call.text(1).sql}, {call.text(2).sql}), '')", source
    )


@function("CONCAT", least=2, most=2)
def _concat(call: Call) -> Typed:
    return concatenate([call.text(0), call.text(1)])


@function("REVERSE", least=1, most=1)
def _reverse(call: Call) -> Typed:
    source = call.text(0)
    return call.text_result(f"reverse({source.sql})", source)


@function("NLSSORT", least=1, most=2)
def _nlssort(call: Call) -> Typed:
    """The sort key of BINARY, BINARY_CI (without case) or BINARY_AI (without case and accents)."""
    setting = "NLS_SORT=BINARY"
    if len(call) > 1:
        setting = call.literal(1, "a parameter").upper().replace(" ", "")
    key = call.text(0).sql
    if setting == "NLS_SORT=BINARY_CI":
        key = f"lower({key})"
    elif setting == "NLS_SORT=BINARY_AI":
        key = f"ora.without_accents(lower({key}))"
    elif setting != "NLS_SORT=BINARY":
        raise unsupported(f"NLSSORT with {setting}")
    return Typed(f"(convert_to({key}, 'UTF8') || '\\x00'::bytea)", OraType(Kind.RAW, 2000))


@function("TO_CLOB", "TO_LOB", least=1, most=1)
def _to_clob(call: Call) -> Typed:
    return Typed(call.text(0).sql, CLOB)


@function("EMPTY_CLOB", least=0, most=0)
def _empty_clob(_call: Call) -> Typed:
    return Typed("NULL::text", CLOB)


@function("EMPTY_BLOB", least=0, most=0)
def _empty_blob(_call: Call) -> Typed:
    return Typed("NULL::bytea", OraType(Kind.BLOB))


@function("TO_NCHAR", least=1, most=1)
def _to_nchar(call: Call) -> Typed:
    return Typed(call.text(0).sql, OraType(Kind.NVARCHAR2, 4000, True))


@function("DBMS_LOB.SUBSTR", least=1, most=3)
def _lob_substr(call: Call) -> Typed:
    amount = call.number(1) if len(call) > 1 else "32767"
    offset = call.number(2) if len(call) > 2 else "1"
    value = call.value(0)
    if value.kind in {Kind.BLOB, Kind.RAW}:
        sql = f"substring({value.sql} FROM ({offset})::int FOR ({amount})::int)"
        return Typed(sql, OraType(Kind.RAW, 2000))
    return Typed(f"ora.substr({call.text(0).sql}, {offset}, {amount})", VARCHAR2)
