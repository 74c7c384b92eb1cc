"""Conditional compilation on the token stream, before parsing.

Dead branches and the directives themselves stay in the list, marked not live, so that offsets, lint
and listings still see them. An inquiry directive (``$$NAME``) keeps its source text and takes the
kind and value of what it stands for. The static expression after ``$IF`` may use flags, literals
and package constants; the latter come from a callback, because they need the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from devkit.oracle.plsql.lexer import significant
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token

StaticValue = bool | int | Decimal | str | None
Constants = Callable[[tuple[str, ...]], StaticValue]

DB_VERSION = 19
DB_RELEASE = 0

_DEFAULT_FLAGS: dict[str, StaticValue] = {
    "PLSQL_CODE_TYPE": "INTERPRETED",
    "PLSQL_DEBUG": False,
    "PLSQL_OPTIMIZE_LEVEL": 2,
    "PLSQL_WARNINGS": "DISABLE:ALL",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "PLSCOPE_SETTINGS": "IDENTIFIERS:NONE",
    "PERMIT_92_WRAP_FORMAT": True,
}


class UnknownConstant(Exception):
    """A package constant of a static expression that nobody knows."""


def version_constants(parts: tuple[str, ...]) -> StaticValue:
    """The constants of DBMS_DB_VERSION; anything else is unknown."""
    if parts[:1] == ("SYS",):
        parts = parts[1:]
    if len(parts) == 2 and parts[0] == "DBMS_DB_VERSION":
        name = parts[1]
        if name == "VERSION":
            return DB_VERSION
        if name == "RELEASE":
            return DB_RELEASE
        if name.startswith("VER_LE_"):
            numbers = [int(part) for part in name[7:].split("_") if part.isdigit()]
            if numbers:
                limit = (numbers[0], numbers[1]) if len(numbers) > 1 else (numbers[0], 99)
                return limit >= (DB_VERSION, DB_RELEASE)
    raise UnknownConstant(".".join(parts))


def preprocess(
    tokens: list[Token],
    flags: Mapping[str, StaticValue] | None = None,
    constants: Constants = version_constants,
) -> list[Token]:
    """The same tokens, dead ones marked and inquiry directives resolved.

    Returns ``tokens`` itself when there is no directive, which is the common case.
    """
    if not any(token.kind is Kind.DIRECTIVE for token in tokens):
        return tokens
    return _Preprocessor(tokens, {**_DEFAULT_FLAGS, **(flags or {})}, constants).run()


class _Preprocessor:
    def __init__(
        self, tokens: list[Token], flags: Mapping[str, StaticValue], constants: Constants
    ) -> None:
        self.tokens = list(tokens)
        self.flags = flags
        self.constants = constants
        self.at = 0

    def run(self) -> list[Token]:
        self._text(live=True, stop=())
        return self.tokens

    def _text(self, *, live: bool, stop: tuple[str, ...]) -> None:
        """Ordinary text up to one of the directives ``stop``, which is not consumed."""
        while True:
            token = self.tokens[self.at]
            if token.kind is Kind.END:
                if stop:
                    raise _encountered(token, stop)
                return
            if token.kind is Kind.DIRECTIVE:
                if token.value in stop:
                    return
                if token.value == "$IF":
                    self._if(live)
                    continue
                if token.value == "$ERROR":
                    self._error(live)
                    continue
                if not token.value.startswith("$$"):
                    raise _encountered(token, stop)
                if live:
                    self.tokens[self.at] = self._inquiry(token)
                    self.at += 1
                    continue
            if not live:
                self.tokens[self.at] = token._replace(live=False)
            self.at += 1

    def _kill(self) -> Token:
        token = self.tokens[self.at]
        self.tokens[self.at] = token._replace(live=False)
        self.at += 1
        return token

    def _if(self, live: bool) -> None:
        taken = False
        while True:
            self._kill()  # $IF or $ELSIF
            condition = self._condition_tokens()
            chosen = live and not taken and self._evaluate(condition)
            self._text(live=chosen, stop=("$ELSIF", "$ELSE", "$END"))
            taken = taken or chosen
            if self.tokens[self.at].value != "$ELSIF":
                break
        if self.tokens[self.at].value == "$ELSE":
            self._kill()
            self._text(live=live and not taken, stop=("$END",))
        self._kill()

    def _condition_tokens(self) -> list[Token]:
        """The tokens up to ``$THEN``, both taken out of the live text."""
        found: list[Token] = []
        while True:
            token = self.tokens[self.at]
            if token.kind is Kind.END:
                raise _encountered(token, ("$THEN",))
            if token.kind is Kind.DIRECTIVE and token.value == "$THEN":
                self._kill()
                return found
            if token.kind is Kind.DIRECTIVE and not token.value.startswith("$$"):
                raise _encountered(token, ("$THEN",))
            found.append(self._kill())

    def _error(self, live: bool) -> None:
        first = self._kill()
        message: list[Token] = []
        while self.tokens[self.at].value != "$END":
            if self.tokens[self.at].kind is Kind.END:
                raise _encountered(self.tokens[self.at], ("$END",))
            message.append(self._kill())
        self._kill()
        if live:
            text = "".join(t.value for t in message if t.kind is Kind.STRING)
            raise PlsqlSyntaxError(
                first.line, first.column, f"PLS-00179: $ERROR: {text}", first.offset
            )

    def _inquiry(self, token: Token) -> Token:
        return as_token(token, self._flag(token))

    def _flag(self, token: Token) -> StaticValue:
        name = token.value[2:]
        if name == "PLSQL_LINE":
            return token.line
        return self.flags.get(name)

    def _evaluate(self, tokens: list[Token]) -> bool:
        resolved = [as_token(t, self._flag(t)) if t.kind is Kind.DIRECTIVE else t for t in tokens]
        then = self.tokens[self.at - 1]
        return _Static(significant(resolved), then, self.constants).condition()


def as_token(token: Token, value: StaticValue) -> Token:
    """``token`` with the kind and meaning of ``value`` in place of its own."""
    if value is None:
        return token._replace(kind=Kind.IDENT, value="NULL")
    if isinstance(value, bool):
        return token._replace(kind=Kind.IDENT, value="TRUE" if value else "FALSE")
    if isinstance(value, str):
        return token._replace(kind=Kind.STRING, value=value)
    return token._replace(kind=Kind.NUMBER, value=str(value))


def _encountered(token: Token, expected: tuple[str, ...]) -> PlsqlSyntaxError:
    symbol = token.text or "end-of-file"
    text = f'PLS-00103: Encountered the symbol "{symbol}"'
    if expected:
        words = " ".join(e.lower() for e in expected)
        text += f" when expecting one of the following:\n\n   {words}"
    return PlsqlSyntaxError(token.line, token.column, text, token.offset)


class _Static:
    """Evaluates one static expression: OR, AND, NOT, comparisons, IS [NOT] NULL, parentheses."""

    def __init__(self, tokens: list[Token], place: Token, constants: Constants) -> None:
        self.tokens = tokens
        self.place = place
        self.constants = constants
        self.at = 0

    def condition(self) -> bool:
        value = self._or()
        if self.at != len(self.tokens):
            raise _encountered(self.tokens[self.at], ("$THEN",))
        return value is True

    def _word(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at].kind in (Kind.IDENT, Kind.OP):
            return self.tokens[self.at].value
        return ""

    def _take(self, word: str) -> bool:
        if self._word() == word:
            self.at += 1
            return True
        return False

    def _or(self) -> StaticValue:
        value = self._and()
        while self._take("OR"):
            right = self._and()
            value = True if value is True or right is True else _both(value, right, False)
        return value

    def _and(self) -> StaticValue:
        value = self._not()
        while self._take("AND"):
            right = self._not()
            value = False if value is False or right is False else _both(value, right, True)
        return value

    def _not(self) -> StaticValue:
        if self._take("NOT"):
            value = self._not()
            return None if value is None else not value
        return self._comparison()

    def _comparison(self) -> StaticValue:
        left = self._primary()
        if self._take("IS"):
            negated = self._take("NOT")
            if not self._take("NULL"):
                raise _encountered(self._current(), ("null",))
            return (left is None) != negated
        op = self._word()
        if op not in ("=", "<>", "<", "<=", ">", ">="):
            return left
        self.at += 1
        right = self._primary()
        if left is None or right is None:
            return None
        order = (left > right) - (left < right)  # type: ignore[operator]
        return {
            "=": order == 0,
            "<>": order != 0,
            "<": order < 0,
            "<=": order <= 0,
            ">": order > 0,
            ">=": order >= 0,
        }[op]

    def _current(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else self.place

    def _primary(self) -> StaticValue:
        if self._take("("):
            value = self._or()
            if not self._take(")"):
                raise _encountered(self._current(), (")",))
            return value
        if self._take("-"):
            value = self._primary()
            return -value if isinstance(value, int | Decimal) else None
        if self.at >= len(self.tokens):
            raise _encountered(self.place, ("<an expression>",))
        token = self.tokens[self.at]
        self.at += 1
        if token.kind is Kind.NUMBER:
            return Decimal(token.value.rstrip("fFdD"))
        if token.kind is Kind.STRING:
            return token.value or None
        if token.kind is Kind.IDENT and token.value in ("TRUE", "FALSE", "NULL"):
            return {"TRUE": True, "FALSE": False}.get(token.value)
        if token.kind in (Kind.IDENT, Kind.QUOTED):
            parts = [token.value]
            while self._take("."):
                parts.append(self._current().value)
                self.at += 1
            try:
                return self.constants(tuple(parts))
            except UnknownConstant:
                raise PlsqlSyntaxError(
                    token.line,
                    token.column,
                    f"PLS-00174: a static boolean expression must be used: '{'.'.join(parts)}'",
                    token.offset,
                ) from None
        raise _encountered(token, ("<an expression>",))


def _both(left: StaticValue, right: StaticValue, result: bool) -> StaticValue:
    return None if left is None or right is None else result
