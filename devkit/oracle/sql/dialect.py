"""Oracle SQL text to a sqlglot tree: sqlglot is used as tokenizer, parser and tree, nothing else.

The function tables of sqlglot's own Oracle dialect are emptied, so that a call stays a call by its
Oracle name and no meaning is changed on the way. What sqlglot refuses or misreads (numbered binds,
RETURNING … INTO, the branches of MERGE, SQL/JSON calls, DEFAULT in SET) is handled on its token
list or by the parser methods below. Offsets are those of the text as given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.parsers.oracle import OracleParser
from sqlglot.tokens import Token, TokenType

from devkit.oracle.errors import OraError, unsupported

_JSON_RETURN_END = {
    "NULL",
    "ABSENT",
    "ERROR",
    "DEFAULT",
    "WITH",
    "WITHOUT",
    "STRICT",
    "EMPTY",
    "TRUE",
    "FALSE",
}


class JsonCall(exp.Expression, exp.Func):  # type: ignore[misc]
    """A SQL/JSON function; ``options`` holds the words of its clauses, by clause."""

    arg_types = {  # noqa: RUF012
        "name": True,
        "expressions": False,  # arguments; for objects alternating key and value
        "formats": False,  # per value: FORMAT JSON written
        "path": False,
        "order": False,
        "returning": False,
        "options": False,
        "default_value": False,
        "columns": False,
    }


class MergeBranch(exp.Expression):  # type: ignore[misc]
    """One WHEN branch of MERGE: an UPDATE with its DELETE WHERE, or an INSERT."""

    arg_types = {  # noqa: RUF012
        "matched": True,
        "assignments": False,
        "columns": False,
        "values": False,
        "where": False,
        "delete": False,
    }


class OracleTree(Oracle):  # type: ignore[misc]
    """The dialect: Oracle's lexical rules with every rewriting of functions switched off."""

    class Tokenizer(Oracle.Tokenizer):  # type: ignore[misc]
        KEYWORDS = {  # noqa: RUF012
            **{
                word: kind
                for word, kind in Oracle.Tokenizer.KEYWORDS.items()
                if not word.startswith("/*+") and word not in {"TOP", "DBMS_RANDOM", "SYSTIMESTAMP"}
            },
            "~=": TokenType.NEQ,
        }
        COMMENTS = ["--", ("/*", "*/")]  # noqa: RUF012

    class Parser(OracleParser):  # type: ignore[misc]
        FUNCTIONS: dict[str, Any] = {}  # noqa: RUF012
        NO_PAREN_FUNCTIONS: dict[Any, Any] = {}  # noqa: RUF012
        NO_PAREN_FUNCTION_PARSERS = {  # noqa: RUF012
            "CASE": OracleParser.NO_PAREN_FUNCTION_PARSERS["CASE"],
            "PRIOR": OracleParser.NO_PAREN_FUNCTION_PARSERS["PRIOR"],
            "CONNECT_BY_ROOT": lambda self: self.expression(
                exp.Anonymous(this="CONNECT_BY_ROOT", expressions=[self._parse_bitwise()])
            ),
        }
        SUBQUERY_PREDICATES = {  # noqa: RUF012
            kind: OracleParser.SUBQUERY_PREDICATES[kind]
            for kind in (TokenType.ANY, TokenType.ALL, TokenType.EXISTS, TokenType.SOME)
        }
        PLACEHOLDER_PARSERS = {  # noqa: RUF012
            TokenType.PLACEHOLDER: lambda self: self.expression(
                exp.Placeholder(this=self._prev.text)
            ).update_positions(self._prev),
        }
        TYPE_LITERAL_PARSERS = {  # noqa: RUF012
            exp.DType.DATE: lambda self, this, _: self.expression(
                exp.Anonymous(this="$DATE", expressions=[this])
            ),
            exp.DType.TIMESTAMP: lambda self, this, _: self.expression(
                exp.Anonymous(this="$TIMESTAMP", expressions=[this])
            ),
        }
        FUNCTION_PARSERS = {  # noqa: RUF012
            "CAST": OracleParser.FUNCTION_PARSERS["CAST"],
            "EXTRACT": lambda self: self._extract(),
            "TRIM": lambda self: self._trim(),
            "JSON_OBJECT": lambda self: self._json_object("JSON_OBJECT"),
            "JSON_OBJECTAGG": lambda self: self._json_object("JSON_OBJECTAGG"),
            "JSON_ARRAY": lambda self: self._json_array("JSON_ARRAY"),
            "JSON_ARRAYAGG": lambda self: self._json_array("JSON_ARRAYAGG"),
            "JSON_VALUE": lambda self: self._json_path("JSON_VALUE"),
            "JSON_QUERY": lambda self: self._json_path("JSON_QUERY"),
            "JSON_EXISTS": lambda self: self._json_path("JSON_EXISTS"),
            "JSON_TABLE": lambda self: self._json_table(),
        }
        RANGE_PARSERS = {  # noqa: RUF012
            kind: OracleParser.RANGE_PARSERS[kind]
            for kind in (TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE)
        }

        def _parse_expressions(self) -> list[exp.Expression]:
            """Select items keep the offsets of their text: Oracle names columns after it."""

            def item() -> Any:
                first = self._curr
                node = self._parse_expression()
                if node is None:
                    self.raise_error("Required keyword: expression")
                if first is not None and self._prev is not None:
                    node.meta["span"] = (first.start, self._prev.end + 1)
                return node

            items: list[exp.Expression] = self._parse_csv(item)
            return items

        def _parse_update_assignment(self) -> exp.Expression | None:
            target = self._parse_comparison()
            if not self._match(TokenType.EQ):
                self.raise_error("Expected =")
            if self._match(TokenType.DEFAULT):
                value: Any = exp.var("DEFAULT")
            else:
                value = self._parse_disjunction()
            return self.expression(exp.EQ(this=target, expression=value))

        def _parse_when_matched(self) -> exp.Whens:
            branches = []
            while self._match(TokenType.WHEN):
                matched = not self._match(TokenType.NOT)
                self._match_text_seq("MATCHED")
                self._match(TokenType.THEN)
                branch: dict[str, Any] = {"matched": matched}
                if matched and self._match(TokenType.UPDATE):
                    self._match(TokenType.SET)
                    branch["assignments"] = self._parse_csv(self._parse_update_assignment)
                    branch["where"] = self._parse_where()
                    if self._match(TokenType.DELETE):
                        branch["delete"] = self._parse_where()
                elif not matched and self._match(TokenType.INSERT):
                    if self._match(TokenType.L_PAREN, advance=False):
                        branch["columns"] = self._parse_wrapped_csv(self._parse_column)
                    if not self._match_text_seq("VALUES"):
                        self.raise_error("Expected VALUES")
                    branch["values"] = self._parse_value()
                    branch["where"] = self._parse_where()
                else:
                    self.raise_error("Expected UPDATE or INSERT")
                branches.append(self.expression(MergeBranch(**branch)))
            return self.expression(exp.Whens(expressions=branches))

        def _parse_interval(
            self, require_interval: bool = True, parse_function_unit: bool = True
        ) -> Any:
            index = self._index
            if not self._match(TokenType.INTERVAL):
                return None
            if not self._match(TokenType.STRING, advance=False):
                self._retreat(index)
                return None
            text = self._parse_primary()
            words = []
            while self._curr and self._curr.text.upper() in {
                "YEAR",
                "MONTH",
                "DAY",
                "HOUR",
                "MINUTE",
                "SECOND",
                "TO",
            }:
                words.append(self._curr.text.upper())
                self._advance()
                if self._match(TokenType.L_PAREN):
                    self._parse_csv(self._parse_number)
                    self._match_r_paren()
                if words[-1] != "TO" and not (self._curr and self._curr.text.upper() == "TO"):
                    break
            if not words:
                self.raise_error("Expected an interval unit")
            return self.expression(exp.Interval(this=text, unit=exp.var(" ".join(words))))

        def _extract(self) -> exp.Expression:
            unit = self._curr.text.upper() if self._curr else ""
            self._advance()
            if not self._match(TokenType.FROM):
                self.raise_error("Expected FROM")
            return self.expression(
                exp.Extract(this=exp.var(unit), expression=self._parse_bitwise())
            )

        def _trim(self) -> exp.Expression:
            position = None
            if self._match_texts(("LEADING", "TRAILING", "BOTH")):
                position = self._prev.text.upper()
            chars = None if self._match(TokenType.FROM) else self._parse_bitwise()
            source = None
            if chars is None or self._match(TokenType.FROM):
                source = self._parse_bitwise()
            if source is None:
                source, chars = chars, None
            return self.expression(exp.Trim(this=source, expression=chars, position=position))

        def _format_json(self) -> bool:
            return bool(self._match_text_seq("FORMAT", "JSON"))

        def _json_clauses(self) -> dict[str, Any]:
            """RETURNING, … ON NULL/EMPTY/ERROR, WRAPPER, STRICT, UNIQUE KEYS, in any order."""
            found: dict[str, Any] = {"options": {}}
            options: dict[str, Any] = found["options"]
            while True:
                if self._match(TokenType.RETURNING):
                    found["returning"] = self._parse_types()
                elif self._match_text_seq("STRICT"):
                    options["STRICT"] = True
                elif self._match_text_seq("WITHOUT", "WRAPPER") or self._match_text_seq(
                    "WITHOUT", "ARRAY", "WRAPPER"
                ):
                    options["WRAPPER"] = "WITHOUT"
                elif self._match_text_seq("WITH"):
                    if self._match_text_seq("UNIQUE", "KEYS"):
                        options["UNIQUE"] = True
                        continue
                    kind = "CONDITIONAL" if self._match_text_seq("CONDITIONAL") else "WITH"
                    self._match_text_seq("UNCONDITIONAL")
                    self._match_text_seq("ARRAY")
                    if not self._match_text_seq("WRAPPER"):
                        self.raise_error("Expected WRAPPER")
                    options["WRAPPER"] = kind
                elif self._match_text_seq("DEFAULT"):
                    value = self._parse_bitwise()
                    self._match_text_seq("ON")
                    on = self._curr.text.upper() if self._curr else ""
                    self._advance()
                    options["ON " + on] = "DEFAULT"
                    found["default_value"] = value
                elif self._curr and self._curr.text.upper() in {
                    "NULL",
                    "ABSENT",
                    "ERROR",
                    "EMPTY",
                    "TRUE",
                    "FALSE",
                }:
                    word = self._curr.text.upper()
                    self._advance()
                    if (
                        word == "EMPTY"
                        and self._curr
                        and self._curr.text.upper() in {"OBJECT", "ARRAY"}
                    ):
                        word = "EMPTY " + self._curr.text.upper()
                        self._advance()
                    if not self._match_text_seq("ON"):
                        self.raise_error("Expected ON")
                    on = self._curr.text.upper() if self._curr else ""
                    self._advance()
                    options["ON " + on] = word
                else:
                    return found

        def _json_object(self, name: str) -> exp.Expression:
            arguments: list[Any] = []
            formats: list[bool] = []
            while self._curr and self._curr.token_type != TokenType.R_PAREN:
                if self._curr.text.upper() in {"NULL", "ABSENT", "RETURNING", "STRICT", "WITH"}:
                    break
                self._match_text_seq("KEY")
                key = self._parse_bitwise()
                if not (
                    self._match_text_seq("VALUE")
                    or self._match_text_seq("IS")
                    or self._match(TokenType.COLON)
                    or self._match(TokenType.COMMA)
                ):
                    self.raise_error("Expected VALUE")
                arguments += [key, self._parse_bitwise()]
                formats.append(self._format_json())
                if not self._match(TokenType.COMMA):
                    break
            return self.expression(
                JsonCall(name=name, expressions=arguments, formats=formats, **self._json_clauses())
            )

        def _json_array(self, name: str) -> exp.Expression:
            arguments: list[Any] = []
            formats: list[bool] = []
            while self._curr and self._curr.token_type != TokenType.R_PAREN:
                if self._curr.text.upper() in {"ABSENT", "RETURNING", "STRICT"}:
                    break
                if (
                    self._curr.text.upper() == "NULL"
                    and self._next
                    and self._next.text.upper() == "ON"
                ):
                    break
                arguments.append(self._parse_bitwise())
                formats.append(self._format_json())
                if not self._match(TokenType.COMMA):
                    break
            order = self._parse_order()
            return self.expression(
                JsonCall(
                    name=name,
                    expressions=arguments,
                    formats=formats,
                    order=order,
                    **self._json_clauses(),
                )
            )

        def _json_path(self, name: str) -> exp.Expression:
            document = self._parse_bitwise()
            self._format_json()
            path = self._parse_bitwise() if self._match(TokenType.COMMA) else None
            if self._match_text_seq("PASSING"):
                self.raise_error("PASSING is not supported")
            return self.expression(
                JsonCall(name=name, expressions=[document], path=path, **self._json_clauses())
            )

        def _json_table(self) -> exp.Expression:
            document = self._parse_bitwise()
            self._format_json()
            path = self._parse_bitwise() if self._match(TokenType.COMMA) else None
            clauses = self._json_clauses()
            return self.expression(
                JsonCall(
                    name="JSON_TABLE",
                    expressions=[document],
                    path=path,
                    columns=self._json_columns(),
                    **clauses,
                )
            )

        def _json_columns(self) -> list[dict[str, Any]]:
            if not self._match_text_seq("COLUMNS"):
                self.raise_error("Expected COLUMNS")
            wrapped = self._match(TokenType.L_PAREN)
            columns: list[dict[str, Any]] = self._parse_csv(self._json_column)
            if wrapped:
                self._match_r_paren()
            return columns

        def _json_column(self) -> Any:
            if self._match_text_seq("NESTED"):
                self._match_text_seq("PATH")
                path = self._parse_primary()
                return {"nested": self._json_columns(), "path": path}
            name = self._parse_id_var(any_token=True)
            if self._match_text_seq("FOR", "ORDINALITY"):
                return {"name": name, "ordinality": True}
            column: dict[str, Any] = {"name": name}
            if self._match_text_seq("EXISTS"):
                column["exists"] = True
            elif self._curr and self._curr.text.upper() not in {"PATH", "FORMAT", ",", ")"}:
                column["type"] = self._parse_types()
                if self._match_text_seq("EXISTS"):
                    column["exists"] = True
            column["format"] = self._format_json()
            before = self._json_clauses()
            column["path"] = self._parse_primary() if self._match_text_seq("PATH") else None
            after = self._json_clauses()
            column["options"] = {**before["options"], **after["options"]}
            column["default"] = after.get("default_value") or before.get("default_value")
            return column


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
    "PIVOT": "PIVOT",
    "UNPIVOT": "UNPIVOT",
    "XMLTABLE": "XMLTABLE",
    "XMLELEMENT": "XMLELEMENT",
    "XMLAGG": "XMLAGG",
    "MULTISET": "MULTISET",
}


def parse(text: str) -> Statement:
    """Parse one statement; syntax errors carry the offset, unknown constructs are named."""
    tokens = _tokens(text)
    if not tokens:
        raise OraError(900, position=0)
    kind = _KINDS.get(tokens[0].text.upper())
    if kind is None:
        raise OraError(900, position=0)
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
        kept.append(token)
        index += 1
    return kept


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
    return tree


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
