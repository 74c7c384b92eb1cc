"""Declarations: variables, types, cursors, pragmas, and subprograms with their options and
bodies.
"""

from __future__ import annotations

from devkit.oracle.plsql.nodes import (
    Accessor,
    Argument,
    CursorDeclaration,
    Declaration,
    EnumSpec,
    ExceptionDeclaration,
    Expr,
    FieldDeclaration,
    Name,
    NamePart,
    Parameter,
    PragmaDeclaration,
    RecordSpec,
    RefCursorSpec,
    RoutineOptions,
    SubprogramBody,
    SubprogramDeclaration,
    SubprogramDefinition,
    SubprogramSpec,
    SubtypeDeclaration,
    TableSpec,
    TypeDeclaration,
    TypeRef,
    TypeSpec,
    VariableDeclaration,
    VarraySpec,
)
from devkit.oracle.plsql.parser_statements import StatementParser
from devkit.oracle.plsql.tokens import Kind

DECLARATION_START = (
    "begin",
    "function",
    "pragma",
    "procedure",
    "subtype",
    "type",
    "<an identifier>",
    "<a double-quoted delimited-identifier>",
    "current",
    "cursor",
    "delete",
    "exists",
    "prior",
)
_UNIT_KINDS = frozenset(["PACKAGE", "PROCEDURE", "FUNCTION", "TRIGGER", "TYPE"])


_OF_UNITS = frozenset({"AUTHID", "ACCESSIBLE", "DEFAULT", "SHARING"})
_OF_FUNCTIONS = frozenset(
    {"DETERMINISTIC", "PIPELINED", "PARALLEL_ENABLE", "RESULT_CACHE", "AGGREGATE", "SQL_MACRO"}
)
# PL/SQL Language Reference, CREATE PACKAGE, CREATE FUNCTION, "Function Declaration and Definition"
_OPTIONS = {
    "PACKAGE": _OF_UNITS,
    "PACKAGE BODY": frozenset({"SHARING"}),
    "TYPE": _OF_UNITS,
    "PROCEDURE": _OF_UNITS,
    "FUNCTION": _OF_UNITS | _OF_FUNCTIONS,
    # AUTHID is read to be refused; a default collation can be said in a package, too
    "NESTED PROCEDURE": frozenset({"AUTHID", "ACCESSIBLE", "DEFAULT"}),
    "NESTED FUNCTION": frozenset({"AUTHID", "ACCESSIBLE", "DEFAULT"}) | _OF_FUNCTIONS,
}


