"""The part of OData that the API serves: filter, order, selection, count and paging."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]


class ODataError(ValueError):
    """A query option that is not understood; the text goes into the answer."""


_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w./]*)"
    r"|(?P<mark>[(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def field_value(row: Row, path: str) -> Any:
    """The value at ``a/b``, member names in any case; an unknown name raises."""
    value: Any = row
    for step in path.split("/"):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ODataError(f"Could not find a property named '{path}'")
        name = next((key for key in value if key.lower() == step.lower()), None)
        if name is None:
            raise ODataError(f"Could not find a property named '{path}'")
        value = value[name]
    return value


class _Filter:
    """Recursive descent: ``or``, ``and``, ``not``, brackets, comparisons, three functions."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ODataError(f"Syntax error at position {position} in '{text}'")
            self._tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            position = match.end()
        self._at = 0

    def parse(self) -> Predicate:
        predicate = self._either()
        if self._at != len(self._tokens):
            raise ODataError(f"Syntax error at '{self._peek()[1]}'")
        return predicate

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _word(self, word: str) -> bool:
        kind, text = self._peek()
        if kind == "word" and text.lower() == word:
            self._at += 1
            return True
        return False

    def _mark(self, mark: str) -> None:
        if self._take() != ("mark", mark):
            raise ODataError(f"'{mark}' expected")

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._word("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._peek() == ("mark", "("):
            self._take()
            inner = self._either()
            self._mark(")")
            return inner
        kind, name = self._take()
        if kind != "word":
            raise ODataError(f"Syntax error at '{name}'")
        if self._peek() == ("mark", "("):
            return self._function(name)
        operation = self._take()[1].lower()
        if operation not in _COMPARE:
            raise ODataError(f"Unknown operator '{operation}'")
        value = self._literal()
        compare = _COMPARE[operation]
        return lambda row: _compared(compare, field_value(row, name), value)

    def _function(self, name: str) -> Predicate:
        function = _FUNCTIONS.get(name.lower())
        if function is None:
            raise ODataError(f"An unknown function with name '{name}' was found")
        self._mark("(")
        path = self._take()[1]
        self._mark(",")
        value = str(self._literal())
        self._mark(")")
        return lambda row: function(str(field_value(row, path) or ""), value)

    def _literal(self) -> Any:
        kind, text = self._take()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "date":
            return text.removesuffix("Z")  # rows hold naive text in the tenant's zone
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word" and text.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text.lower()]
        raise ODataError(f"A literal was expected at '{text}'")


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if left is None or right is None:
        return compare(left, right) if compare in (operator.eq, operator.ne) else False
    if isinstance(left, str) != isinstance(right, str):
        raise ODataError("A binary operator with incompatible types was detected")
    return compare(left, right)


def _integer(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise ODataError(f"Invalid value '{text}' for {name} query option")
    return int(text)


def _ordered(rows: list[Row], text: str) -> list[Row]:
    for part in reversed(text.split(",")):
        words = part.split()
        if not 1 <= len(words) <= 2 or (
            len(words) == 2 and words[1].lower() not in ("asc", "desc")
        ):
            raise ODataError(f"Syntax error in $orderby '{text}'")

        def key(row: Row, path: str = words[0]) -> tuple[bool, Any]:
            value = field_value(row, path)
            return value is not None, value if value is not None else 0

        rows = sorted(rows, key=key, reverse=words[-1].lower() == "desc")
    return rows


def answer_list(
    rows: Sequence[Row], query: Mapping[str, str], *, url: str, context: str, cap: int
) -> dict[str, Any]:
    """The answer to a list request: at most ``cap`` rows, however large ``$top`` (trap S18).

    ``@odata.nextLink`` is absolute and there only when the cap, not ``$top``, ended the page.
    """
    found: list[Row] = list(rows)
    if query.get("$filter"):
        predicate = _Filter(query["$filter"]).parse()
        found = [row for row in found if predicate(row)]
    total = len(found)
    if query.get("$orderby"):
        found = _ordered(found, query["$orderby"])
    skip = _integer(query, "$skip") or 0
    top = _integer(query, "$top")
    size = cap if top is None else min(top, cap)
    page = found[skip : skip + size]
    answer: dict[str, Any] = {"@odata.context": context}
    if query.get("$count", "").lower() == "true":
        answer["@odata.count"] = total
    if query.get("$select"):
        names = [name.strip() for name in query["$select"].split(",")]
        page = [_selected(row, names) for row in page]
    answer["value"] = page
    if skip + size < total and (top is None or top >= cap):
        options = {**query, "$skip": str(skip + size)}
        answer["@odata.nextLink"] = f"{url}?{urlencode(options, quote_via=quote, safe='$')}"
    return answer


def _selected(row: Row, names: list[str]) -> dict[str, Any]:
    spelled = {key.lower(): key for key in row}
    selected = {}
    for name in names:
        if name.lower() not in spelled:
            raise ODataError(f"Could not find a property named '{name}'")
        selected[spelled[name.lower()]] = row[spelled[name.lower()]]
    return selected
