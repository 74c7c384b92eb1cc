"""Stored units: CREATE and what follows, from packages to compound triggers."""

from __future__ import annotations

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql.nodes import (
    Block,
    CallStatement,
    CompoundBody,
    Declaration,
    Expr,
    FieldDeclaration,
    Method,
    Name,
    NamePart,
    ObjectSpec,
    PackageBody,
    PackageSpec,
    PragmaDeclaration,
    SubprogramBody,
    SubprogramDefinition,
    SubprogramUnit,
    TimingSection,
    TriggerEvent,
    TriggerUnit,
    TypeBodyUnit,
    TypeSpec,
    TypeUnit,
    Unit,
    UnitHeader,
)
from devkit.oracle.plsql.parser_base import encountered
from devkit.oracle.plsql.parser_declarations import DeclarationParser
from devkit.oracle.plsql.parser_headers import HeaderParser, TriggerHead
from devkit.oracle.plsql.tokens import Token

_MODIFIERS = ("FINAL", "INSTANTIABLE", "OVERRIDING")
_TIMING_POINTS = (
    ("BEFORE", "STATEMENT"),
    ("BEFORE", "EACH", "ROW"),
    ("AFTER", "EACH", "ROW"),
    ("AFTER", "STATEMENT"),
    ("INSTEAD", "OF", "EACH", "ROW"),
)


