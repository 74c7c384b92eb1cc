"""Rules about what runs inside other people's statements: triggers on tables of another schema.

A trigger that is invalid fails the statement that fires it (ORA-04098, PL/SQL Language Reference,
"Trigger Compilation, Invalidation, and Recompilation"), before any handler of its own could run.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch

from devkit.oracle.plsql.nodes import (
    Block,
    CompoundBody,
    ExecuteImmediate,
    Raise,
    RowTypeOf,
    SqlStatement,
    StringLiteral,
    TriggerUnit,
    TypeOf,
)
from devkit.oracle.plsql.tokens import Kind, Token
from devkit.tools.plsqlcheck.model import Parsed, Place, Project, Report, SourceFile, rule


def _is_foreign(parsed: Parsed) -> bool:
    """A trigger on a table that is named with its owner."""
    tree = parsed.tree
    return isinstance(tree, TriggerUnit) and tree.table is not None and len(tree.table.folded) > 1


@rule("independent", "capture")
def independent(file: SourceFile, project: Project) -> Report:
    """A trigger on a table of another schema, and a unit listed as independent, names no other unit,
    no SQL and no type of a column: nothing can make it invalid but its own table.

    Bad::

        -- file: plsql/core/p.pks
        create or replace package p authid definer is
        end p;
        /
        -- file: plsql/core/t_trg.trg
        create or replace trigger t_trg after insert on erp.t begin
           p.note;
        exception
           when others then
              null;
        end t_trg;
        /

    Good::

        -- file: plsql/core/p.pks
        create or replace package p authid definer is
        end p;
        /
        -- file: plsql/core/t_trg.trg
        create or replace trigger t_trg after insert on erp.t begin
           execute immediate 'begin p.note; end;';
        exception
           when others then
              null;
        end t_trg;
        /
    """
    listed = any(fnmatch(file.path, pattern) for pattern in project.config.independent)
    for parsed in file.parsed:
        if not (listed or _is_foreign(parsed)) or isinstance(parsed.tree, Block):
            continue
        for node in parsed.walk():
            if isinstance(node, TypeOf | RowTypeOf):
                yield parsed.place(node), "a type of a column or row"
            elif isinstance(node, SqlStatement):
                yield parsed.place(node), "static SQL"
        own = parsed.tree.name.parts[-1].folded.lower()
        for token, before in _words(parsed):
            name = token.value.lower()
            if before in (".", ":") or name == own:
                continue
            if project.layer_of(name) is not None or name == "sys":
                yield parsed.place(token), f"{name} is another unit: call it by a dynamic block"


def _words(parsed: Parsed) -> list[tuple[Token, str]]:
    """The identifiers of a unit, each with the token before it."""
    assert not isinstance(parsed.tree, Block)
    live = [t for t in parsed.tree.all_tokens if t.kind not in (Kind.SPACE, Kind.COMMENT)]
    return [
        (token, live[at - 1].value if at else "")
        for at, token in enumerate(live)
        if token.kind is Kind.IDENT
    ]


@rule("trigger-handler", "capture")
def trigger_handler(file: SourceFile, project: Project) -> Report:
    """Each section of a trigger on a table of another schema handles every error and raises none.

    Bad::

        -- file: plsql/core/t_trg.trg
        create or replace trigger t_trg after insert on erp.t begin
           execute immediate 'begin p.note; end;';
        end t_trg;
        /

    Good::

        -- file: plsql/core/t_trg.trg
        create or replace trigger t_trg after insert on erp.t begin
           execute immediate 'begin p.note; end;';
        exception
           when others then
              null;
        end t_trg;
        /
    """
    for parsed in file.parsed:
        if not _is_foreign(parsed):
            continue
        assert isinstance(parsed.tree, TriggerUnit)
        body = parsed.tree.body
        blocks = (
            [section.block for section in body.sections]
            if isinstance(body, CompoundBody)
            else [body]
        )
        for block in blocks:
            handlers = block.handlers if isinstance(block, Block) else ()
            if not any(handler.others for handler in handlers):
                yield parsed.place(block), "a section without when others"
            for handler in handlers:
                for node in handler.walk():
                    if isinstance(node, Raise):
                        yield parsed.place(node), "a handler of a section raises"


@rule("dynamic-text", "P11")
def dynamic_text(file: SourceFile, project: Project) -> Report:
    """The text of dynamic SQL is one literal: values are bound, nothing is put into the text.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_name in varchar2) is
           begin
              execute immediate 'begin ' || in_name || '; end;';
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_name in varchar2) is
           begin
              execute immediate 'begin q.run(in_name => :1); end;' using in_name;
           end run;
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, ExecuteImmediate) and not isinstance(node.sql, StringLiteral):
                yield parsed.place(node), "the text is not a literal"


@rule("collection-size", "P11")
def collection_size(file: SourceFile, project: Project) -> Report:
    """A query over a collection says how large it is: unhinted, the optimizer guesses 8,168 rows
    (Database Reference, the default of a table function) and may read whole tables for one key.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_ids in crm_ids_ct) is
              l_rows pls_integer;
           begin
              select count(*) into l_rows from t where t.id in (select i.column_value from table(in_ids) i);
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_ids in crm_ids_ct) is
              l_rows pls_integer;
           begin
              select count(*)
                into l_rows
                from t
               where t.id in (select /*+ cardinality(i 100) */ i.column_value from table(in_ids) i);
           end run;
        end p;
        /
    """
    if file.is_test:
        return
    tokens = [t for t in file.tokens if t.kind is not Kind.SPACE]
    # the block that encloses each place: parentheses end a query block, UNION begins another
    hints: list[bool] = [False]
    for at, token in enumerate(tokens):
        if token.kind is Kind.COMMENT:
            before = tokens[at - 1].value.upper() if at else ""
            if before == "SELECT" and re.match(r"/\*\+.*\b(cardinality|leading)\(", token.text):
                hints[-1] = True
        elif token.value == "(":
            hints.append(False)
        elif token.value == ")":
            if len(hints) > 1:
                hints.pop()
        elif token.value == ";":
            hints = [False]
        elif token.value.upper() == "SELECT":
            hints[-1] = False
        elif (
            token.value.upper() == "TABLE"
            and at + 1 < len(tokens)
            and tokens[at + 1].value == "("
            and tokens[at - 1].value.upper() in ("FROM", ",", "JOIN")
            and not hints[-1]
        ):
            yield (
                Place(token.line, token.column),
                "select /*+ cardinality(alias rows) */ is missing",
            )
