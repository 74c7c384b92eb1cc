"""Rules about files: names, terminators, layout, migrations, layers."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from devkit.oracle.plsql.nodes import PackageSpec
from devkit.oracle.plsql.parser import unit_header
from devkit.oracle.plsql.tokens import Kind
from devkit.oracle.sql.script import ItemKind, ScriptItem
from devkit.tools.plsqlcheck.model import SUFFIXES, Place, Project, Report, SourceFile, rule

_CREATE = re.compile(
    r"create\s+(or\s+replace\s+)?(?:(?:no)?force\s+)?(?:(?:non)?editionable\s+)?"
    r"(?:(?:global|private)\s+temporary\s+|public\s+|unique\s+|materialized\s+)?"
    r'(\w+)\s+(?:if\s+not\s+exists\s+)?(?:"?\w+"?\.)?"?([\w$#]+)"?',
    re.IGNORECASE,
)
_RUN_ONCE = frozenset(["TABLE", "INDEX", "SEQUENCE"])
_REPEATABLE = frozenset(["PACKAGE", "PROCEDURE", "FUNCTION", "TRIGGER", "TYPE", "VIEW"])
_MIGRATION_NAME = re.compile(r"V\d{4}__[a-z]+_[a-z0-9_]+\.sql")
_UNDO_NAME = re.compile(r"U\d{4}__[a-z]+_[a-z0-9_]+\.sql")
_HEADER_FIELDS = ("Why", "Breaks", "Undo")


def _object_of(item: ScriptItem) -> tuple[str, str, bool] | None:
    """Kind, name (upper case) and OR REPLACE of what an item creates."""
    if item.kind is ItemKind.PLSQL:
        header = unit_header(item.text)
        return None if header.kind == "BLOCK" else (header.kind, header.name, header.or_replace)
    found = _CREATE.match(item.text)
    if found is None:
        return None
    return found.group(2).upper(), found.group(3).upper(), found.group(1) is not None


@rule("file-name", "P1")
def file_name(file: SourceFile, project: Project) -> Report:
    """One object a file; the file is named like the object, its suffix says the kind.

    Bad::

        -- file: plsql/core/helpers.pks
        create or replace package crm_log authid definer is
        end crm_log;
        /

    Good::

        -- file: plsql/core/crm_log.pks
        create or replace package crm_log authid definer is
        end crm_log;
        /
    """
    if not file.is_object or file.broken:
        return
    path = PurePosixPath(file.path)
    kind = SUFFIXES.get(path.suffix)
    if kind is None:
        yield Place(1), f"{path.suffix} is not the suffix of an object file"
        return
    made = [(item, _object_of(item)) for item in file.items if item.kind is not ItemKind.COMMAND]
    main = [m for m in made if m[1] is not None]
    if len(main) != 1:
        yield Place(1), f"one object a file, this one creates {len(main)}"
        return
    item, created = main[0]
    assert created is not None
    if created[0] != kind:
        yield Place(item.line), f"{path.suffix} is for a {kind.lower()}, not a {created[0].lower()}"
    if created[1].lower() != path.stem:
        yield Place(item.line), f"the file of {created[1].lower()} is named {path.stem}"
    if project.config.layers and not file.is_test and project.config.layer(file.path) is None:
        yield Place(1), f"folder {path.parent.name} is not a layer"


@rule("terminator", "P2")
def terminator(file: SourceFile, project: Project) -> Report:
    """Every statement ends with a slash alone on a line, so that each tool splits the file alike.

    Bad::

        -- file: migrations/V0001__create_a.sql
        -- Why: a. Breaks: no. Undo: drop table a
        create table a (id number);

    Good::

        -- file: migrations/V0001__create_a.sql
        create table a (id number)
        /
    """
    if file.is_script:
        return
    lines = file.lines
    for item in file.items:
        if item.kind is not ItemKind.SQL:
            continue
        last = item.line + item.text.count("\n")
        rest = lines[last - 1]
        following = next((line for line in lines[last:] if line.strip()), "")
        if rest.rstrip().endswith(";") or following.strip() != "/":
            yield Place(last), "the statement does not end with / alone on a line"


@rule("client-command", "P2")
def client_command(file: SourceFile, project: Project) -> Report:
    """No client command and no substitution variable: the file must mean the same in every tool.

    Bad::

        -- file: plsql/core/p.vw
        set define off
        create or replace view p as select 1 id from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as select 1 id from dual
        /
    """
    if file.is_script:
        return
    for item in file.items:
        if item.kind is ItemKind.COMMAND:
            yield Place(item.line), f"client command {item.command.lower()}"
    for token in file.tokens:
        if re.search(r"&&?\w", token.text) or token.value == "&":
            yield Place(token.line, token.column), "& is a substitution variable to SQL*Plus"


@rule("tab", "P4")
def tab(file: SourceFile, project: Project) -> Report:
    """No tabs.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as
        \tselect 1 id from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
           select 1 id from dual
        /
    """
    for number, line in enumerate(file.lines, 1):
        if "\t" in line:
            yield Place(number, line.index("\t") + 1), "tab"


@rule("trailing-space", "P4")
def trailing_space(file: SourceFile, project: Project) -> Report:
    """No white space at the end of a line, and one line break at the end of the file.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as select 1 id from dual \

        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as select 1 id from dual
        /
    """
    lines = file.lines
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield Place(number, len(line.rstrip()) + 1), "white space at the end of the line"
    if lines[-1] or (len(lines) > 1 and not lines[-2].strip()):
        yield Place(len(lines)), "the file ends with one line break"


@rule("line-length", "P4")
def line_length(file: SourceFile, project: Project) -> Report:
    """No line is longer than the limit.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as select 'far too long for a line that somebody reads' a from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
           select 1 id, 2 name from dual
        /
    """
    limit = project.config.max_line_length
    for number, line in enumerate(file.lines, 1):
        if len(line) > limit:
            yield Place(number, limit + 1), f"{len(line)} columns, the limit is {limit}"


@rule("lower-case", "P4")
def lower_case(file: SourceFile, project: Project) -> Report:
    """Keywords and names are in lower case.

    Bad::

        -- file: plsql/core/p.vw
        CREATE OR REPLACE VIEW p AS select 1 id from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as select 1 id from dual
        /
    """
    for token in file.tokens:
        if token.kind in (Kind.IDENT, Kind.BIND) and token.text != token.text.lower():
            yield Place(token.line, token.column), f"{token.text} is not in lower case"


@rule("run-once", "M3")
def run_once(file: SourceFile, project: Project) -> Report:
    """Migrations create what exists once, never what can be replaced; object files the reverse.

    Bad::

        -- file: plsql/core/p.vw
        create table p (id number)
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as select 1 id from dual
        /
    """
    for item in file.items:
        created = None if item.kind is ItemKind.COMMAND or file.broken else _object_of(item)
        if created is None:
            continue
        kind = created[0].split()[0]
        if file.is_script:
            continue
        if file.is_migration:
            if created[2]:
                yield Place(item.line), "create or replace in a migration"
            elif kind in _REPEATABLE:
                yield Place(item.line), f"a {kind.lower()} belongs in an object file"
        elif kind in _RUN_ONCE:
            yield Place(item.line), f"a {kind.lower()} belongs in a migration"
        elif not created[2]:
            yield Place(item.line), "an object file says create or replace"


@rule("migration-header", "M1")
def migration_header(file: SourceFile, project: Project) -> Report:
    """A migration is named VNNNN__verb_object.sql and begins with its name, Why, Breaks and Undo.

    Its undo, in the folder undo, is named UNNNN__verb_object.sql and begins with its name, Undoes and Loses.

    Bad::

        -- file: migrations/V0001__create_a.sql
        create table a (id number)
        /

    Good::

        -- file: migrations/V0001__create_a.sql
        -- V0001__create_a
        -- Why:    the example.
        -- Breaks: no
        -- Undo:   drop table a

        create table a (id number)
        /
    """
    if not file.is_migration:
        return
    is_undo = PurePosixPath(file.path).parent.name == "undo"
    name, fields = (
        (_UNDO_NAME, ("Undoes", "Loses")) if is_undo else (_MIGRATION_NAME, _HEADER_FIELDS)
    )
    if not name.fullmatch(file.name):
        kind, letter = ("an undo", "U") if is_undo else ("a migration", "V")
        yield Place(1), f"{kind} is named {letter}NNNN__verb_object.sql"
    head = []
    for line in file.lines:
        if not line.startswith("--"):
            break
        head.append(line[2:].strip())
    if PurePosixPath(file.path).stem not in head[:2]:
        yield Place(1), "the header begins with the migration's name"
    for field in fields:
        if not any(re.match(rf"{field}:\s*\S", line) for line in head):
            yield Place(1), f"the header lacks {field}:"


@rule("layer-order", "P1")
def layer_order(file: SourceFile, project: Project) -> Report:
    """A layer calls only itself and those below it.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as select crm_top_api.version() id from dual
        /
        -- file: plsql/api/crm_top_api.pks
        create or replace package crm_top_api authid definer is
        end crm_top_api;
        /

    Good::

        -- file: plsql/api/p.vw
        create or replace view p as select crm_low.version() id from dual
        /
        -- file: plsql/core/crm_low.pks
        create or replace package crm_low authid definer is
        end crm_low;
        /
    """
    own = project.config.layer(file.path)
    if own is None or file.is_test or file.is_migration:
        return
    skipped: set[int] = set()
    for parsed in file.parsed:
        if isinstance(parsed.tree, PackageSpec) and parsed.tree.options.accessible_by:
            for accessor in parsed.tree.options.accessible_by:
                skipped.add(parsed.item.line + accessor.name.line - 1)
    for token in file.live:
        if token.kind is not Kind.IDENT or token.line in skipped:
            continue
        layer = project.layer_of(token.text.lower())
        if layer is not None and layer[0] > own[0]:
            yield (
                Place(token.line, token.column),
                f"{own[1]} is below {layer[1]} and must not use {token.text}",
            )


@rule("forbidden-word", "F13")
def forbidden_word(file: SourceFile, project: Project) -> Report:
    """Test data and tenants' data are configuration; the words named there must not be in the code.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as select 'FORBIDDEN_SAMPLE' id from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as select name id from crm_settings
        /
    """
    if file.is_test:
        return
    words = project.config.forbidden_words
    if not words:
        return
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in words), re.IGNORECASE)
    for number, line in enumerate(file.lines, 1):
        found = pattern.search(line)
        if found:
            yield Place(number, found.start() + 1), f"{found.group()} is test or tenant data"
