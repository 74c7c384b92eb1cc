"""Expressions: precedence climbing over the operators, names with what is applied to them,
literals.

Binding, loosest first: OR, AND, NOT, comparisons and conditions (which do not chain), ``+ - ||``
and the multiset operators, ``* / MOD REM``, sign, ``**``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from devkit.oracle.plsql.nodes import (
    Apply,
    Argument,
    AtTimeZone,
    Attribute,
    Between,
    BinaryOp,
    BooleanLiteral,
    Case,
    CaseWhen,
    Cast,
    CursorExpr,
    DateLiteral,
    Dotted,
    Expr,
    Extract,
    HostBind,
    InList,
    IntervalLiteral,
    IsCondition,
    IsNull,
    Like,
    MemberOf,
    Name,
    New,
    NullLiteral,
    NumberLiteral,
    SelfAs,
    SqlFunction,
    SqlStatement,
    Star,
    StringLiteral,
    Subquery,
    TimestampLiteral,
    Treat,
    Trim,
    UnaryOp,
)
from devkit.oracle.plsql.parser_base import EXPRESSION_START, RESERVED, word_set
from devkit.oracle.plsql.parser_types import TypeParser
from devkit.oracle.plsql.tokens import Kind

_COMPARISONS = frozenset(["=", "<>", "<", "<=", ">", ">="])
_CONDITIONS = frozenset(
    ["IS", "IN", "BETWEEN", "LIKE", "LIKEC", "LIKE2", "LIKE4", "MEMBER", "SUBMULTISET", "NOT"]
)
_ADDITIVE = frozenset(["+", "-", "||", "MULTISET"])
_MULTIPLICATIVE = frozenset(["*", "/", "MOD", "REM"])
_ATTRIBUTES = word_set("FOUND NOTFOUND ISOPEN ROWCOUNT BULK_ROWCOUNT BULK_EXCEPTIONS TYPE ROWTYPE")
# Their arguments follow a grammar of SQL's own, so they are kept as SQL text.
_SQL_FUNCTIONS = word_set(
    """
    JSON_VALUE JSON_QUERY JSON_EXISTS JSON_OBJECT JSON_ARRAY JSON_MERGEPATCH JSON_SERIALIZE
    JSON_TRANSFORM XMLELEMENT XMLFOREST XMLQUERY XMLSERIALIZE XMLPARSE XMLCAST XMLEXISTS
    """
)
_IS_WORDS = ("EMPTY", "NAN", "INFINITE", "JSON", "DANGLING")


class ExpressionParser(TypeParser):
    @abstractmethod
    def embedded_query(self) -> SqlStatement:
        """The query up to the closing parenthesis that is not its own."""

    @abstractmethod
    def sql_expression(self, first: int, last: int) -> SqlStatement:
        """The tokens from ``first`` to ``last`` as a piece of SQL text."""

    # ---------------------------------------------------------------- operators

    def expression(self) -> Expr:
        first = self.at
        left = self._and()
        while self.words[self.at] == "OR":
            self.at += 1
            right = self._and()
            left = BinaryOp(self.span(first), "OR", left, right)
        return left

    def _and(self) -> Expr:
        first = self.at
        left = self._not()
        while self.words[self.at] == "AND":
            self.at += 1
            right = self._not()
            left = BinaryOp(self.span(first), "AND", left, right)
        return left

    def _not(self) -> Expr:
        if self.words[self.at] == "NOT":
            first = self.at
            self.at += 1
            operand = self._not()
            return UnaryOp(self.span(first), "NOT", operand)
        return self._comparison()

    def _comparison(self) -> Expr:
        first = self.at
        left = self.additive()
        word = self.words[self.at]
        if word in _COMPARISONS:
            self.at += 1
            right = self.additive()
            return BinaryOp(self.span(first), word, left, right)
        if word in _CONDITIONS:
            return self._condition(first, left)
        return left

    def _condition(self, first: int, left: Expr) -> Expr:
        if self.take("IS"):
            return self._is(first, left)
        negated = self.take("NOT")
        word = self.words[self.at]
        self.at += 1
        if word == "IN":
            return self._in(first, left, negated)
        if word == "BETWEEN":
            low = self.additive()
            self.expect("AND")
            high = self.additive()
            return Between(self.span(first), left, low, high, negated)
        if word in ("LIKE", "LIKEC", "LIKE2", "LIKE4"):
            pattern = self.additive()
            escape = self.additive() if self.take("ESCAPE") else None
            return Like(self.span(first), left, pattern, escape, negated, word)
        if word in ("MEMBER", "SUBMULTISET"):
            self.take("OF")
            collection = self.additive()
            return MemberOf(self.span(first), left, collection, negated, word == "SUBMULTISET")
        self.at -= 1
        return self.fail("in", "between", "like", "member", "submultiset")

    def _is(self, first: int, left: Expr) -> Expr:
        negated = self.take("NOT")
        if self.take("NULL"):
            return IsNull(self.span(first), left, negated)
        if self.take_all("A", "SET"):
            return IsCondition(self.span(first), left, "A SET", negated)
        word = self.words[self.at]
        if word in _IS_WORDS:
            self.at += 1
            return IsCondition(self.span(first), left, word, negated)
        if self.take("OF"):
            self.take("TYPE")
            self.expect("(")
            types = [self._of_type()]
            while self.take(","):
                types.append(self._of_type())
            self.expect(")")
            return IsCondition(self.span(first), left, "OF", negated, tuple(types))
        return self.fail("not", "null", "of", "a", "empty", "nan", "infinite", "json")

    def _of_type(self) -> Name:
        self.take("ONLY")
        return self.name()

    def _in(self, first: int, left: Expr, negated: bool) -> Expr:
        if not self.take("("):
            # "x in y" without parentheses: Oracle accepts a single expression
            items = [self.additive()]
        elif self.starts_query():
            items = [self._subquery(self.at)]
            self.expect(")")
        else:
            items = [self.expression()]
            while self.take(","):
                items.append(self.expression())
            self.expect(")")
        return InList(self.span(first), left, tuple(items), negated)

    def additive(self) -> Expr:
        first = self.at
        left = self._multiplicative()
        while (word := self.words[self.at]) in _ADDITIVE:
            self.at += 1
            if word == "MULTISET":
                word = self._multiset_operator()
            right = self._multiplicative()
            left = BinaryOp(self.span(first), word, left, right)
        return left

    def _multiset_operator(self) -> str:
        word = self.words[self.at]
        if word not in ("UNION", "INTERSECT", "EXCEPT"):
            self.fail("union", "intersect", "except")
        self.at += 1
        if self.take("DISTINCT"):
            return f"MULTISET {word} DISTINCT"
        self.take("ALL")
        return f"MULTISET {word}"

    def _multiplicative(self) -> Expr:
        first = self.at
        left = self._signed()
        while (word := self.words[self.at]) in _MULTIPLICATIVE:
            self.at += 1
            right = self._signed()
            left = BinaryOp(self.span(first), word, left, right)
        return left

    def _signed(self) -> Expr:
        word = self.words[self.at]
        if word in ("-", "+"):
            first = self.at
            self.at += 1
            operand = self._signed()
            return UnaryOp(self.span(first), word, operand)
        return self._power()

    def _power(self) -> Expr:
        first = self.at
        left = self._zoned()
        while self.words[self.at] == "**":
            self.at += 1
            sign = self.words[self.at]
            right = self._signed() if sign in ("-", "+") else self._zoned()
            left = BinaryOp(self.span(first), "**", left, right)
        return left

    def _zoned(self) -> Expr:
        first = self.at
        operand = self.primary()
        while self.words[self.at] == "AT":
            self.at += 1
            zone: Expr | None = None
            if not self.take("LOCAL"):
                self.expect("TIME")
                self.expect("ZONE")
                zone = self.primary()
            operand = AtTimeZone(self.span(first), operand, zone)
        return operand

    # ---------------------------------------------------------------- primaries

    def primary(self) -> Expr:
        """A literal, a parenthesis or a name, with everything applied to it."""
        first = self.at
        token = self.tokens[first]
        kind = token.kind
        if kind is Kind.IDENT:
            special = _SPECIAL.get(self.words[first])
            if special is not None:
                found = special(self)
                if found is not None:
                    return self._postfix(first, found)
            return self.target()
        if kind is Kind.NUMBER:
            self.at += 1
            text = token.value
            suffix = text[-1].lower()
            if suffix in "fd":
                return NumberLiteral(
                    self.span(first), text[:-1], "FLOAT" if suffix == "f" else "DOUBLE"
                )
            return NumberLiteral(self.span(first), text)
        if kind is Kind.STRING:
            self.at += 1
            return StringLiteral(self.span(first), token.value, token.text[0] in "nN")
        if kind is Kind.QUOTED or kind is Kind.BIND:
            return self.target()
        if self.words[first] == "(":
            return self._postfix(first, self._parenthesis())
        return self.fail(*EXPRESSION_START)

    def target(self) -> Expr:
        """What can be assigned to or called: a name or bind with subscripts and members."""
        first = self.at
        token = self.tokens[first]
        base: Expr
        if token.kind is Kind.BIND:
            self.at += 1
            base = HostBind(self.span(first), token.value)
        else:
            if token.kind is Kind.IDENT and self.words[first] in RESERVED:
                self.fail(*EXPRESSION_START)
            base = self.name()
        return self._postfix(first, base)

    def _postfix(self, first: int, base: Expr) -> Expr:
        while True:
            word = self.words[self.at]
            if word == "(":
                if isinstance(base, NumberLiteral | StringLiteral):
                    return base
                applied = self._apply(first, base)
                if isinstance(applied, SqlFunction):
                    return applied
                base = applied
                if self.words[self.at] == "OVER" and self.words[self.at + 1] == "(":
                    return self._over(first, base)
            elif word == ".":
                self.at += 1
                member = self.name_part(after_dot=True)
                base = Dotted(self.span(first), base, member)
            elif word == "%":
                attribute = self.words[self.at + 1]
                if attribute not in _ATTRIBUTES:
                    self.at += 1
                    self.fail(*(a.lower() for a in sorted(_ATTRIBUTES)))
                self.at += 2
                base = Attribute(self.span(first), base, attribute)
            else:
                return base

    def _apply(self, first: int, target: Expr) -> Expr:
        self.at += 1
        distinct = False
        args: list[Argument] = []
        if not self.take(")"):
            if self.words[self.at] in ("DISTINCT", "ALL", "UNIQUE"):
                distinct = self.words[self.at] != "ALL"
                self.at += 1
            while True:
                args.append(self._argument())
                if self.take(","):
                    continue
                if self.words[self.at] == "DEFAULT" and isinstance(target, Name):
                    return self._sql_function(first)  # to_number(x default 0 on conversion error)
                self.expect(")")
                break
        return Apply(self.span(first), target, tuple(args), distinct)

    def arguments(self) -> tuple[Argument, ...]:
        """``(a, b => c)``, the parentheses included; empty when there is none."""
        args: list[Argument] = []
        if self.take("(") and not self.take(")"):
            args.append(self._argument())
            while self.take(","):
                args.append(self._argument())
            self.expect(")")
        return tuple(args)

    def _argument(self) -> Argument:
        first = self.at
        name = None
        if self.words[first + 1] == "=>":
            name = self.name_part()
            self.at += 1
        value: Expr
        if self.words[self.at] == "*":
            star = self.at
            self.at += 1
            value = Star(self.span(star))
        elif self.starts_query():
            value = self._subquery(self.at)
        else:
            value = self.expression()
        return Argument(self.span(first), name, value)

    def starts_query(self) -> bool:
        """Whether a query starts here, in any number of parentheses."""
        at = self.at
        words = self.words
        while words[at] == "(":
            at += 1
        return words[at] == "SELECT" or (words[at] == "WITH" and words[at + 1] != "TIME")

    def _subquery(self, first: int) -> Subquery:
        query = self.embedded_query()
        return Subquery(self.span(first), query)

    def _parenthesis(self) -> Expr:
        self.at += 1
        if self.starts_query() and self.words[self.at] != "(":
            query: Expr = self._subquery(self.at)
            self.expect(")")
            return query
        first = self.at
        inner = self.expression()
        if self.words[self.at] == "AS" and isinstance(inner, Name):
            self.at += 1
            type_name = self.name()
            inner = SelfAs(self.span(first), inner, type_name)
        self.expect(")")
        return inner

    # ---------------------------------------------------------------- words with their own syntax

    def _null(self) -> Expr:
        self.at += 1
        return NullLiteral(self.span(self.at - 1))

    def _boolean(self) -> Expr | None:
        if self.words[self.at + 1] in (".", "("):
            return None
        self.at += 1
        return BooleanLiteral(self.span(self.at - 1), self.words[self.at - 1] == "TRUE")

    def _date(self) -> Expr | None:
        if self.words[self.at + 1] != "\0string":
            return None
        self.at += 2
        return DateLiteral(self.span(self.at - 2), self.tokens[self.at - 1].value)

    def _timestamp(self) -> Expr | None:
        if self.words[self.at + 1] != "\0string":
            return None
        self.at += 2
        return TimestampLiteral(self.span(self.at - 2), self.tokens[self.at - 1].value)

    def _interval_literal(self) -> Expr | None:
        if self.words[self.at + 1] != "\0string":
            return None
        first = self.at
        self.at += 2
        text = self.tokens[self.at - 1].value
        start, start_precision, end, end_precision = self.interval_fields()
        return IntervalLiteral(self.span(first), text, start, start_precision, end, end_precision)

    def _case(self) -> Expr:
        first = self.at
        self.at += 1
        selector = None if self.words[self.at] == "WHEN" else self.expression()
        whens: list[CaseWhen] = []
        if self.words[self.at] != "WHEN":
            self.fail("when")
        while self.words[self.at] == "WHEN":
            start = self.at
            self.at += 1
            condition = self.expression()
            self.expect("THEN")
            result = self.expression()
            whens.append(CaseWhen(self.span(start), condition, result))
        otherwise = self.expression() if self.take("ELSE") else None
        self.expect("END")
        return Case(self.span(first), selector, tuple(whens), otherwise)

    def _cast(self) -> Expr | None:
        if self.words[self.at + 1] != "(":
            return None
        first = self.at
        self.at += 2
        operand: Expr
        if self.take("MULTISET"):
            self.expect("(")
            operand = self._subquery(self.at)
            self.expect(")")
        else:
            operand = self.expression()
        self.expect("AS")
        type_ref = self.type_ref()
        if self.words[self.at] in ("DEFAULT", ","):  # … default x on conversion error, a format
            return self._sql_function(first)
        self.expect(")")
        return Cast(self.span(first), operand, type_ref)

    def _treat(self) -> Expr | None:
        if self.words[self.at + 1] != "(":
            return None
        first = self.at
        self.at += 2
        operand = self.expression()
        self.expect("AS")
        is_ref = self.take("REF")
        type_ref = self.type_ref()
        self.expect(")")
        return Treat(self.span(first), operand, type_ref, is_ref)

    def _extract(self) -> Expr | None:
        if self.words[self.at + 1] != "(" or self.words[self.at + 3] != "FROM":
            return None
        first = self.at
        self.at += 2
        name = self.name_part().folded
        self.expect("FROM")
        operand = self.expression()
        self.expect(")")
        return Extract(self.span(first), name, operand)

    def _trim(self) -> Expr | None:
        if self.words[self.at + 1] != "(":
            return None
        first = self.at
        self.at += 2
        mode = ""
        if self.words[self.at] in ("LEADING", "TRAILING", "BOTH"):
            mode = self.words[self.at]
            self.at += 1
        characters = None
        if self.words[self.at] == "FROM":
            self.at += 1
        else:
            characters = self.expression()
            if not self.take("FROM"):
                self.at = first
                return None
        operand = self.expression()
        self.expect(")")
        return Trim(self.span(first), mode or "BOTH", characters, operand)

    def _cursor(self) -> Expr | None:
        if self.words[self.at + 1] != "(":
            return None
        first = self.at
        self.at += 2
        query = self.embedded_query()
        self.expect(")")
        return CursorExpr(self.span(first), query)

    def _new(self) -> Expr | None:
        if not self.is_name(self.at + 1):
            return None
        first = self.at
        self.at += 1
        type_name = self.name()
        args = self.arguments()
        return New(self.span(first), type_name, args)

    def _prior(self) -> Expr | None:
        if not self.is_name(self.at + 1):
            return None
        first = self.at
        self.at += 1
        operand = self.primary()
        return UnaryOp(self.span(first), "PRIOR", operand)

    def _sql_call(self) -> Expr | None:
        return self._sql_function(self.at) if self.words[self.at + 1] == "(" else None

    def _sql_function(self, first: int) -> SqlFunction:
        """The call that starts at ``first``, taken up to its closing parenthesis as SQL text."""
        self.at = first + 1
        while self.words[self.at] != "(":
            self.at += 1
        self._skip_parentheses()
        sql = self.sql_expression(first, self.at - 1)
        return SqlFunction(self.span(first), self.words[first], sql)

    def _over(self, first: int, call: Expr) -> SqlFunction:
        self.at += 1
        self._skip_parentheses()
        name = call.target.text if isinstance(call, Apply) and isinstance(call.target, Name) else ""
        return SqlFunction(self.span(first), name, self.sql_expression(first, self.at - 1))

    def _skip_parentheses(self) -> None:
        depth = 0
        while True:
            word = self.words[self.at]
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            elif word in ("\0end", ";"):
                self.fail(")")
            self.at += 1
            if depth == 0:
                return


_SPECIAL: dict[str, Callable[[ExpressionParser], Expr | None]] = {
    "NULL": ExpressionParser._null,
    "TRUE": ExpressionParser._boolean,
    "FALSE": ExpressionParser._boolean,
    "DATE": ExpressionParser._date,
    "TIMESTAMP": ExpressionParser._timestamp,
    "INTERVAL": ExpressionParser._interval_literal,
    "CASE": ExpressionParser._case,
    "CAST": ExpressionParser._cast,
    "TREAT": ExpressionParser._treat,
    "EXTRACT": ExpressionParser._extract,
    "TRIM": ExpressionParser._trim,
    "CURSOR": ExpressionParser._cursor,
    "NEW": ExpressionParser._new,
    "PRIOR": ExpressionParser._prior,
    **dict.fromkeys(_SQL_FUNCTIONS, ExpressionParser._sql_call),
}
