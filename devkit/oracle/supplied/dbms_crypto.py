"""DBMS_CRYPTO: digests, message authentication codes, random bytes. CLOBs are taken as AL32UTF8."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.supplied.native import Package, integer

_HASHES = {2: "md5", 3: "sha1", 4: "sha256", 5: "sha384", 6: "sha512"}
_MACS = {1: "md5", 2: "sha1", 3: "sha256", 4: "sha384", 5: "sha512"}


def _octets(value: str | bytes | None) -> bytes:
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def _algorithm(table: dict[int, str], kind: Any) -> str:
    name = table.get(integer(kind))
    if name is None:
        raise OraError(28817, text="PL/SQL function returned an error.")
    return name


def _hash(_session: Any, source: Any, kind: Any) -> bytes:
    return hashlib.new(_algorithm(_HASHES, kind), _octets(source)).digest()


def _mac(_session: Any, source: Any, kind: Any, key: bytes | None) -> bytes:
    return hmac.new(key or b"", _octets(source), _algorithm(_MACS, kind)).digest()


def _random_bytes(_session: Any, count: Any) -> bytes | None:
    return secrets.token_bytes(integer(count)) or None


PACKAGE = Package("DBMS_CRYPTO", {"HASH": _hash, "MAC": _mac, "RANDOMBYTES": _random_bytes})
