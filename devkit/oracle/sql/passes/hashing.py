"""RAW values: hashes, hexadecimal, UTL_RAW casts, SYS_GUID."""

from __future__ import annotations

from devkit.oracle.errors import OraError
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import BYTES, LOBS, NUMERIC, TEXT, Typed, mismatch
from devkit.oracle.values import RAW, VARCHAR2, Kind, OraType

_LENGTHS = {"MD5": 16, "SHA1": 20, "SHA256": 32, "SHA384": 48, "SHA512": 64}


def _bytes(call: Call, index: int) -> str:
    """The internal bytes of a text or RAW argument."""
    value = call.value(index)
    if value.kind in BYTES:
        return value.sql
    if value.is_null:
        return "NULL::bytea"
    return f"convert_to({call.ctx.conversions.to_text(value).sql}, 'UTF8')"


@function("STANDARD_HASH", least=1, most=2)
def _standard_hash(call: Call) -> Typed:
    """SHA1 by default; NULL hashes as no bytes."""
    value = call.value(0)
    if value.kind in LOBS:
        raise mismatch("-", value.kind)
    if value.kind in NUMERIC or (value.kind not in TEXT | BYTES and not value.is_null):
        raise OraError(902)
    method = call.literal(1, "a method").upper() if len(call) > 1 else "SHA1"
    if method not in _LENGTHS:
        raise OraError(907, position=call.position)
    data = f"COALESCE({_bytes(call, 0)}, '\\x'::bytea)"
    if method == "MD5":
        sql = f"decode(md5({data}), 'hex')"
    elif method == "SHA1":
        sql = f"ora.sha1({data})"
    else:
        sql = f"{method.lower()}({data})"
    return Typed(sql, OraType(Kind.RAW, _LENGTHS[method]))


@function("RAWTOHEX", least=1, most=1)
def _rawtohex(call: Call) -> Typed:
    value = call.value(0)
    length = min((value.type.length or 2000) * 2, 4000) if value.kind in BYTES else 4000
    return Typed(
        f"NULLIF(upper(encode({_bytes(call, 0)}, 'hex')), '')", OraType(Kind.VARCHAR2, length)
    )


@function("HEXTORAW", least=1, most=1)
def _hextoraw(call: Call) -> Typed:
    return Typed(f"ora.hextoraw({call.text(0).sql})", RAW)


@function("UTL_RAW.CAST_TO_RAW", least=1, most=1)
def _cast_to_raw(call: Call) -> Typed:
    return Typed(f"convert_to({call.text(0).sql}, 'UTF8')", RAW)


@function("UTL_RAW.CAST_TO_VARCHAR2", least=1, most=1)
def _cast_to_varchar2(call: Call) -> Typed:
    value = call.ctx.conversions.to_raw(call.value(0))
    return Typed(f"NULLIF(convert_from({value.sql}, 'UTF8'), '')", VARCHAR2)


@function("UTL_RAW.LENGTH", least=1, most=1)
def _raw_length(call: Call) -> Typed:
    value = call.ctx.conversions.to_raw(call.value(0))
    return Typed(f"octet_length({value.sql})::numeric", OraType(Kind.NUMBER))


@function("SYS_GUID", least=0, most=0)
def _sys_guid(_call: Call) -> Typed:
    return Typed("uuid_send(gen_random_uuid())", OraType(Kind.RAW, 16))


@function("TO_BLOB", least=1, most=1)
def _to_blob(call: Call) -> Typed:
    return Typed(call.ctx.conversions.to_raw(call.value(0)).sql, OraType(Kind.BLOB))


@function("VSIZE", least=1, most=1)
def _vsize(call: Call) -> Typed:
    return Typed(f"octet_length({_bytes(call, 0)})::numeric", OraType(Kind.NUMBER))
