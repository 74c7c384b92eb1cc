"""Rules about specifications and the shape of units: rights, documentation, ends, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devkit.oracle.plsql.nodes import (
    Block,
    CompoundBody,
    ForCursor,
    ForQuery,
    ForRange,
    Loop,
    NamedType,
    Node,
    ObjectSpec,
    PackageBody,
    PackageSpec,
    PragmaDeclaration,
    Span,
    SubprogramDeclaration,
    SubprogramDefinition,
    SubprogramSpec,
    SubprogramUnit,
    TypeUnit,
    VariableDeclaration,
    While,
)
from devkit.oracle.plsql.tokens import Kind, Token
from devkit.tools.plsqlcheck.model import Parsed, Place, Project, Report, SourceFile, rule

_PREFIX = {"IN": "in_", "OUT": "out_", "IN OUT": "io_"}
_PARAM = re.compile(r"@param\s+(\w+)")


@rule("authid", "P6")
def authid(file: SourceFile, project: Project) -> Report:
    """Whose rights a unit runs with is always written.

    Bad::

        -- file: plsql/core/p.pks
        create or replace package p is
        end p;
        /

    Good::

        -- file: plsql/core/p.pks
        create or replace package p
           authid definer
        is
        end p;
        /
    """
    for parsed in file.parsed:
        tree = parsed.tree
        if isinstance(tree, PackageSpec):
            options = tree.options
        elif isinstance(tree, SubprogramUnit):
            options = tree.definition.spec.options
        elif isinstance(tree, TypeUnit) and isinstance(tree.spec, ObjectSpec):
            options = tree.options
        else:
            continue
        if options.authid is None:
            yield parsed.place(tree.name), "authid is not written"


@rule("accessible-by", "P6")
def accessible_by(file: SourceFile, project: Project) -> Report:
    """A package says who may call it, unless its layer is for everybody.

    Bad::

        -- file: plsql/outbox/p.pks
        create or replace package p authid definer is
        end p;
        /

    Good::

        -- file: plsql/outbox/p.pks
        create or replace package p
           authid definer
           accessible by (package q)
        is
        end p;
        /
    """
    for parsed in file.parsed:
        tree = parsed.tree
        if isinstance(tree, PackageSpec) and tree.options.accessible_by is None:
            yield parsed.place(tree.name), "accessible by (…) is missing"


@rule("idle-accessor", "P6")
def idle_accessor(file: SourceFile, project: Project) -> Report:
    """Every unit that ACCESSIBLE BY names is a caller; the others could not be told from those that are.

    Bad::

        -- file: plsql/outbox/p.pks
        create or replace package p
           authid definer
           accessible by (package q)
        is
           procedure run;
        end p;
        /
        -- file: plsql/outbox/q.pkb
        create or replace package body q is
        end q;
        /

    Good::

        -- file: plsql/outbox/p.pks
        create or replace package p
           authid definer
           accessible by (package q)
        is
           procedure run;
        end p;
        /
        -- file: plsql/outbox/q.pkb
        create or replace package body q is
        begin
           p.run;
        end q;
        /
    """
    for parsed in file.parsed:
        tree = parsed.tree
        if not isinstance(tree, PackageSpec):
            continue
        package = tree.name.parts[-1].folded.lower()
        for accessor in tree.options.accessible_by or ():
            name = accessor.name.parts[-1].folded.lower()
            words = project.words_of(name)
            if words is None and project.has_tests:
                yield parsed.place(accessor.name), f"there is no {name}"
            elif words is not None and package not in words:
                yield parsed.place(accessor.name), f"{name} does not use {package}"


# Less than this is a getter or a constant under a name: nothing to keep in step.
_COPY_TOKENS = 30


@rule("copied-routine", "P5")
def copied_routine(file: SourceFile, project: Project) -> Report:
    """A routine exists once: a copy in another body is mended in one of them only.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           function value_of(in_key in varchar2, in_default in varchar2) return varchar2 is
           begin
              return case when g_known.exists(in_key) then g_known(in_key) else in_default end;
           end value_of;
        end p;
        /
        -- file: plsql/core/q.pkb
        create or replace package body q is
           function value_of(in_key in varchar2, in_default in varchar2) return varchar2 is
           begin
              return case when g_known.exists(in_key) then g_known(in_key) else in_default end;
           end value_of;
        end q;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           function value_of(in_key in varchar2, in_default in varchar2) return varchar2 is
           begin
              return case when g_known.exists(in_key) then g_known(in_key) else in_default end;
           end value_of;
        end p;
        /
        -- file: plsql/core/q.pkb
        create or replace package body q is
           function value_of(in_key in varchar2) return varchar2 is
           begin
              return p.value_of(in_key => in_key, in_default => null);
           end value_of;
        end q;
        /
    """
    if file.is_test:
        return
    if not project.routines:
        for other in project.files:
            if not other.is_test:
                for _, _, text in _routines(other):
                    project.routines.setdefault(text, set()).add(other.name)
    for parsed, unit, text in _routines(file):
        others = sorted(project.routines[text] - {file.name})
        if others:
            name = unit.spec.name.folded.lower()
            yield parsed.place(unit), f"{name} stands in {', '.join(others)} as well"


def _routines(file: SourceFile) -> Iterator[tuple[Parsed, SubprogramDefinition, str]]:
    """The routines of a body that are long enough to be a copy, each with its text."""
    for parsed in file.parsed:
        tree = parsed.tree
        if not isinstance(tree, PackageBody):
            continue
        for node in parsed.walk():
            if isinstance(node, SubprogramDefinition):
                live = [
                    token.text.lower()
                    for token in tree.all_tokens[node.span.first : node.span.last + 1]
                    if token.kind not in (Kind.SPACE, Kind.COMMENT)
                ]
                if len(live) >= _COPY_TOKENS:
                    yield parsed, node, " ".join(live)


def _comment_before(parsed: Parsed, seq: int) -> Token | None:
    """The comment that ends right before token ``seq``, with nothing but space between."""
    tokens = parsed.tree.all_tokens if not isinstance(parsed.tree, Block) else ()
    at = seq - 1
    while at >= 0 and tokens[at].kind is Kind.SPACE:
        at -= 1
    return tokens[at] if at >= 0 and tokens[at].kind is Kind.COMMENT else None


@rule("documented", "P7")
def documented(file: SourceFile, project: Project) -> Report:
    """A package says what it is for, what it Owns and what it Commits; each public routine has a
    comment of its own.

    Bad::

        -- file: plsql/outbox/p.pks
        create or replace package p authid definer accessible by (package q) is
           procedure run;
        end p;
        /

    Good::

        -- file: plsql/outbox/p.pks
        create or replace package p
           authid definer
           accessible by (package q)
        is
           /**
           Runs.

           Owns:    nothing
           Commits: never
           */

           /** Runs once. */
           procedure run;
        end p;
        /
    """
    if file.is_test:
        return
    for parsed in file.parsed:
        tree = parsed.tree
        if isinstance(tree, PackageSpec):
            doc = _package_doc(tree)
            if doc is None:
                yield parsed.place(tree.name), "the package has no /** … */ after is"
            else:
                for word in ("Owns:", "Commits:"):
                    if word not in doc.text:
                        yield parsed.place(doc), f"the package's comment lacks {word}"
            yield from _routines_documented(parsed, tree, doc)
        elif isinstance(tree, SubprogramUnit) and not any(
            t.kind is Kind.COMMENT and t.text.startswith("/**") for t in tree.all_tokens
        ):
            yield parsed.place(tree.name), "the routine has no /** … */"


def _package_doc(tree: PackageSpec) -> Token | None:
    """The first comment after IS (or right before CREATE's end), if it is documentation."""
    after_is = False
    for token in tree.all_tokens:
        if token.kind is Kind.IDENT:
            if after_is:
                return None
            if token.value in ("IS", "AS"):
                after_is = True
        elif token.kind is Kind.COMMENT and after_is:
            return token if token.text.startswith("/**") else None
    return None


def _routines_documented(parsed: Parsed, tree: PackageSpec, doc: Token | None) -> Report:
    for item in tree.declarations:
        if not isinstance(item, SubprogramDeclaration):
            continue
        comment = _comment_before(parsed, item.span.first)
        if comment is None or not comment.text.startswith("/**") or comment is doc:
            yield parsed.place(item), f"{item.spec.name.folded.lower()} has no /** … */ before it"
            continue
        names = {p.name.folded.lower() for p in item.spec.parameters}
        for name in _PARAM.findall(comment.text):
            if name.lower() not in names:
                yield (
                    parsed.place(comment),
                    f"@param {name}: {item.spec.name.folded.lower()} has no such parameter",
                )


@rule("public-variable", "P8")
def public_variable(file: SourceFile, project: Project) -> Report:
    """A specification declares no variable: state that anybody can change belongs to nobody.

    Bad::

        -- file: plsql/core/p.pks
        create or replace package p authid definer is
           g_count pls_integer;
        end p;
        /

    Good::

        -- file: plsql/core/p.pks
        create or replace package p authid definer is
           co_count constant pls_integer := 1;
        end p;
        /
    """
    for parsed in file.parsed:
        if isinstance(parsed.tree, PackageSpec):
            for item in parsed.tree.declarations:
                if isinstance(item, VariableDeclaration) and not item.constant:
                    yield parsed.place(item), f"public variable {item.name.folded.lower()}"


@rule("named-end", "P9")
def named_end(file: SourceFile, project: Project) -> Report:
    """The end of a package or routine repeats its name; the end of a loop repeats its label.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run is
           begin
              null;
           end;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run is
           begin
              <<tries>>
              for i in 1 .. 3 loop
                 null;
              end loop tries;
           end run;
        end p;
        /
    """
    for parsed in file.parsed:
        tree = parsed.tree
        if isinstance(tree, PackageSpec | PackageBody) and tree.end_name is None:
            yield _end(parsed, tree.span), f"end {tree.name.parts[-1].folded.lower()};"
        for node in parsed.walk():
            if isinstance(node, SubprogramDefinition) and node.body.block is not None:
                if node.body.block.end_name is None:
                    yield (
                        _end(parsed, node.body.block.span),
                        f"end {node.spec.name.folded.lower()};",
                    )
            elif isinstance(node, CompoundBody) and node.end_name is None:
                yield _end(parsed, node.span), "the end of the trigger is not named"
            elif isinstance(node, Loop | While | ForRange | ForCursor | ForQuery):
                if not node.labels:
                    yield parsed.place(node), "the loop has no label"
                elif node.end_name is None:
                    label = node.labels[-1].folded.lower()
                    yield _end(parsed, node.span), f"end loop {label};"


def _end(parsed: Parsed, span: Span) -> Place:
    """The last END of a node, near enough: the line of its last token."""
    tree = parsed.tree
    if isinstance(tree, Block):
        return Place(parsed.item.line + span.line - 1, span.column)
    token = tree.all_tokens[span.last]
    return Place(parsed.item.line + token.line - 1, token.column)


@rule("parameter-name", "names")
def parameter_name(file: SourceFile, project: Project) -> Report:
    """A parameter's name begins with its mode: in_, out_ or io_.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(a in number) is
           begin
              null;
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_a in number) is
           begin
              null;
           end run;
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, SubprogramSpec):
                yield from _parameters(parsed, node)


def _parameters(parsed: Parsed, spec: SubprogramSpec) -> Report:
    for parameter in spec.parameters:
        name = parameter.name.folded.lower()
        if name != "self" and not name.startswith(_PREFIX[parameter.mode]):
            yield (
                parsed.place(parameter),
                f"{name} is {parameter.mode.lower()}: {_PREFIX[parameter.mode]}{name}",
            )


@rule("character-length", "P10")
def character_length(file: SourceFile, project: Project) -> Report:
    """Lengths count characters, not bytes: accents are the rule here.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           g_name varchar2(30);
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           g_name varchar2(30 char);
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if _counts_bytes(node):
                yield parsed.place(node), "the length has no unit: (n char)"


def _counts_bytes(node: Node) -> bool:
    return (
        isinstance(node, NamedType)
        and node.name.text in ("VARCHAR2", "CHAR", "VARCHAR")
        and bool(node.args)
        and node.unit is None
    )


def pragmas(parsed: Parsed, name: str) -> Iterator[PragmaDeclaration]:
    """The pragmas of that name anywhere in a unit."""
    for node in parsed.walk():
        if isinstance(node, PragmaDeclaration) and node.name == name:
            yield node
