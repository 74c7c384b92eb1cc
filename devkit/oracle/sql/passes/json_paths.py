"""SQL/JSON path expressions as an array of steps, which ``ora.json_rows`` walks.

===================  =========================================================
``.name``            a field (the name keeps its dot)
``0``, ``*``         a position, every element
``[…``               a list of positions and ranges: ``[0,2 to last``
``.*``               every field: the step ``**``
``?(…)``             a filter, in PostgreSQL's jsonpath; variables are spliced in as JSON literals
``!size`` …          an item method, at the end
===================  =========================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.typing import text_literal

_STEP = re.compile(
    r"\.\s*(?P<name>[^\W\d][\w$]*+)(?!\s*\()|\.\s*\"(?P<quoted>(?:[^\"\\]|\\.)*)\""
    r"|\[\s*(?P<index>\d+)\s*\]|\[\s*(?P<all>\*)\s*\]|\s+|\.\s*(?P<fields>\*)"
    r"|\[(?P<list>\s*(?:\d+|last)(?:\s*-\s*\d+)?(?:\s*(?:,|\bto\b)\s*(?:\d+|last)(?:\s*-\s*\d+)?)*\s*)\]"
    r"|\.\s*(?P<method>[a-z]\w*)\s*\(\s*\)"
)
_METHODS = frozenset({"size", "type", "number", "string", "upper", "lower", "length"})
_FILTER = re.compile(
    r"\s+|(?P<variable>\$[A-Za-z_]\w*)|(?P<string>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<operator>==|!=|<>|<=|>=|<|>|&&|\|\||!)|(?P<call>exists)(?=\s*\()"
    r"|(?P<words>starts\s+with|has\s+substring)|(?P<constant>null|true|false)\b|(?P<paren>[()])"
    r"|(?P<path>@(?:\.[A-Za-z_][\w$]*+(?!\s*\()|\.\"(?:[^\"\\]|\\.)*\"|\[\s*(?:\d+|\*)\s*\])*)"
)


def path_array(path: str, passing: Mapping[str, str] | None = None) -> str:
    """The SQL of the array; ``passing`` gives the SQL of each variable as JSON text."""
    steps = ", ".join(_step_sql(step, passing or {}) for step in path_steps(path))
    return f"ARRAY[{steps}]::text[]"


def _step_sql(step: str, passing: Mapping[str, str]) -> str:
    if not step.startswith("?"):
        return text_literal(step)
    pieces = re.split("\0(\\w+)\0", step)
    parts = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            parts.append(text_literal(piece))
        elif piece in passing:
            parts.append(f"COALESCE({passing[piece]}, 'null')")
        else:
            raise OraError(40442, f"${piece}")
    return f"({' || '.join(parts)})"


def path_steps(path: str) -> list[str]:
    """``$.a."b c"[0][*]`` → ``['.a', '.b c', '0', '*']``."""
    path = path.strip()
    for mode in ("lax ", "strict "):
        if path.lower().startswith(mode):
            if mode == "strict ":
                raise unsupported("strict JSON path")
            path = path[len(mode) :].strip()
    if not path.startswith("$"):
        raise OraError(40442, path)
    steps: list[str] = []
    at = 1
    while at < len(path):
        if path[at] == "?":
            end, text = _filter(path, at + 1)
            steps.append("?" + text)
            at = end
            continue
        match = _STEP.match(path, at)
        if match is None or (steps and steps[-1].startswith("!") and match[0].strip()):
            raise unsupported(f"JSON path {path}")
        steps += _step(match, path)
        at = match.end()
    return steps


def _step(match: re.Match[str], path: str) -> list[str]:
    if match["name"] is not None:
        return ["." + match["name"]]
    if match["quoted"] is not None:
        return ["." + match["quoted"].replace('\\"', '"').replace("\\\\", "\\")]
    if match["index"] is not None:
        return [match["index"]]
    if match["all"] is not None:
        return ["*"]
    if match["fields"] is not None:
        return ["**"]
    if match["list"] is not None:
        return ["[" + " ".join(match["list"].split())]
    if match["method"] is not None:
        if match["method"] not in _METHODS:
            raise unsupported(f"JSON path {path}")
        return ["!" + match["method"]]
    return []


def _filter(path: str, at: int) -> tuple[int, str]:
    """A filter from its parenthesis on: where it ends, and its jsonpath with marked variables."""
    out: list[str] = []
    depth = 0
    negated = None
    while at < len(path):
        match = _FILTER.match(path, at)
        if match is None:
            break
        at = match.end()
        token = match[0]
        if match["paren"] is not None:
            depth += 1 if token == "(" else -1
        if not depth:
            out.append(token.strip())
            if out[0] != "(":
                break
            return at, " ".join(out)
        if match["variable"] is not None:
            token = f"\0{token[1:]}\0"
        elif match["words"] is not None:
            token = "starts with" if token.startswith("starts") else "like_regex"
            negated = token
        elif match["string"] is not None and negated == "like_regex":
            token, negated = f'{token} flag "q"', None
        elif token.strip():
            negated = None if match["string"] is None else negated
        if token.strip():
            out.append(token)
    raise unsupported(f"JSON path {path}")