class DeclarationParser(StatementParser):
    def declarations(self) -> tuple[Declaration, ...]:
        """Everything up to BEGIN, END or a timing point; the caller checks which."""
        found: list[Declaration] = []
        after_body = False
        while True:
            word = self.words[self.at]
            if word in ("BEGIN", "END"):
                break
            if word in ("BEFORE", "AFTER", "INSTEAD") and self.words[self.at + 1] in (
                "STATEMENT",
                "EACH",
                "OF",
            ):
                break
            if after_body and word not in ("PROCEDURE", "FUNCTION", "PRAGMA", "CURSOR"):
                self.fail("begin", "end", "function", "pragma", "procedure")
            item = self.declaration()
            after_body = after_body or isinstance(item, SubprogramDefinition)
            found.append(item)
        return tuple(found)

    def declaration(self) -> Declaration:
        first = self.at
        word = self.words[first]
        if word in ("PROCEDURE", "FUNCTION"):
            return self.subprogram()
        named = self.is_name(first + 1)
        if word == "TYPE" and named and self.words[first + 2] in ("IS", "AS", ";"):
            return self._type()
        if word == "SUBTYPE" and named:
            return self._subtype()
        if word == "CURSOR" and named:
            return self._cursor_declaration()
        if word == "PRAGMA" and named:
            return self.pragma()
        if not self.is_name():
            self.fail(*DECLARATION_START)
        return self._variable()

    def _variable(self) -> Declaration:
        first = self.at
        name = self.name_part()
        if self.words[self.at] == "EXCEPTION" and self.words[self.at + 1] == ";":
            self.at += 2
            return ExceptionDeclaration(self.span(first), name)
        constant = self.take("CONSTANT")
        type_ref = self.type_ref()
        not_null = self._not_null()
        default = self._default()
        self.expect(";")
        return VariableDeclaration(self.span(first), name, type_ref, constant, not_null, default)

    def _not_null(self) -> bool:
        if self.take("NOT"):
            self.expect("NULL")
            return True
        return False

    def _default(self) -> Expr | None:
        if self.take(":=") or self.take("DEFAULT"):
            return self.expression()
        return None

    # ---------------------------------------------------------------- types

    def _type(self) -> Declaration:
        first = self.at
        self.at += 1
        name = self.name_part()
        if self.words[self.at] not in ("IS", "AS"):
            self.fail("is", "as")
        self.at += 1
        spec = self.type_spec()
        self.expect(";")
        return TypeDeclaration(self.span(first), name, spec)

    def type_spec(self) -> TypeSpec:
        """RECORD, TABLE OF, VARRAY, REF CURSOR, or an enumeration."""
        first = self.at
        word = self.words[first]
        if word == "RECORD":
            self.at += 1
            self.expect("(")
            fields = [self.field()]
            while self.take(","):
                fields.append(self.field())
            self.expect(")")
            return RecordSpec(self.span(first), tuple(fields))
        if word == "TABLE":
            self.at += 1
            self.expect("OF")
            element = self.type_ref()
            not_null = self._not_null()
            index_by: TypeRef | None = None
            if self.take("INDEX"):
                self.expect("BY")
                index_by = self.type_ref()
            return TableSpec(self.span(first), element, not_null, index_by)
        if word in ("VARRAY", "VARYING"):
            self.at += 1
            if word == "VARYING":
                self.expect("ARRAY")
            self.expect("(")
            limit = self.additive()
            self.expect(")")
            self.expect("OF")
            element = self.type_ref()
            not_null = self._not_null()
            return VarraySpec(self.span(first), limit, element, not_null)
        if word == "REF" and self.words[first + 1] == "CURSOR":
            self.at += 2
            returns = self.type_ref() if self.take("RETURN") else None
            return RefCursorSpec(self.span(first), returns)
        if word == "(":
            self.at += 1
            values = [self.name_part()]
            while self.take(","):
                values.append(self.name_part())
            self.expect(")")
            return EnumSpec(self.span(first), tuple(values))
        return self.fail("record", "table", "varray", "ref", "(", "array", "object", "opaque")

    def field(self) -> FieldDeclaration:
        first = self.at
        name = self.name_part()
        type_ref = self.type_ref()
        not_null = self._not_null()
        default = self._default()
        return FieldDeclaration(self.span(first), name, type_ref, not_null, default)

    def _subtype(self) -> Declaration:
        first = self.at
        self.at += 1
        name = self.name_part()
        self.expect("IS")
        base = self.type_ref()
        not_null = self._not_null()
        self.expect(";")
        return SubtypeDeclaration(self.span(first), name, base, not_null)

    # ---------------------------------------------------------------- cursors, pragmas

    def _cursor_declaration(self) -> Declaration:
        first = self.at
        self.at += 1
        name = self.name_part()
        parameters = self.parameters()
        returns = self.type_ref() if self.take("RETURN") else None
        query = None
        if self.take("IS"):
            if not self.starts_query():
                self.fail("(", "select", "with")
            query = self.sql_statement("SELECT", with_into=False)
        elif returns is None:
            self.fail("is", "return")
        self.expect(";")
        return CursorDeclaration(self.span(first), name, parameters, returns, query)

    def pragma(self) -> PragmaDeclaration:
        first = self.at
        self.expect("PRAGMA")
        name = self.name_part().folded
        args = self._pragma_arguments()
        self.expect(";")
        return PragmaDeclaration(self.span(first), name, args)

    def _pragma_arguments(self) -> tuple[Argument, ...]:
        """Like actual parameters, but DEFAULT may stand for a name (RESTRICT_REFERENCES)."""
        args: list[Argument] = []
        if not self.take("("):
            return ()
        while True:
            first = self.at
            if self.take("DEFAULT"):
                token = self.tokens[first]
                part = NamePart(self.span(first), token.value, token.text, False)
                args.append(Argument(self.span(first), None, Name(self.span(first), (part,))))
            else:
                value = self.expression()
                args.append(Argument(self.span(first), None, value))
            if not self.take(","):
                break
        self.expect(")")
        return tuple(args)

    # ---------------------------------------------------------------- subprograms

    def subprogram(self) -> Declaration:
        """A forward declaration or a definition, semicolon included."""
        first = self.at
        spec = self.subprogram_spec()
        if self.take(";"):
            return SubprogramDeclaration(self.span(first), spec)
        body = self.subprogram_body(spec)
        return SubprogramDefinition(self.span(first), spec, body)

    def subprogram_spec(self, name: NamePart | None = None) -> SubprogramSpec:
        """``PROCEDURE p(…)`` or ``FUNCTION f(…) RETURN t``, with the options after it.

        ``name`` is given when the kind word and the (qualified) name have been read already.
        """
        first = self.at
        nested = "NESTED " if name is None else ""
        if name is None:
            kind = self.words[first]
            if kind not in ("PROCEDURE", "FUNCTION"):
                self.fail("procedure", "function")
            self.at += 1
            name = self.name_part()
        else:
            first -= 1
            kind = self.kind_of_unit
        parameters = self.parameters()
        returns = None
        returns_self = False
        if kind == "FUNCTION":
            self.expect("RETURN")
            if self.take_all("SELF", "AS", "RESULT"):
                returns_self = True
            else:
                returns = self.type_ref()
        options = self.routine_options(nested + kind)
        return SubprogramSpec(
            self.span(first), kind, name, parameters, returns, options, returns_self
        )

    kind_of_unit = "PROCEDURE"

    def parameters(self) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        if self.take("("):
            found.append(self._parameter())
            while self.take(","):
                found.append(self._parameter())
            self.expect(")")
        return tuple(found)

    def _parameter(self) -> Parameter:
        first = self.at
        name = self.name_part()
        mode = "IN"
        if self.take("IN"):
            if self.take("OUT"):
                mode = "IN OUT"
        elif self.words[self.at] == "OUT" and self.words[self.at + 1] not in (",", ")", "."):
            self.at += 1
            mode = "OUT"
        nocopy = self.take("NOCOPY")
        type_ref = self.type_ref()
        default = self._default()
        return Parameter(self.span(first), name, mode, type_ref, nocopy, default)

    def routine_options(self, kind: str) -> RoutineOptions:
        """The clauses before IS, of those that a unit or subprogram of this kind can have."""
        first = self.at
        found: dict[str, object] = {}
        allowed = _OPTIONS[kind]
        while self.tokens[self.at].kind is Kind.IDENT and self.words[self.at] in allowed:
            if self.words[self.at] == "AUTHID" and kind.startswith("NESTED"):
                raise self.error(
                    "PLS-00157: AUTHID only allowed on schema-level programs", self.token
                )
            if not self._option(found):
                break
        span = self.span(first) if self.at > first else self.span(max(first - 1, 0))
        return RoutineOptions(span, **found)  # type: ignore[arg-type]

    def _option(self, found: dict[str, object]) -> bool:
        word = self.words[self.at]
        self.at += 1
        if word == "AUTHID":
            if self.words[self.at] not in ("DEFINER", "CURRENT_USER"):
                self.fail("definer", "current_user")
            found["authid"] = self.words[self.at]
            self.at += 1
        elif word == "ACCESSIBLE":
            self.expect("BY")
            found["accessible_by"] = self._accessors()
        elif word == "DETERMINISTIC":
            found["deterministic"] = True
        elif word == "PIPELINED":
            found["pipelined"] = True
            if self.take("USING"):
                found["pipelined_using"] = self.name()
        elif word == "PARALLEL_ENABLE":
            found["parallel_enable"] = True
            if self.words[self.at] == "(":
                self._skip_parentheses()
        elif word == "RESULT_CACHE":
            found["result_cache"] = True
            if self.take("RELIES_ON"):
                self.expect("(")
                names = [self.name()]
                while self.take(","):
                    names.append(self.name())
                self.expect(")")
                found["relies_on"] = tuple(names)
        elif word == "AGGREGATE":
            self.expect("USING")
            found["aggregate_using"] = self.name()
        elif word == "SQL_MACRO":
            found["sql_macro"] = True
            if self.words[self.at] == "(":
                self._skip_parentheses()
        elif word == "DEFAULT" and self.words[self.at] == "COLLATION":
            self.at += 1
            found["default_collation"] = self.name_part().folded
        elif word == "SHARING":
            self.expect("=")
            found["sharing"] = self.name_part().folded
        else:
            self.at -= 1
            return False
        return True

    def _accessors(self) -> tuple[Accessor, ...]:
        self.expect("(")
        found: list[Accessor] = []
        while True:
            first = self.at
            kind = None
            if self.words[first] in _UNIT_KINDS and self.words[first + 1] not in (",", ")", "."):
                kind = self.words[first]
                self.at += 1
            name = self.name()
            found.append(Accessor(self.span(first), kind, name))
            if not self.take(","):
                break
        self.expect(")")
        return tuple(found)

    def subprogram_body(self, spec: SubprogramSpec) -> SubprogramBody:
        """From IS or AS to the semicolon after END; a call specification has no block."""
        first = self.at
        options = spec.options
        if self.words[first] not in ("IS", "AS"):
            if (options.aggregate_using or options.pipelined_using) and self.take(";"):
                return SubprogramBody(self.span(first), None, "USING")
            self.fail(";", "is", "with", "authid", "as", "cluster", "order", "using", "external")
        self.at += 1
        word = self.words[self.at]
        if word == "EXTERNAL" or (word == "LANGUAGE" and self.is_name(self.at + 1)):
            language = "EXTERNAL" if word == "EXTERNAL" else self.words[self.at + 1]
            while not self.take(";"):
                if self.words[self.at] == "\0end":
                    self.fail(";")
                self.at += 1
            return SubprogramBody(self.span(first), None, language)
        block = self.block((), self.at, declare=False, name=spec.name)
        self.expect(";")
        return SubprogramBody(self.span(first), block)