class UnitParser(DeclarationParser, HeaderParser):
    # ---------------------------------------------------------------- entry points

    def unit(self) -> Unit:
        """One CREATE statement (or stored source, which starts at the kind word)."""
        header, name = self.header()
        if self.words[self.at] == "WRAPPED":
            raise unsupported("wrapped PL/SQL source")
        parse = {
            "PACKAGE": self._package,
            "PACKAGE BODY": self._package_body,
            "PROCEDURE": self._subprogram_unit,
            "FUNCTION": self._subprogram_unit,
            "TYPE": self._type_unit,
            "TYPE BODY": self._type_body,
            "TRIGGER": self._trigger,
        }.get(header.kind)
        if parse is None:
            self.fail("function", "package", "procedure", "trigger", "type")
        unit = parse(header, name)
        self.finish()
        return unit

    def finish(self) -> None:
        """Nothing may follow: a ``/`` is a script's business, and an error here as in Oracle."""
        if self.words[self.at] != "\0end":
            self.fail("<end-of-file>")

    def _all(self) -> tuple[Token, ...]:
        return tuple(self.all_tokens)

    # ---------------------------------------------------------------- packages, routines

    def _package(self, header: UnitHeader, name: Name) -> Unit:
        options = self.routine_options("PACKAGE")
        self._expect_is()
        declarations = self.declarations()
        for item in declarations:
            if isinstance(item, SubprogramDefinition):
                raise self.error(
                    f"PLS-00304: cannot compile body of '{name.parts[-1].folded}' without its "
                    "specification",
                    self.all_tokens[item.body.span.first],
                )
        self.expect("END")
        end_name = self.end_name(name.parts[-1])
        self.expect(";")
        return PackageSpec(
            self.span(0), header, name, self.source, self._all(), options, declarations, end_name
        )

    def _package_body(self, header: UnitHeader, name: Name) -> Unit:
        self.routine_options("PACKAGE BODY")
        self._expect_is()
        declarations = self.declarations()
        initialization = None
        if self.words[self.at] == "BEGIN":
            first = self.at
            initialization = self.block(name=name.parts[-1])
            end_name = initialization.end_name
            self.at = max(self.at, first)
        else:
            self.expect("END")
            end_name = self.end_name(name.parts[-1])
        self.expect(";")
        return PackageBody(
            self.span(0),
            header,
            name,
            self.source,
            self._all(),
            declarations,
            initialization,
            end_name,
        )

    def _expect_is(self) -> None:
        if self.words[self.at] not in ("IS", "AS"):
            self.fail("is", "as", "authid", "accessible")
        self.at += 1

    def _subprogram_unit(self, header: UnitHeader, name: Name) -> Unit:
        first = self.at - 1
        self.kind_of_unit = header.kind
        spec = self.subprogram_spec(name.parts[-1])
        body = self.subprogram_body(spec)
        definition = SubprogramDefinition(self.span(first), spec, body)
        return SubprogramUnit(self.span(0), header, name, self.source, self._all(), definition)

    # ---------------------------------------------------------------- object types

    def _type_unit(self, header: UnitHeader, name: Name) -> Unit:
        self.take("FORCE")
        if self.words[self.at] == "OID":
            raise unsupported("CREATE TYPE with OID")
        options = self.routine_options("TYPE")
        spec: TypeSpec | None = None
        if self.take("IS") or self.take("AS"):
            spec = self._object(self.at) if self.take("OBJECT") else self.type_spec()
        elif self.words[self.at] == "UNDER":
            spec = self._object(self.at)
        elif self.words[self.at] not in (";", "\0end"):
            self.fail("is", "as", "under", "authid", ";")
        self.take(";")
        return TypeUnit(self.span(0), header, name, self.source, self._all(), options, spec)

    def _object(self, first: int) -> ObjectSpec:
        under = self.name() if self.take("UNDER") else None
        attributes: list[FieldDeclaration] = []
        methods: list[Method] = []
        pragmas: list[PragmaDeclaration] = []
        if self.take("("):
            while True:
                if self._at_method():
                    methods.append(self._method(with_body=False))
                elif self.words[self.at] == "PRAGMA":
                    pragmas.append(self._object_pragma())
                else:
                    attributes.append(self.field())
                if not self.take(","):
                    break
            self.expect(")")
        final = instantiable = None
        while self.words[self.at] in ("NOT", "FINAL", "INSTANTIABLE"):
            positive = not self.take("NOT")
            if self.take("FINAL"):
                final = positive
            else:
                self.expect("INSTANTIABLE")
                instantiable = positive
        return ObjectSpec(
            self.span(first),
            under,
            tuple(attributes),
            tuple(methods),
            tuple(pragmas),
            final,
            instantiable,
        )

    def _object_pragma(self) -> PragmaDeclaration:
        first = self.at
        self.at += 1
        name = self.name_part().folded
        args = self._pragma_arguments()
        return PragmaDeclaration(self.span(first), name, args)

    def _at_method(self) -> bool:
        word = self.words[self.at]
        following = self.words[self.at + 1]
        if word in ("MEMBER", "STATIC", "CONSTRUCTOR"):
            return following in ("FUNCTION", "PROCEDURE")
        if word in ("MAP", "ORDER"):
            return following == "MEMBER"
        if word == "NOT" or word in _MODIFIERS:
            return following in (*_MODIFIERS, "NOT", "MEMBER", "STATIC", "CONSTRUCTOR", "MAP")
        return False

    def _method(self, *, with_body: bool) -> Method:
        first = self.at
        overriding = False
        final = instantiable = None
        while self.words[self.at] == "NOT" or self.words[self.at] in _MODIFIERS:
            positive = not self.take("NOT")
            if self.take("OVERRIDING"):
                overriding = positive
            elif self.take("FINAL"):
                final = positive
            else:
                self.expect("INSTANTIABLE")
                instantiable = positive
        kind = self.words[self.at]
        if kind not in ("MEMBER", "STATIC", "CONSTRUCTOR", "MAP", "ORDER"):
            self.fail("member", "static", "constructor", "map", "order", "end")
        self.at += 1
        if kind in ("MAP", "ORDER"):
            self.expect("MEMBER")
        spec = self.subprogram_spec()
        body: SubprogramBody | None = None
        if with_body:
            body = self.subprogram_body(spec)
        elif self.words[self.at] in ("IS", "AS"):  # a call specification inside the type
            while self.words[self.at] not in (",", ")", "\0end"):
                self.at += 1
            body = SubprogramBody(self.span(first), None, "EXTERNAL")
        return Method(self.span(first), kind, spec, body, overriding, final, instantiable)

    def _type_body(self, header: UnitHeader, name: Name) -> Unit:
        self._expect_is()
        methods: list[Method] = []
        while self.words[self.at] != "END":
            methods.append(self._method(with_body=True))
        self.expect("END")
        end_name = self.end_name(name.parts[-1])
        self.expect(";")
        return TypeBodyUnit(
            self.span(0), header, name, self.source, self._all(), tuple(methods), end_name
        )

    # ---------------------------------------------------------------- triggers

    def _trigger(self, header: UnitHeader, name: Name) -> Unit:
        head = self.trigger_head()
        when: Expr | None = None
        if self.take("WHEN"):
            self.expect("(")
            when = self.expression()
            self.expect(")")
        body: Block | CompoundBody | CallStatement
        if head.timing == "COMPOUND":
            body = self._compound(name.parts[-1])
        elif self.words[self.at] == "CALL":
            first = self.at
            self.at += 1
            target = self.target()
            body = CallStatement(self.span(first), target)
            self.take(";")
        elif self.words[self.at] in ("DECLARE", "BEGIN", "<<"):
            labels: tuple[NamePart, ...] = ()
            while self.take("<<"):
                labels += (self.name_part(),)
                self.expect(">>")
            body = self.block(labels, name=labels[-1] if labels else name.parts[-1])
            self.expect(";")
        else:
            self.fail("begin", "call", "compound", "declare", "when")
        return self._trigger_unit(header, name, head, when, body)

    def _trigger_unit(
        self,
        header: UnitHeader,
        name: Name,
        head: TriggerHead,
        when: Expr | None,
        body: Block | CompoundBody | CallStatement,
    ) -> TriggerUnit:
        events = tuple(TriggerEvent(e.span, e.kind, e.columns) for e in head.events)
        return TriggerUnit(
            self.span(0),
            header,
            name,
            self.source,
            self._all(),
            head.timing,
            events,
            head.table,
            head.base,
            head.for_each_row,
            when,
            head.follows,
            head.precedes,
            head.enabled,
            body,
            head.old,
            head.new,
            head.parent,
            head.nested_column,
        )

    def _compound(self, name: NamePart) -> CompoundBody:
        first = self.at
        if not self.take_all("COMPOUND", "TRIGGER"):
            self.fail("compound")
        declarations: tuple[Declaration, ...] = self.declarations()
        sections: list[TimingSection] = []
        while self.words[self.at] != "END":
            sections.append(self._section())
        if not sections:
            self.fail("before", "after", "instead")
        self.at += 1
        end_name = self.end_name(name)
        self.expect(";")
        return CompoundBody(self.span(first), declarations, tuple(sections), end_name)

    def _section(self) -> TimingSection:
        first = self.at
        timing = self._timing_point()
        self._expect_is()
        start = self.at
        declarations = self.declarations()
        begin = self.token.seq
        self.expect("BEGIN")
        statements = self.statements()
        handlers = self.handlers()
        self.expect("END")
        block = Block(self.span(start), declarations, statements, handlers, None, begin)
        place = self.token
        if self._timing_point() != timing:
            raise encountered(place, (timing.lower(),))
        self.expect(";")
        return TimingSection(self.span(first), timing, block)

    def _timing_point(self) -> str:
        for words in _TIMING_POINTS:
            if self.take_all(*words):
                return "INSTEAD OF" if words[0] == "INSTEAD" else " ".join(words)
        return self.fail("before", "after", "instead", "end")
