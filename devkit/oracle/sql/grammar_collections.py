"""Collections in SQL, as far as sqlglot's parser does not know them."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

_END = frozenset({"FROM", ",", ")", "WHERE", "AS"})


class Multiset(exp.Expression):  # type: ignore[misc]
    """``a MULTISET UNION|EXCEPT|INTERSECT [ALL|DISTINCT] b``."""

    arg_types = {"this": True, "expression": True, "word": True, "only": False}  # noqa: RUF012


class CollectionTest(exp.Expression):  # type: ignore[misc]
    """MEMBER OF, SUBMULTISET OF, IS A SET, IS EMPTY; ``word`` says which."""

    arg_types = {"this": True, "expression": False, "word": True}  # noqa: RUF012


class CollectionGrammar:
    """The part of the parser that reads them; mixed into ``OracleTree.Parser``."""

    def _parse_bitwise(self: Any) -> Any:
        this = super()._parse_bitwise()  # type: ignore[misc]
        while self._curr and self._curr.text.upper() == "MULTISET" and self._next:
            word = self._next.text.upper()
            if word not in {"UNION", "EXCEPT", "INTERSECT"}:
                break
            self._advance(2)
            only = bool(self._match(TokenType.DISTINCT))
            if not only:
                self._match(TokenType.ALL)
            right = super()._parse_bitwise()  # type: ignore[misc]
            this = self.expression(Multiset(this=this, expression=right, word=word, only=only))
        return this

    def _parse_range(self: Any, this: Any = None, parse_is: bool = False) -> Any:
        this = super()._parse_range(this, parse_is)  # type: ignore[misc]
        while self._curr is not None:
            index = self._index
            negated = self._match(TokenType.NOT)
            word = self._curr.text.upper() if self._curr else ""
            follower = self._next.text.upper() if self._next else ","
            if word not in {"MEMBER", "SUBMULTISET"} or (not negated and follower in _END):
                self._retreat(index)
                return this
            self._advance()
            self._match_text_seq("OF")
            right = self._parse_bitwise()
            this = self.expression(CollectionTest(this=this, expression=right, word=word))
            if negated:
                this = self.expression(exp.Not(this=this))
        return this

    def _parse_is(self: Any, this: Any) -> Any:
        index = self._index
        negated = self._match(TokenType.NOT)
        word = None
        if self._match(TokenType.JSON):
            test = self.expression(exp.Is(this=this, expression=self._json_options()))
            return self.expression(exp.Not(this=test)) if negated else test
        if self._match_text_seq("A", "SET"):
            word = "SET"
        elif self._match_text_seq("EMPTY"):
            word = "EMPTY"
        if word is None:
            self._retreat(index)
            return super()._parse_is(this)  # type: ignore[misc]
        test = self.expression(CollectionTest(this=this, word=word))
        return self.expression(exp.Not(this=test)) if negated else test

    def _parse_at_time_zone(self: Any, this: Any) -> Any:
        """AT LOCAL is the session's zone, in which a value without another one is shown anyway."""
        index = self._index
        if self._match_text_seq("AT", "LOCAL"):
            return self.expression(exp.Anonymous(this="$AT_LOCAL", expressions=[this]))
        self._retreat(index)
        return super()._parse_at_time_zone(this)  # type: ignore[misc]

    def _json_options(self: Any) -> Any:
        """What may follow IS JSON; STRICT is how documents are read here in any case."""
        unique = False
        wrapped = self._match(TokenType.L_PAREN)
        if self._match_text_seq("LAX"):
            self.raise_error("IS JSON LAX is not supported")
        self._match_text_seq("STRICT")
        if wrapped:
            self._match_r_paren()
        if self._match_text_seq("WITH", "UNIQUE", "KEYS"):
            unique = True
        elif not self._match_text_seq("WITHOUT", "UNIQUE", "KEYS"):
            self._match_text_seq("STRICT")
        return self.expression(exp.JSON(with_=unique))

    def _conversion(self: Any) -> Any:
        """A conversion function, with its DEFAULT … ON CONVERSION ERROR as ``meta['on_error']``."""
        name = self._tokens[self._index - 2]
        arguments = []
        default = None
        if self._curr and self._curr.token_type != TokenType.R_PAREN:
            arguments.append(self._parse_lambda(alias=False))
            if self._match(TokenType.DEFAULT):
                default = self._parse_bitwise()
                if not self._match_text_seq("ON", "CONVERSION", "ERROR"):
                    self.raise_error("Expected ON CONVERSION ERROR")
            while self._match(TokenType.COMMA):
                arguments.append(self._parse_lambda(alias=False))
        call = self.expression(exp.Anonymous(this=name.text, expressions=arguments))
        call.update_positions(name)
        if default is not None:
            call.meta["on_error"] = default
        return call

    def _validate_conversion(self: Any) -> Any:
        """VALIDATE_CONVERSION(value AS type [, model]); the type stands in ``meta['target']``."""
        value = self._parse_bitwise()
        if not self._match(TokenType.ALIAS):
            self.raise_error("Expected AS")
        target = self._parse_types()
        arguments = [value]
        if self._match(TokenType.COMMA):
            arguments.append(self._parse_bitwise())
        call = self.expression(exp.Anonymous(this="VALIDATE_CONVERSION", expressions=arguments))
        call.meta["target"] = target
        return call

    def _multiset(self: Any) -> Any:
        query = self._parse_select()
        if query is None:
            self.raise_error("Expected a subquery")
        return self.expression(exp.Anonymous(this="$MULTISET", expressions=[query]))

    def _collect(self: Any) -> Any:
        """COLLECT; the order stands in ``meta['order']``."""
        distinct = self._match(TokenType.DISTINCT) or self._match(TokenType.UNIQUE)
        value = self._parse_bitwise()
        argument = exp.Distinct(expressions=[value]) if distinct else value
        call = self.expression(exp.Anonymous(this="COLLECT", expressions=[argument]))
        order = self._parse_order()
        if order is not None:
            call.meta["order"] = order
        return call
