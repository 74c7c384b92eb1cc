"""UTL_I18N: conversion between text and bytes of a named character set."""

from __future__ import annotations

import html
from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.supplied.native import Package

#: Oracle character set names → Python codecs
CODECS = {
    "AL32UTF8": "utf-8",
    "UTF8": "utf-8",
    "AL16UTF16": "utf-16-be",
    "WE8ISO8859P1": "latin-1",
    "WE8ISO8859P15": "iso8859-15",
    "WE8MSWIN1252": "cp1252",
    "US7ASCII": "ascii",
}


def _codec(charset: str | None) -> str:
    codec = CODECS.get((charset or "AL32UTF8").upper())
    if codec is None:
        raise OraError(1482, text="unsupported character set")
    return codec


def _string_to_raw(_session: Any, data: str | None, charset: str | None) -> bytes | None:
    return None if data is None else data.encode(_codec(charset), errors="replace")


def _raw_to_char(_session: Any, data: bytes | None, charset: str | None) -> str | None:
    return None if data is None else data.decode(_codec(charset), errors="replace")


def _escape_reference(_session: Any, text: str | None, charset: str | None) -> str | None:
    if text is None:
        return None
    codec = _codec(charset)
    return html.escape(text).encode(codec, errors="xmlcharrefreplace").decode(codec)


PACKAGE = Package(
    "UTL_I18N",
    {
        "STRING_TO_RAW": _string_to_raw,
        "RAW_TO_CHAR": _raw_to_char,
        "ESCAPE_REFERENCE": _escape_reference,
    },
)
