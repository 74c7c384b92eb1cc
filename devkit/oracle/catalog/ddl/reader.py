"""A cursor over the tokens of one DDL statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle import reserved
from devkit.oracle.errors import OraError
from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token
from devkit.oracle.releases import DEFAULT, Release
from devkit.oracle.values import FLOAT_PRECISION, OraType, float_type
from devkit.oracle.values import Kind as TypeKind

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NAME_BYTES = 63  # PostgreSQL's limit; Oracle's is 128
_CLOSE = {"(": ")"}


class Reader:
    """Keywords are compared by their folded value; quoted identifiers never match a keyword."""

    def __init__(self, sql: str, release: Release = DEFAULT) -> None:
        self.sql = sql
        self.release = release
        try:
            tokens = [one for one in significant(tokenize(sql)) if not one.is_trivia]
        except PlsqlSyntaxError as error:
            code = 1756 if "01756" in error.text else 911
            raise OraError(code, position=error.offset) from None
        while tokens and tokens[-1].kind == Kind.END:
            tokens.pop()
        if tokens and tokens[-1].value == ";":
            tokens.pop()
        self.tokens: list[Token] = tokens
        self.at = 0

    # -- looking

    @property
    def token(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    @property
    def offset(self) -> int:
        token = self.token
        return token.offset if token else len(self.sql)

    def word(self, ahead: int = 0) -> str:
        """The keyword or operator at the cursor, '' for anything else."""
        index = self.at + ahead
        if index >= len(self.tokens):
            return ""
        token = self.tokens[index]
        return token.value if token.kind in (Kind.IDENT, Kind.OP) else ""

    def is_at(self, *words: str) -> bool:
        return all(self.word(index) == word for index, word in enumerate(words))

    # -- taking

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if self.is_at(*words):
            self.at += len(words)
            return True
        return False

    def take_one(self, *words: str) -> str:
        """Step over one of these words if it comes next; which, or ''."""
        word = self.word()
        if word in words:
            self.at += 1
            return word
        return ""

    def if_exists(self) -> bool:
        """IF EXISTS, of release 23; before, IF is a name and what follows it one word too many."""
        return self.release.since(23) and self.take("IF", "EXISTS")

    def if_not_exists(self) -> bool:
        return self.release.since(23) and self.take("IF", "NOT", "EXISTS")

    def expect(self, word: str, code: int = 922) -> None:
        if not self.take(word):
            raise self.error({"(": 906, ")": 907, "ON": 969}.get(word, code))

    def error(self, code: int, *args: object) -> OraError:
        return OraError(code, *args, position=self.offset)

    def finish(self, code: int = 922) -> None:
        if not self.done:
            raise self.error(code)

    def name(self, code: int = 904) -> str:
        """One identifier, folded; a reserved word is none."""
        token = self.token
        if token is not None and token.kind == Kind.IDENT and token.value in reserved.NO_NAMES:
            raise OraError(code, "", position=self.offset)
        return self.any_name(code)

    def any_name(self, code: int = 904) -> str:
        """An identifier or any other word: of privileges and settings."""
        token = self.token
        if token is None or token.kind not in (Kind.IDENT, Kind.QUOTED):
            raise OraError(code, "", position=self.offset)
        if len(token.value.encode()) > MAX_NAME_BYTES:
            raise OraError(972, position=token.offset)
        self.at += 1
        return token.value

    def qualified(self, schema: str, code: int = 903) -> tuple[str, str]:
        """``[schema.]name``."""
        first = self.name(code)
        if self.take("."):
            return first, self.name(code)
        return schema, first

    def names(self) -> tuple[str, ...]:
        """``( name, name … )``."""
        self.expect("(")
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        self.expect(")")
        return tuple(found)

    def string(self) -> str:
        token = self.token
        if token is None or token.kind != Kind.STRING:
            raise self.error(922)
        self.at += 1
        return token.value

    def number(self, code: int = 922) -> int:
        sign = -1 if self.take("-") else 1
        self.take("+")
        token = self.token
        if token is None or token.kind != Kind.NUMBER:
            raise self.error(code)
        self.at += 1
        try:
            return (
                sign * int(float(token.value))
                if "e" in token.value.lower()
                else sign * int(token.value)
            )
        except ValueError:
            raise OraError(code, position=token.offset) from None

    def size(self) -> None:
        """``100M``, ``UNLIMITED``."""
        if self.take("UNLIMITED"):
            return
        self.number()
        self.take_one("K", "M", "G", "T")

    # -- pieces of text

    def text(self, start: int, stop: int) -> str:
        """The source of tokens ``start`` (index) up to but without ``stop``."""
        if stop <= start:
            return ""
        return self.sql[self.tokens[start].offset : self.tokens[stop - 1].end]

    def parenthesised(self) -> str:
        """The source between a parenthesis and its partner; steps over both."""
        self.expect("(")
        start = self.at
        self.skip_to_close()
        inner = self.text(start, self.at)
        self.expect(")")
        return inner

    def skip_to_close(self) -> None:
        depth = 0
        while not self.done:
            word = self.word()
            if word == "(":
                depth += 1
            elif word == ")":
                if depth == 0:
                    return
                depth -= 1
            self.at += 1
        raise self.error(907)

    def expression(self, stops: Callable[[], bool]) -> str:
        """Source up to the first token, outside parentheses, at which ``stops`` says so."""
        start = self.at
        depth = 0
        while not self.done:
            word = self.word()
            if depth == 0 and self.at > start and (word in (",", ")") or stops()):
                break
            if word == "(":
                depth += 1
            elif word == ")":
                if depth == 0:
                    break
                depth -= 1
            self.at += 1
        if self.at == start:
            raise self.error(936)
        return self.text(start, self.at)

    def rest(self) -> str:
        start = self.at
        self.at = len(self.tokens)
        return self.text(start, self.at)


_SIMPLE = {
    "DATE": OraType(TypeKind.DATE),
    "CLOB": OraType(TypeKind.CLOB),
    "NCLOB": OraType(TypeKind.CLOB),
    "BLOB": OraType(TypeKind.BLOB),
    "LONG": OraType(TypeKind.LONG),
    "ROWID": OraType(TypeKind.ROWID),
    "UROWID": OraType(TypeKind.ROWID),
    "BINARY_FLOAT": OraType(TypeKind.BINARY_FLOAT),
    "BINARY_DOUBLE": OraType(TypeKind.BINARY_DOUBLE),
    "JSON": OraType(TypeKind.JSON),
}
_SINCE = {"JSON": 21, "BOOLEAN": 23, "BOOL": 23, "VECTOR": 23}
_INTEGERS = ("INTEGER", "INT", "SMALLINT")


def read_type(reader: Reader, semantics: str = "BYTE") -> OraType:
    """A column's data type. ``semantics`` is NLS_LENGTH_SEMANTICS, for lengths that do not say."""
    word = reader.word()
    if not word:
        raise reader.error(902)
    reader.at += 1
    if word == "LONG" and reader.take("RAW"):
        return OraType(TypeKind.BLOB)
    if word in _SINCE and not reader.release.since(_SINCE[word]):
        reader.at -= 1
        raise reader.error(902)
    if word in _SIMPLE:
        if word in ("UROWID",) and reader.word() == "(":
            reader.parenthesised()
        return _SIMPLE[word]
    if word in ("NUMBER", "NUMERIC", "DECIMAL", "DEC"):
        return _number(reader, word)
    if word in _INTEGERS:
        return OraType(TypeKind.NUMBER, precision=38, scale=0)
    if word in ("FLOAT", "REAL", "DOUBLE"):
        if word == "DOUBLE":
            reader.expect("PRECISION")
        if word != "FLOAT":
            return float_type(63 if word == "REAL" else FLOAT_PRECISION)
        if not reader.take("("):
            return float_type()
        precision = reader.number(902)
        if not 1 <= precision <= FLOAT_PRECISION:
            raise OraError(1724, position=reader.offset)
        reader.expect(")")
        return float_type(precision)
    if word in ("VARCHAR2", "VARCHAR", "CHAR", "CHARACTER", "NCHAR", "NVARCHAR2"):
        return _characters(reader, word, semantics)
    if word == "RAW":
        reader.expect("(")
        length = reader.number(910)
        reader.expect(")")
        if not 1 <= length <= 32767:
            raise reader.error(910)
        return OraType(TypeKind.RAW, length)
    if word == "TIMESTAMP":
        return _timestamp(reader)
    if word == "INTERVAL":
        return _interval(reader)
    reader.at -= 1
    raise OraError(3001, f"column type {word}", position=reader.offset)


