"""Words that Oracle's grammar requires and sqlglot's parser lets be left out.

sqlglot skips many words where it meets them and does not miss them where it does not (INTO of INSERT,
THEN of WHEN, ONLY of FETCH), and reads forms of other databases (INSERT … SET). Checked here on the
tokens, before it sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.tokens import Token, TokenType

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FRAME_BOUND = {"PRECEDING", "FOLLOWING", "ROW"}


def check(tokens: Sequence[Token]) -> None:
    words = [
        "" if token.token_type in {TokenType.IDENTIFIER, TokenType.STRING} else token.text.upper()
        for token in tokens
    ]
    _check_start(tokens, words)
    _check_when(tokens, words)
    for index, word in enumerate(words):
        if word in {"ROWS", "RANGE"}:
            _check_frame(tokens, words, index)
        elif word == "WITH" and index and words[index + 2 : index + 3] == ["AS"]:
            _check_with(tokens, words, index)


def _check_with(tokens: Sequence[Token], words: list[str], index: int) -> None:
    """Named queries are parted by a comma, not by another WITH."""
    if words[index - 1] in {")", ","}:
        code = 903 if words[index - 1] == "," else 928
        raise OraError(code, position=tokens[index].start)


def _check_start(tokens: Sequence[Token], words: list[str]) -> None:
    follower = words[1] if len(words) > 1 else ""
    position = tokens[min(1, len(tokens) - 1)].start
    if words[0] == "INSERT" and follower not in {"INTO", "ALL", "FIRST", "WHEN"}:
        raise OraError(925, position=position)
    if words[0] == "MERGE" and follower != "INTO":
        raise OraError(925, position=position)
    if words[0] != "INSERT" or follower != "INTO":
        return
    depth = 0
    for index, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in {"VALUES", "SELECT", "WITH"}:
            return
        if depth == 0 and word in {"SET", "RETURNING", "RETURN"}:
            raise OraError(926, position=tokens[index].start)


def _check_when(tokens: Sequence[Token], words: list[str]) -> None:
    """Each WHEN of CASE, MERGE and INSERT ALL has its THEN."""
    open_whens: list[tuple[int, int]] = []
    parentheses = cases = 0
    for index, word in enumerate(words):
        level = (parentheses, cases)
        if word == "THEN" and open_whens and open_whens[-1] == level:
            open_whens.pop()
        elif open_whens and open_whens[-1] == level and word in {"WHEN", "ELSE", "END", ")"}:
            raise OraError(905, position=tokens[index].start)
        elif word == "WHEN":
            open_whens.append(level)
        cases += (word == "CASE") - (word == "END" and cases > 0)
        parentheses += (word == "(") - (word == ")")
    if open_whens:
        raise OraError(905, position=tokens[-1].end + 1)


def _check_frame(tokens: Sequence[Token], words: list[str], start: int) -> None:
    """ROWS 1 PRECEDING AND …: two bounds need BETWEEN."""
    if words[start + 1 : start + 2] == ["BETWEEN"]:
        return
    depth = 0
    for index in range(start + 1, len(words)):
        depth += (words[index] == "(") - (words[index] == ")")
        if depth < 0:
            return
        if depth == 0 and words[index] == "AND" and words[index - 1] in _FRAME_BOUND:
            raise OraError(907, position=tokens[index].start)
