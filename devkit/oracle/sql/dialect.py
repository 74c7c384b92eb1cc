"""Oracle SQL text to a sqlglot tree: sqlglot is used as tokenizer, parser and tree, nothing else.

Binds, hints, comments and RETURNING … INTO are handled on the token list before the parser sees it;
what is no Oracle SQL is refused there. Offsets are those of the text as given.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from devkit.oracle import reserved
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.releases import DEFAULT, Release
from devkit.oracle.sql import accepted, required
from devkit.oracle.sql.grammar import OracleTree

_DIALECT = OracleTree()
_FOREIGN = {
    TokenType.DCOLON: "::",
    TokenType.L_BRACKET: "[",
    TokenType.L_BRACE: "{",
    TokenType.LIMIT: "LIMIT",
    TokenType.QUALIFY: "QUALIFY",
    TokenType.ILIKE: "ILIKE",
    TokenType.DARROW: None,
}
_BIND_NAMES = {TokenType.NUMBER, TokenType.IDENTIFIER}


@dataclass(slots=True)
class Statement:
    """A parsed statement; ``binds`` in order of occurrence, without those of RETURNING … INTO."""

    kind: str
    text: str
    tree: exp.Expression | None
    binds: list[str] = field(default_factory=list)
    returning_binds: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


_KINDS = {
    "SELECT": "query",
    "WITH": "query",
    "(": "query",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
    "MERGE": "merge",
    "LOCK": "lock",
}
_REFUSED_WORDS = {
    "MODEL": "MODEL",
    "MATCH_RECOGNIZE": "MATCH_RECOGNIZE",
    "XMLTABLE": "XMLTABLE",
    "XMLELEMENT": "XMLELEMENT",
    "XMLAGG": "XMLAGG",
    "JSON_TRANSFORM": "JSON_TRANSFORM",
    "JSON_SERIALIZE": "JSON_SERIALIZE",
}


def parse(text: str, release: Release = DEFAULT) -> Statement:
    """Parse one statement; syntax errors carry the offset, unknown constructs are named."""
    tokens = _tokens(text)
    if not tokens:
        raise OraError(900, position=0)
    kind = _KINDS.get(tokens[0].text.upper())
    if kind is None:
        raise OraError(900, position=0)
    required.check(tokens)
    if not release.since(21):
        _refuse_newer(tokens)
    binds: list[str] = []
    kept = _edit(tokens, binds)
    returning = _cut_returning_into(kept) if kind in {"insert", "update", "delete", "merge"} else []
    if returning:
        del binds[len(binds) - len(returning) :]
    statement = Statement(kind, text, None, binds, returning, kept)
    if kind != "lock":
        statement.tree = _parse_tokens(kept, text)
    return statement


def parse_expression(text: str) -> tuple[exp.Expression, list[str]]:
    """Parse a lone expression or condition (check constraint, default, virtual column)."""
    prefix = "SELECT "
    binds: list[str] = []
    tokens = _edit(_tokens(prefix + text), binds)
    tree = _parse_tokens(tokens, prefix + text)
    items = tree.args.get("expressions") or []
    if not isinstance(tree, exp.Select) or len(items) != 1 or tree.args.get("from_"):
        raise OraError(936, position=0)
    return items[0], binds


def _tokens(text: str) -> list[Token]:
    try:
        return list(_DIALECT.tokenize(text))
    except TokenError as error:
        raise OraError(1756, position=0) from error


def _edit(tokens: list[Token], binds: list[str]) -> list[Token]:
    _refuse_clauses(tokens)
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        kind = token.token_type
        upper = token.text.upper()
        if kind == TokenType.SEMICOLON:
            if index != len(tokens) - 1:
                raise OraError(933, position=token.start)
            raise OraError(911, position=token.start)
        if kind in _FOREIGN and _FOREIGN[kind] is not None:
            raise OraError(933, position=token.start)
        if kind == TokenType.EQ and token.text == "==":
            raise OraError(936, position=token.start + 1)
        if kind not in {TokenType.IDENTIFIER, TokenType.STRING} and upper in _REFUSED_WORDS:
            follower = tokens[index + 1].token_type if index + 1 < len(tokens) else None
            if follower == TokenType.L_PAREN:
                raise unsupported(_REFUSED_WORDS[upper])
        if (
            kind == TokenType.COLON
            and index + 1 < len(tokens)
            and not (kept and kept[-1].token_type == TokenType.STRING)
        ):
            name = tokens[index + 1]
            folded = name.text if name.token_type == TokenType.IDENTIFIER else name.text.upper()
            binds.append(folded)
            kept.append(
                Token(
                    TokenType.PLACEHOLDER,
                    folded,
                    line=token.line,
                    col=token.col,
                    start=token.start,
                    end=name.end,
                )
            )
            index += 2
            continue
        if upper == "RETURN" and kind == TokenType.VAR:
            token = Token(
                TokenType.RETURNING,
                token.text,
                line=token.line,
                col=token.col,
                start=token.start,
                end=token.end,
            )
        if kind == TokenType.SET and _is_set_function(tokens, index):
            token = Token(
                TokenType.VAR,
                "SET",
                line=token.line,
                col=token.col,
                start=token.start,
                end=token.end,
            )
        if kind == TokenType.FROM and _is_from_first(tokens, index):
            index += 2
            continue
        kept.append(token)
        index += 1
    return kept


_SET_OPERATORS = {TokenType.EXCEPT, TokenType.INTERSECT}


def _refuse_newer(tokens: list[Token]) -> None:
    """EXCEPT beside MINUS, and ALL after MINUS and INTERSECT, came with release 21; before, EXCEPT
    is a name like any other, and the query behind it one too many."""
    for index, token in enumerate(tokens[:-1]):
        follower = tokens[index + 1]
        if index and tokens[index - 1].text.upper() == "MULTISET":
            continue
        word, after = token.text.upper(), follower.text.upper()
        if token.token_type == TokenType.EXCEPT and word == "EXCEPT":
            if after in {"ALL", "DISTINCT", "SELECT", "("}:
                raise OraError(933, position=follower.start)
        elif token.token_type in _SET_OPERATORS and after in {"ALL", "DISTINCT"}:
            raise OraError(928, position=follower.start)


_MODEL_FOLLOWERS = {"DIMENSION", "PARTITION", "RETURN", "IGNORE", "KEEP", "UNIQUE", "MAIN"}


def _refuse_clauses(tokens: list[Token]) -> None:
    """Clauses that the parser would take for an alias."""
    words = [token.text.upper() for token in tokens]
    if words[0] == "WITH" and words[1:2] in (["FUNCTION"], ["PROCEDURE"]):
        raise unsupported(f"WITH {words[1]}")
    for word, follower in itertools.pairwise(words):
        if word == "MODEL" and follower in _MODEL_FOLLOWERS:
            raise unsupported("MODEL")
        if word == "PIVOT" and follower == "XML":
            raise unsupported("PIVOT XML")


_AFTER_NAME = {TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.UPDATE}


def _is_set_function(tokens: list[Token], index: int) -> bool:
    """SET(…) of a nested table, not the SET of an UPDATE, which follows a table or its alias."""
    if index == 0 or index + 1 >= len(tokens):
        return False
    return (
        tokens[index + 1].token_type == TokenType.L_PAREN
        and tokens[index - 1].token_type not in _AFTER_NAME
    )


def _is_from_first(tokens: list[Token], index: int) -> bool:
    """FROM FIRST of NTH_VALUE, which is the default."""
    words = [token.text.upper() for token in tokens[index + 1 : index + 3]]
    if len(words) < 2 or words[1] not in {"OVER", "IGNORE", "RESPECT"}:
        return False
    if words[0] == "LAST":
        raise unsupported("NTH_VALUE FROM LAST")
    return bool(words[0] == "FIRST")


def _cut_returning_into(tokens: list[Token]) -> list[str]:
    """Take ``INTO :a, :b`` off a trailing RETURNING clause and give the names back."""
    last = None
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.RETURNING and not (
            index and tokens[index - 1].token_type == TokenType.L_PAREN
        ):
            last = index
    if last is None:
        return []
    depth = 0
    for index in range(last, len(tokens)):
        kind = tokens[index].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth < 0:
            return []
        if depth == 0 and kind in {TokenType.INTO, TokenType.BULK_COLLECT_INTO}:
            names = [t.text for t in tokens[index + 1 :] if t.token_type == TokenType.PLACEHOLDER]
            if len(names) * 2 - 1 != len(tokens) - index - 1:
                raise OraError(933, position=tokens[index].start)
            del tokens[index:]
            return names
    return []


def _parse_tokens(tokens: list[Token], text: str) -> exp.Expression:
    parser = OracleTree.Parser(error_level=ErrorLevel.IMMEDIATE, dialect=_DIALECT)
    try:
        trees = parser.parse(tokens, text)
    except ParseError as error:
        raise _syntax_error(error, tokens, text) from error
    if len(trees) != 1 or trees[0] is None:
        raise OraError(900, position=0)
    tree: exp.Expression = trees[0]
    if isinstance(tree, exp.Command):
        raise unsupported(tokens[0].text.upper())
    _check_reserved(tree)
    accepted.check(tree)
    return tree


def _check_reserved(tree: exp.Expression) -> None:
    """Oracle's reserved words are no names, where sqlglot would take them for one."""
    for name in tree.find_all(exp.Identifier):
        if name.args.get("quoted") or str(name.this).upper() not in reserved.WORDS:
            continue
        position = (name._meta or {}).get("start")
        parent = name.parent
        if isinstance(parent, exp.TableAlias):
            raise OraError(933, position=position)
        if isinstance(parent, exp.Alias):
            raise OraError(923, position=position)
        if isinstance(parent, exp.Table):
            raise OraError(903, position=position)
        raise OraError(936, position=position)


def _syntax_error(error: ParseError, tokens: list[Token], text: str) -> OraError:
    """The Oracle error that fits where sqlglot stopped."""
    details = error.errors[0] if error.errors else {}
    line, column = details.get("line") or 1, details.get("col") or 1
    at = len(tokens) - 1
    for index, token in enumerate(tokens):
        if (token.line, token.col) >= (line, column):
            at = index
            break
    token = tokens[at]
    upper = token.text.upper()
    description = str(details.get("description") or "")
    if "supported" in description:
        return unsupported(description.split(" is not")[0])
    previous = tokens[at - 1].text.upper() if at else ""
    position = token.start
    if "Expecting )" in description:
        return OraError(907, position=position)
    if (
        "Required keyword" in description
        or previous in {",", "(", "=", "SELECT", "WHERE"}
        or (upper in {"FROM", ",", ")"})
    ):
        return OraError(936, position=position)
    if tokens[0].text.upper() == "SELECT" and not any(
        t.token_type == TokenType.FROM for t in tokens[: at + 1]
    ):
        return OraError(923, position=position)
    return OraError(933, position=position)