def _number(reader: Reader, word: str) -> OraType:
    if not reader.take("("):
        return (
            OraType(TypeKind.NUMBER)
            if word == "NUMBER"
            else OraType(TypeKind.NUMBER, precision=38, scale=0)
        )
    if reader.take("*"):
        precision: int | None = 38
    else:
        precision = reader.number(902)
        if not 1 <= precision <= 38:
            raise OraError(1727, position=reader.offset)
    scale = reader.number(902) if reader.take(",") else 0
    if not -84 <= scale <= 127:
        raise OraError(1728, position=reader.offset)
    reader.expect(")")
    return OraType(TypeKind.NUMBER, precision=precision, scale=scale)


def _characters(reader: Reader, word: str, semantics: str) -> OraType:
    if word == "CHARACTER" and reader.take("VARYING"):
        word = "VARCHAR2"
    kind = {
        "VARCHAR2": TypeKind.VARCHAR2,
        "VARCHAR": TypeKind.VARCHAR2,
        "NVARCHAR2": TypeKind.NVARCHAR2,
        "NCHAR": TypeKind.NCHAR,
    }.get(word, TypeKind.CHAR)
    fixed = kind in (TypeKind.CHAR, TypeKind.NCHAR)
    national = kind in (TypeKind.NCHAR, TypeKind.NVARCHAR2)
    length = 1
    characters = national or semantics == "CHAR"
    if reader.take("("):
        length = reader.number(906)
        unit = reader.take_one("CHAR", "BYTE")
        if unit:
            characters = unit == "CHAR"
        reader.expect(")")
    elif not fixed:
        raise reader.error(906)
    if not 1 <= length <= (2000 if fixed else 4000):
        raise OraError(910, position=reader.offset)
    return OraType(kind, length, characters)


