"""Oracle's grammar as a sqlglot dialect: its parser with every rewriting of functions switched off.

The function tables of sqlglot's own Oracle dialect are emptied, so that a call stays a call by its
Oracle name. What sqlglot refuses or misreads (the branches of MERGE, SQL/JSON calls, DEFAULT in
SET, interval literals) is parsed by the methods here.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.parsers.oracle import OracleParser
from sqlglot.tokens import TokenType

from devkit.oracle.sql.grammar_collections import CollectionGrammar


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
        "default_on_error": False,
        "default_on_empty": False,
        "passing": False,  # of PASSING: name and value
        "star": False,
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

    class Parser(CollectionGrammar, OracleParser):  # type: ignore[misc]
        FUNCTIONS: dict[str, Any] = {}  # noqa: RUF012
        # SQL Language Reference, "Operator Precedence": || stands with + and -, from left to right
        TERM = {**OracleParser.TERM, TokenType.DPIPE: exp.DPipe}  # noqa: RUF012
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
            "LISTAGG": lambda self: self._listagg(),
            "MULTISET": lambda self: self._multiset(),
            "TO_NUMBER": lambda self: self._conversion(),
            "TO_DATE": lambda self: self._conversion(),
            "TO_TIMESTAMP": lambda self: self._conversion(),
            "TO_TIMESTAMP_TZ": lambda self: self._conversion(),
            "TO_DSINTERVAL": lambda self: self._conversion(),
            "TO_YMINTERVAL": lambda self: self._conversion(),
            "VALIDATE_CONVERSION": lambda self: self._validate_conversion(),
            "COLLECT": lambda self: self._collect(),
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

        def _parse_limit(
            self, this: Any = None, top: bool = False, skip_limit_token: bool = False
        ) -> Any:
            """FETCH FIRST counts with an expression: a number, a bind, or a variable of PL/SQL."""
            if not self._match(TokenType.FETCH):
                return super()._parse_limit(this, top=top, skip_limit_token=skip_limit_token)
            if not self._match_set((TokenType.FIRST, TokenType.NEXT)):
                self.raise_error("Expected FIRST or NEXT")
            direction = self._prev.text.upper()
            is_one = self._match_texts(("ROW", "ROWS"), advance=False)
            count = None if is_one else self._parse_term(parse_mod=False)
            options = self._parse_limit_options()
            if self._prev.text.upper() not in {"ONLY", "TIES"}:
                self.raise_error("Expected ONLY or WITH TIES")
            return exp.Fetch(direction=direction, count=count, limit_options=options)

        def _parse_cte(self) -> Any:
            """A named query, with its SEARCH and CYCLE as ``meta['search']`` and ``meta['cycle']``."""
            cte = super()._parse_cte()
            if self._match_text_seq("SEARCH"):
                kind = self._curr.text.upper() if self._curr else ""
                if kind not in {"DEPTH", "BREADTH"}:
                    self.raise_error("Expected DEPTH or BREADTH")
                self._advance()
                if not self._match_text_seq("FIRST", "BY"):
                    self.raise_error("Expected FIRST BY")
                keys = self._parse_csv(self._parse_ordered)
                if not self._match(TokenType.SET):
                    self.raise_error("Expected SET")
                cte.meta["search"] = (kind, keys, self._parse_id_var())
            if self._match_text_seq("CYCLE"):
                names = self._parse_csv(self._parse_id_var)
                if not self._match(TokenType.SET):
                    self.raise_error("Expected SET")
                mark = self._parse_id_var()
                if not self._match_text_seq("TO"):
                    self.raise_error("Expected TO")
                value = self._parse_primary()
                if not self._match(TokenType.DEFAULT):
                    self.raise_error("Expected DEFAULT")
                cte.meta["cycle"] = (names, mark, value, self._parse_primary())
            return cte

        def _parse_recursive_with_search(self) -> None:
            """Belongs to each named query: see ``_parse_cte``."""

        def _parse_grouping_set(self) -> Any:
            if self._match_pair(TokenType.L_PAREN, TokenType.R_PAREN):
                return self.expression(exp.Tuple(expressions=[]))
            return super()._parse_grouping_set()

        def _listagg(self) -> exp.Expression:
            """Its arguments, with ON OVERFLOW as ``meta['overflow']``: the filler, and whether the
            values left out are counted; None when the overflow is an error."""
            distinct = self._match(TokenType.DISTINCT)
            self._match(TokenType.ALL)
            first = self._parse_bitwise()
            arguments = [exp.Distinct(expressions=[first]) if distinct else first]
            if self._match(TokenType.COMMA):
                arguments.append(self._parse_bitwise())
            call = self.expression(exp.Anonymous(this="LISTAGG", expressions=arguments))
            if self._match_text_seq("ON", "OVERFLOW"):
                if self._match_text_seq("TRUNCATE"):
                    filler = str(self._prev.text) if self._match(TokenType.STRING) else "..."
                    counted = not self._match_text_seq("WITHOUT", "COUNT")
                    if counted:
                        self._match_text_seq("WITH", "COUNT")
                    call.meta["overflow"] = (filler, counted)
                elif not self._match_text_seq("ERROR"):
                    self.raise_error("Expected ERROR or TRUNCATE")
            return call

        def _parse_table_alias(self, *args: Any, **kwargs: Any) -> Any:
            """Notes an AS before the name as ``meta['as']``: Oracle knows none in FROM."""
            written = self._curr is not None and self._curr.token_type == TokenType.ALIAS
            alias = super()._parse_table_alias(*args, **kwargs)
            if alias is not None and written:
                alias.meta["as"] = True
            return alias

        def _parse_join(self, *args: Any, **kwargs: Any) -> Any:
            """A JOIN without a word before it is an inner one; a comma is none."""
            is_comma = self._curr is not None and self._curr.token_type == TokenType.COMMA
            join = super()._parse_join(*args, **kwargs)
            if join is not None and not is_comma and not join.args.get("kind"):
                join.set("kind", "INNER")
            return join

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
                if not self._match_text_seq("MATCHED") or not self._match(TokenType.THEN):
                    self.raise_error("Expected MATCHED THEN")
                branch: dict[str, Any] = {"matched": matched}
                if matched and self._match(TokenType.UPDATE):
                    if not self._match(TokenType.SET):
                        self.raise_error("Expected SET")
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
            """An interval literal, the precisions of its units as ``meta['precisions']``."""
            index = self._index
            if not self._match(TokenType.INTERVAL):
                return None
            if not self._match(TokenType.STRING, advance=False):
                self._retreat(index)
                return None
            text = self._parse_primary()
            words = []
            precisions: dict[str, list[int]] = {}
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
                if words[-1] != "TO" and self._match(TokenType.L_PAREN):
                    precisions[words[-1]] = [
                        int(str(one.this)) for one in self._parse_csv(self._parse_number)
                    ]
                    self._match_r_paren()
                if words[-1] != "TO" and not (self._curr and self._curr.text.upper() == "TO"):
                    break
            if not words:
                self.raise_error("Expected an interval unit")
            literal = self.expression(exp.Interval(this=text, unit=exp.var(" ".join(words))))
            literal.meta["precisions"] = precisions
            return literal

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
                elif self._match_texts(("PRETTY", "ASCII")):
                    self.raise_error(f"{self._prev.text.upper()} of SQL/JSON is not supported")
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
                    if not self._match_text_seq("ON"):
                        self.raise_error("Expected ON")
                    on = self._curr.text.upper() if self._curr else ""
                    self._advance()
                    options["ON " + on] = "DEFAULT"
                    if on not in ("EMPTY", "ERROR"):
                        self.raise_error("Expected EMPTY or ERROR")
                    found["default_on_" + on.lower()] = value
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
            if name == "JSON_OBJECT" and self._match(TokenType.STAR):
                return self.expression(JsonCall(name=name, star=True, **self._json_clauses()))
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
            passing = self._passing()
            return self.expression(
                JsonCall(
                    name=name,
                    expressions=[document],
                    path=path,
                    passing=passing,
                    **self._json_clauses(),
                )
            )

        def _passing(self) -> list[tuple[str, Any]]:
            """PASSING value AS "name", …"""
            found: list[tuple[str, Any]] = []
            if self._match_text_seq("PASSING"):
                while True:
                    value = self._parse_bitwise()
                    if not self._match(TokenType.ALIAS):
                        self.raise_error("Expected AS")
                    found.append((str(self._parse_id_var().this), value))
                    if not self._match(TokenType.COMMA):
                        break
            return found

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
            for name in ("default_on_error", "default_on_empty"):
                column[name] = after.get(name) or before.get(name)
            return column

        def _parse_types(self, *args: Any, **options: Any) -> Any:
            """FLOAT and BINARY_FLOAT make the same node: ``meta['word']`` tells them apart."""
            word = self._curr.text.upper().partition(" ")[0] if self._curr else ""
            node = super()._parse_types(*args, **options)
            if isinstance(node, exp.DataType) and word in {"FLOAT", "REAL", "DOUBLE"}:
                node.meta["word"] = word
            return node
