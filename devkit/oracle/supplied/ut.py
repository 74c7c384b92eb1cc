"""The part of utPLSQL's ``ut`` package that suites call: expectations and their matchers.

Behaviour follows the utPLSQL v3 documentation, "Expectations": a failed expectation does not stop the
test; NULL equals NULL unless told otherwise; a comparison with NULL is a failure; values of different
types never equal each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from devkit.oracle.supplied.native import Package


@dataclass(slots=True)
class Results:
    """What the expectations of this session have found since the last ``take``."""

    expectations: int = 0
    failures: list[str] = field(default_factory=list)


def results(session: Any) -> Results:
    found: Results = session.supplied.setdefault("UT", Results())
    return found


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    for python, name in (
        (bool, "boolean"),
        (int | Decimal, "number"),
        (float, "binary_double"),
        (str, "varchar2"),
        (bytes, "raw"),
        (datetime, "date"),
    ):
        if isinstance(value, python):
            return name
    return "refcursor" if hasattr(value, "fetch") else type(value).__name__.lower()


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    text = value.hex().upper() if isinstance(value, bytes) else str(value)
    return "NULL" if value is None else f"{text!r} ({_type_name(value)})"


def _rows(cursor: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    while batch := cursor.fetch(1000):
        rows += batch
    cursor.close()
    return rows


def _comparable(value: Any) -> Any:
    if hasattr(value, "fetch"):
        return _rows(value)
    values = getattr(value, "values", None)
    return tuple(values()) if callable(values) else value


def _size(value: Any) -> int:
    if value is None:
        return 0
    return len(_rows(value)) if hasattr(value, "fetch") else int(value.count())


def _like(value: str, mask: str, escape: str | None) -> bool:
    pattern, index = "", 0
    while index < len(mask):
        char = mask[index]
        if escape and char == escape and index + 1 < len(mask):
            index += 1
            pattern += re.escape(mask[index])
        else:
            pattern += {"%": ".*", "_": "."}.get(char, re.escape(char))
        index += 1
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _match(value: str, pattern: str, modifiers: str | None) -> bool:
    flags = 0
    for letter in modifiers or "":
        flags |= {"i": re.IGNORECASE, "n": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}.get(
            letter, 0
        )
    return re.search(pattern, value, flags) is not None


def _equal(actual: Any, expected: Any, nulls_are_equal: Any = True) -> bool | None:
    if actual is None and expected is None:
        return True if nulls_are_equal is not False else None
    if actual is None or expected is None:
        return None
    if _type_name(actual) != _type_name(expected):
        return False
    return bool(_comparable(actual) == _comparable(expected))


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[..., bool | None]:
    def check(actual: Any, expected: Any) -> bool | None:
        return None if actual is None or expected is None else test(actual, expected)

    return check


#: matcher → (sentence, test of the actual value and the arguments); None fails both ways (NULL is unknown)
MATCHERS: dict[str, tuple[str, Callable[..., bool | None]]] = {
    "EQUAL": ("to equal", _equal),
    "BE_NULL": ("to be null", lambda actual: actual is None),
    "BE_NOT_NULL": ("to be not null", lambda actual: actual is not None),
    "BE_TRUE": ("to be true", lambda actual: actual is True),
    "BE_FALSE": ("to be false", lambda actual: actual is False),
    "BE_GREATER_THAN": ("to be greater than", _ordered(lambda a, b: a > b)),
    "BE_GREATER_OR_EQUAL": ("to be greater or equal", _ordered(lambda a, b: a >= b)),
    "BE_LESS_THAN": ("to be less than", _ordered(lambda a, b: a < b)),
    "BE_LESS_OR_EQUAL": ("to be less or equal", _ordered(lambda a, b: a <= b)),
    "BE_BETWEEN": (
        "to be between",
        lambda actual, low, high: None if actual is None else low <= actual <= high,
    ),
    "BE_LIKE": (
        "to be like",
        lambda actual, mask, escape=None: None if actual is None else _like(actual, mask, escape),
    ),
    "MATCH": (
        "to match",
        lambda actual, pattern, modifiers=None: (
            None if actual is None else _match(actual, pattern, modifiers)
        ),
    ),
    "BE_EMPTY": ("to be empty", lambda actual: actual is not None and _size(actual) == 0),
    "HAVE_COUNT": ("to have count", lambda actual, count: _size(actual) == count),
}


class Expectation:
    """What ``ut.expect`` returns; PL/SQL calls its methods by folded name through ``call``."""

    def __init__(self, session: Any, actual: Any, message: str | None) -> None:
        self._session = session
        self._actual = actual
        self._message = message

    def call(self, method: str, args: list[Any]) -> None:
        """``TO_EQUAL``, ``NOT_TO_EQUAL``, ``TO_BE_NULL`` …; KeyError for an unknown matcher."""
        negated = method.startswith("NOT_TO_")
        sentence, test = MATCHERS[method.removeprefix("NOT_").removeprefix("TO_")]
        found = results(self._session)
        found.expectations += 1
        if test(self._actual, *args) is not (not negated):
            line = (
                f"Actual: {_show(self._actual)} was expected {'not ' if negated else ''}{sentence}"
            )
            if args:
                line += ": " + ", ".join(_show(arg) for arg in args)
            found.failures.append(f"{self._message}: {line}" if self._message else line)


def _expect(session: Any, actual: Any, message: str | None) -> Expectation:
    return Expectation(session, actual, message)


def _fail(session: Any, message: str | None) -> None:
    found = results(session)
    found.expectations += 1
    found.failures.append(message or "failed")


PACKAGE = Package("UT", {"EXPECT": _expect, "FAIL": _fail})