def _timestamp(reader: Reader) -> OraType:
    scale = 6
    if reader.take("("):
        scale = reader.number(30088)
        reader.expect(")")
        if not 0 <= scale <= 9:
            raise OraError(30088, position=reader.offset)
    kind = TypeKind.TIMESTAMP
    if reader.take("WITH", "LOCAL", "TIME", "ZONE"):
        kind = TypeKind.TIMESTAMP_LTZ
    elif reader.take("WITH", "TIME", "ZONE"):
        kind = TypeKind.TIMESTAMP_TZ
    return OraType(kind, scale=scale)


def _interval(reader: Reader) -> OraType:
    if reader.take("DAY"):
        if reader.word() == "(":
            reader.parenthesised()
        reader.expect("TO")
        reader.expect("SECOND")
        if reader.word() == "(":
            reader.parenthesised()
        return OraType(TypeKind.INTERVAL_DS, scale=6)
    reader.expect("YEAR")
    if reader.word() == "(":
        reader.parenthesised()
    reader.expect("TO")
    reader.expect("MONTH")
    return OraType(TypeKind.INTERVAL_YM)


_PG_TYPES = {
    TypeKind.NUMBER: "numeric",
    TypeKind.DATE: "timestamp(0)",
    TypeKind.TIMESTAMP_TZ: "ora.tstz",
    TypeKind.TIMESTAMP_LTZ: "timestamptz",
    TypeKind.RAW: "bytea",
    TypeKind.BLOB: "bytea",
    TypeKind.BINARY_DOUBLE: "float8",
    TypeKind.BINARY_FLOAT: "float4",
    TypeKind.INTERVAL_DS: "interval",
    TypeKind.INTERVAL_YM: "interval year to month",
}


def pg_type(ora_type: OraType) -> str:
    """The PostgreSQL type of a column; lengths and precisions are checked by the DML layer."""
    if ora_type.kind is TypeKind.TIMESTAMP:
        return (
            f"timestamp({min(ora_type.scale or 0, 6)})"
            if ora_type.scale is not None
            else "timestamp"
        )
    return _PG_TYPES.get(ora_type.kind, "text")
