"""Rules about what Oracle refuses or does otherwise than a reader expects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.nodes import (
    Apply,
    BooleanLiteral,
    CursorDeclaration,
    DateLiteral,
    Expr,
    IntervalLiteral,
    NullLiteral,
    NumberLiteral,
    PackageBody,
    PackageSpec,
    SqlStatement,
    StringLiteral,
    TimestampLiteral,
    UnaryOp,
    VariableDeclaration,
)
from devkit.oracle.plsql.tokens import Kind, Token
from devkit.oracle.sql.script import ItemKind, ScriptItem
from devkit.tools.plsqlcheck.model import Place, Project, Report, SourceFile, rule

Tokens = Sequence[Token]

_LITERALS = (
    BooleanLiteral,
    DateLiteral,
    IntervalLiteral,
    NullLiteral,
    NumberLiteral,
    StringLiteral,
    TimestampLiteral,
)
_TABLE = re.compile(r"(?:create|alter)\s+(?:global\s+temporary\s+)?table\b", re.IGNORECASE)
_VARIABLE = re.compile(r"(?:in|io|out|[cglrt])_\w+", re.IGNORECASE)
_NO_KEY = frozenset(["BFILE", "BLOB", "CLOB", "JSON", "LONG", "NCLOB", "XMLTYPE"])


def _words(tokens: Tokens) -> list[str]:
    return [token.text.upper() for token in tokens]


def _has(words: Sequence[str], *wanted: str) -> bool:
    size = len(wanted)
    return any(tuple(words[at : at + size]) == wanted for at in range(len(words) - size + 1))


def _inside(tokens: Tokens, opening: int) -> Tokens:
    """What stands between the parenthesis at ``opening`` and the one that closes it."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        if depth == 0:
            return tokens[opening + 1 : at]
    return tokens[opening + 1 :]


def _parts(tokens: Tokens) -> Iterator[Tokens]:
    """The parts between commas outside parentheses."""
    depth = start = 0
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield tokens[start:at]
            start = at + 1
    if tokens[start:]:
        yield tokens[start:]


# --------------------------------------------------------------------------- keys


def _definitions(item: ScriptItem) -> tuple[str, list[Tokens]] | None:
    """The table of a CREATE or ALTER TABLE, and its definitions of columns and constraints."""
    if item.kind is not ItemKind.SQL or not _TABLE.match(item.text):
        return None
    tokens = significant(tokenize(item.text))[:-1]
    words = _words(tokens)
    name = words.index("TABLE") + 1
    if words[name + 1 : name + 2] == ["."]:
        name += 2
    start = name + 1
    if start < len(words) and words[start] in ("ADD", "MODIFY"):
        start += 1
    if start >= len(tokens):
        return None
    is_list = words[start] == "("
    inside = _inside(tokens, start) if is_list else tokens[start:]
    return words[name], list(_parts(inside)) if is_list else [inside]


def _key_columns(words: Sequence[str]) -> list[str] | None:
    """The columns of a key that stands for itself; None when this is no such constraint."""
    if words[:1] not in (["CONSTRAINT"], ["PRIMARY"], ["UNIQUE"]):
        return None
    if not (_has(words, "PRIMARY", "KEY", "(") or _has(words, "UNIQUE", "(")):
        return []
    opening = words.index("(")
    return [word for word in words[opening + 1 : words.index(")", opening)] if word != ","]


def _unfit(words: Sequence[str]) -> str | None:
    """The type of a column definition when it cannot be in a key."""
    if words[1:2] == ["TIMESTAMP"] and _has(words, "WITH", "TIME", "ZONE"):
        return "timestamp with time zone"
    return words[1].lower() if len(words) > 1 and words[1] in _NO_KEY else None


def _columns_unfit(project: Project) -> dict[str, dict[str, str]]:
    """Columns that cannot be in a key, with their types, by table."""
    if project.unfit is None:
        project.unfit = {}
        for file in project.files:
            for item in file.items:
                found = _definitions(item)
                for definition in found[1] if found else ():
                    words = _words(definition)
                    kind = None if _key_columns(words) is not None else _unfit(words)
                    if found and kind:
                        project.unfit.setdefault(found[0], {})[words[0]] = kind
    return project.unfit


@rule("key-type", "M2")
def key_type(file: SourceFile, project: Project) -> Report:
    """No key on a timestamp with time zone, a LOB, LONG or JSON (ORA-02329).

    Bad::

        -- file: migrations/V0001__create_a.sql
        create table a (
           taken_on timestamp with time zone,
           constraint a_pk primary key (taken_on)
        )
        /

    Good::

        -- file: migrations/V0001__create_a.sql
        create table a (
           id       number generated always as identity,
           taken_on timestamp with time zone,
           local_on timestamp with local time zone unique,
           constraint a_pk primary key (id)
        )
        /
    """
    for item in file.items:
        found = _definitions(item)
        if found is None:
            continue
        table, definitions = found
        unfit = _columns_unfit(project).get(table, {})
        for definition in definitions:
            words = _words(definition)
            columns = _key_columns(words)
            if columns is None:
                is_key = _has(words, "PRIMARY", "KEY") or "UNIQUE" in words
                columns = words[:1] if is_key else []
            for column in columns:
                if column in unfit:
                    yield (
                        Place(item.line + definition[0].line - 1),
                        f"{column.lower()} is a {unfit[column]}, which no key may have",
                    )


# --------------------------------------------------------------------------- JSON


@rule("json-empty", "P12")
def json_empty(file: SourceFile, project: Project) -> Report:
    """ERROR ON ERROR of JSON_TABLE is also said of fields that are missing and of a row path without
    match (ORA-40462): each column says ON EMPTY, and the row path is '$'.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as
           select j.id
             from json_table('[]', '$[*]' error on error columns (id number path '$.id')) j
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
           select j.id
             from json_table('{}', '$' error on error columns (
                     id number path '$.id' null on empty, n for ordinality
                  )) j
            where not exists (
                     select 1 from json_table('[]', '$[*]' columns (a number path '$.a'))
                  )
        /
    """
    tokens = file.live
    for at, token in enumerate(tokens[:-1]):
        if token.text.upper() != "JSON_TABLE" or tokens[at + 1].text != "(":
            continue
        inside = _inside(tokens, at + 1)
        words = _words(inside)
        if "COLUMNS" not in words:
            continue
        columns = words.index("COLUMNS")
        if not _has(words[:columns], "ERROR", "ON", "ERROR"):
            continue
        if "'$'" not in words[:columns]:
            yield Place(token.line, token.column), "error on error, and the row path is not '$'"
        for part in _json_columns(inside, columns):
            yield (
                Place(part[0].line, part[0].column),
                f"{part[0].text}: error on error of the table, and no on empty",
            )


def _json_columns(tokens: Tokens, columns: int) -> Iterator[Tokens]:
    """The columns without ON EMPTY of the COLUMNS clause at ``columns``."""
    has_list = tokens[columns + 1 : columns + 2] and tokens[columns + 1].text == "("
    listed = _inside(tokens, columns + 1) if has_list else tokens[columns + 1 :]
    for part in _parts(listed):
        words = _words(part)
        if "COLUMNS" in words:
            yield from _json_columns(part, words.index("COLUMNS"))
        elif not (
            _has(words, "ON", "EMPTY") or _has(words, "FOR", "ORDINALITY") or "EXISTS" in words
        ):
            yield part


# --------------------------------------------------------------------------- state, national text


def _is_literal(value: Expr | None) -> bool:
    if isinstance(value, UnaryOp):
        return isinstance(value.operand, NumberLiteral)
    return isinstance(value, _LITERALS)


@rule("stateless", "P13")
def stateless(file: SourceFile, project: Project) -> Report:
    """A package has no state: constants are literals, there is no variable, no cursor and no
    initialisation. A session that has used a package with state meets ORA-04068 when it is replaced.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           co_scope constant varchar2(30) := lower($$plsql_unit) || '.';
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           co_scope constant varchar2(30) := 'p.';
           co_least constant number := -1;

           procedure run is
              l_now date := sysdate;
           begin
              null;
           end run;
        end p;
        /
    """
    for parsed in file.parsed:
        tree = parsed.tree
        if not isinstance(tree, PackageSpec | PackageBody):
            continue
        for item in tree.declarations:
            if isinstance(item, CursorDeclaration):
                yield parsed.place(item), "a cursor of the package is state"
            elif isinstance(item, VariableDeclaration):
                if not item.constant:
                    yield parsed.place(item), "a variable of the package is state"
                elif not _is_literal(item.default):
                    yield parsed.place(item), "a constant that is not a literal is state"
        if isinstance(tree, PackageBody) and tree.initialization is not None:
            yield parsed.place(tree.initialization), "a package with initialisation has state"


@rule("national-text", "P14")
def national_text(file: SourceFile, project: Project) -> Report:
    """UNISTR gives an NVARCHAR2: it stands in TO_CHAR, so that no expression mixes two character
    sets. No N'…' literal, NCHR or TO_NCHAR.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as
           select translate(dummy, unistr('\\00A0'), ' ') as a from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
           select translate(dummy, to_char(unistr('\\00A0')), ' ') as a from dual
        /
    """
    tokens = file.live
    for at, token in enumerate(tokens):
        word = token.text.upper()
        if token.kind is Kind.STRING and word.startswith("N"):
            yield Place(token.line, token.column), "a literal of the national character set"
        elif token.kind is Kind.IDENT and word in ("NCHR", "TO_NCHAR"):
            yield Place(token.line, token.column), f"{token.text} gives an NVARCHAR2"
        elif token.kind is Kind.IDENT and word == "UNISTR":
            before = _words(tokens[max(at - 2, 0) : at])
            if before != ["TO_CHAR", "("]:
                yield (
                    Place(token.line, token.column),
                    "unistr gives an NVARCHAR2: to_char(unistr(…))",
                )


_OFFSET = re.compile(r"[+-]\d{1,2}:\d{2}")


@rule("zone-region", "P14")
def zone_region(file: SourceFile, project: Project) -> Report:
    """A time zone is an offset: a value with a region ('UTC' is one) is refused by python-oracledb
    (DPY-3022), and its offset depends on the time zone file of the database.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as
           select from_tz(localtimestamp, 'UTC') as a from dual
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
           select from_tz(localtimestamp, '+00:00') at time zone '-03:00' as a from dual
        /
    """
    tokens = file.live
    for at, token in enumerate(tokens):
        word = token.text.upper()
        zone: Token | None = None
        if word == "FROM_TZ" and token.kind is Kind.IDENT:
            parts = list(_parts(_inside(tokens, at + 1)))
            zone = parts[-1][-1] if parts and parts[-1] else None
        elif word == "AT" and _words(tokens[at + 1 : at + 3]) == ["TIME", "ZONE"]:
            zone = tokens[at + 3] if at + 3 < len(tokens) else None
        if zone is not None and zone.kind is Kind.STRING and not _OFFSET.fullmatch(zone.value):
            yield Place(zone.line, zone.column), f"{zone.text} is a region: write an offset"


# --------------------------------------------------------------------------- skew

# Columns of which a few values are rare: what waits, is open or parked, among millions that are done.
_SKEWED = frozenset(["STATE", "STATUS"])
_COMPARES = frozenset(["=", "<>", "!=", "^=", "IN"])


@rule("status-literal", "P10")
def status_literal(file: SourceFile, project: Project) -> Report:
    """A status is compared with a literal: a constant of PL/SQL is a bind, and the optimizer, which does
    not see its value, has one plan for the handful that waits and for the millions that are done.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run is
           begin
              delete from crm_events e where e.status = crm_types.co_ready;
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_status in varchar2) is
           begin
              delete from crm_events e where e.status = 'READY';
              update crm_events e set e.status = crm_types.co_ready where e.event_id = 1;
           end run;
        end p;
        /
    """
    if file.is_test:
        return
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, SqlStatement):
                for token in skewed_constants(node.tokens):
                    yield parsed.place(token), f"{token.text}: write the literal"


def skewed_constants(tokens: Tokens) -> Iterator[Token]:
    """The constants (co_…) with which a statement compares a status, each by its last token."""
    words = _words(tokens)
    assigned = False
    depth = 0
    for at, word in enumerate(words):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "SET":
            assigned, depth = True, 0
        elif word in ("WHERE", "USING", "WHEN"):
            assigned = False
        if word not in _SKEWED or words[at - 1] != ".":
            continue
        if assigned and depth == 0 and words[at - 3] in ("SET", ","):
            continue  # SET x.status = …
        operator = at + 1 + (words[at + 1 : at + 2] == ["NOT"])
        if words[operator : operator + 1] and words[operator] in _COMPARES:
            yield from _constants(tokens, operator + 1)


def _constants(tokens: Tokens, start: int) -> Iterator[Token]:
    """Constants in the operand that begins at ``start``: one name, or a list in parentheses."""
    operand = (
        _inside(tokens, start) if tokens[start : start + 1] and tokens[start].text == "(" else None
    )
    for token in operand if operand is not None else tokens[start : start + 3]:
        if token.text.upper() in ("AND", "OR", "SELECT", ")"):
            return
        if token.text.upper().startswith("CO_"):
            yield token


# Columns that are written for a person to read.
_FOR_PEOPLE = frozenset(["DETAIL", "MESSAGE", "END_REASON"])
_SEARCHES = frozenset(["INSTR", "REGEXP_LIKE", "REGEXP_SUBSTR"])


@rule("text-for-people", "P10")
def text_for_people(file: SourceFile, project: Project) -> Report:
    """A sentence for a person is never compared with a text or searched: what a statement has to know is a
    column of its own. Who changes the sentence, or cuts it to its length, would change what is done.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_id in number) is
           begin
              delete from crm_events e where e.detail = 'event ' || in_id || ' stands for it';
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run(in_id in number, in_detail in varchar2) is
           begin
              delete from crm_events e where e.superseded_by = in_id and e.detail is not null;
              update crm_events e
                 set e.status = case when e.event_id = 2 then 'DONE' else e.status end,
                     e.detail = 'event ' || in_id || ' stands for it'
               where e.event_id = 1 and decode(e.detail, in_detail, 0, 1) = 1;
           end run;
        end p;
        /
    """
    if file.is_test:
        return
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, SqlStatement):
                for token in compared_sentences(node.tokens):
                    yield parsed.place(token), f"{token.text}: make what it says a column"


def compared_sentences(tokens: Tokens) -> Iterator[Token]:
    """The columns for people that a statement compares with a text or searches."""
    words = _words(tokens)
    assigned = False
    depth = 0
    for at, word in enumerate(words):
        depth += {"(": 1, "CASE": 1, ")": -1, "END": -1}.get(word, 0)
        if word == "SET":
            assigned, depth = True, 0
        elif depth <= 0 and word in ("WHERE", "USING", "WHEN"):
            assigned = False
        if word not in _FOR_PEOPLE or words[at - 1] != ".":
            continue
        called = words[at - 4] if words[at - 3] == "(" else ""
        if called in _SEARCHES or (called == "DECODE" and _is_text(words[at + 2 : at + 3])):
            yield tokens[at]
            continue
        if assigned and depth == 0 and words[at - 3] in ("SET", ","):
            continue
        operator = at + 1 + (words[at + 1 : at + 2] == ["NOT"])
        operand = operator + 1 + (words[operator + 1 : operator + 2] == ["("])
        if words[operator : operator + 1] == ["LIKE"] or (
            words[operator : operator + 1]
            and words[operator] in _COMPARES
            and _is_text(words[operand : operand + 1])
        ):
            yield tokens[at]


def _is_text(words: Sequence[str]) -> bool:
    """Whether an operand begins with a literal or a constant of PL/SQL."""
    return any(word.startswith(("'", "CO_")) for word in words)


# --------------------------------------------------------------------------- CASE


@rule("unreachable-when", "P10")
def unreachable_when(file: SourceFile, project: Project) -> Report:
    """A WHEN that an earlier WHEN of its CASE always takes before it says nothing, and hides what was meant.

    Bad::

        -- file: plsql/core/p.vw
        create or replace view p as
        select case when t.a = 1 or t.b = 1 then 'x' when t.c = 1 and t.a = 1 then 'y' end as z from t
        /

    Good::

        -- file: plsql/core/p.vw
        create or replace view p as
        select case when t.c = 1 and t.a = 1 then 'y' when t.a = 1 or t.b = 1 then 'x' end as z from t
        /
    """
    tokens = file.live
    words = _words(tokens)
    for at, word in enumerate(words):
        if word != "CASE" or words[at + 1 : at + 2] != ["WHEN"] or words[at - 1 : at] == ["END"]:
            continue
        taken: set[str] = set()
        for begin, end in _conditions(words, at):
            condition = words[begin:end]
            if taken & set(_terms(condition, "AND")) or " ".join(condition) in taken:
                place = Place(tokens[begin].line, tokens[begin].column)
                yield place, "an earlier WHEN of this CASE takes every such row"
            taken |= set(_terms(condition, "OR"))


def _conditions(words: Sequence[str], case: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each condition of the searched CASE that begins at ``case``."""
    nested, begin = 0, 0
    for at in range(case + 1, len(words)):
        word = words[at]
        if word == "CASE" and words[at - 1] != "END":
            nested += 1
        elif word == "END":
            if nested == 0:
                return
            nested -= 1
        elif nested == 0 and word == "WHEN":
            begin = at + 1
        elif nested == 0 and word == "THEN":
            yield begin, at


def _terms(words: Sequence[str], operator: str) -> Iterator[str]:
    """The parts of a condition between its outermost ORs (or ANDs); the whole, if the other stands there, too."""
    other = {"OR": "AND", "AND": "OR"}[operator]
    depth = nested = start = 0
    parts: list[str] = []
    for at, word in enumerate(words):
        depth += {"(": 1, ")": -1}.get(word, 0)
        nested += {"CASE": 1, "END": -1}.get(word, 0)
        if depth or nested:
            continue
        if word in ("BETWEEN", other if operator == "AND" else ""):
            yield " ".join(words)
            return
        if word == operator:
            parts.append(" ".join(words[start:at]))
            start = at + 1
    yield from [*parts, " ".join(words[start:])]


# --------------------------------------------------------------------------- collections in SQL


@rule("sql-element", "P11")
def sql_element(file: SourceFile, project: Project) -> Report:
    """In SQL no element of an associative array by a text index, and none of a collection as the
    target of SELECT INTO: a variable or a record stands between.

    Bad::

        -- file: plsql/core/p.prc
        create or replace procedure p(io_values in out nocopy crm_types.fields_type) authid definer is
        begin
           select d.dummy into io_values('dummy') from dual d where d.dummy = io_values('other');
        end p;
        /

    Good::

        -- file: plsql/core/p.prc
        create or replace procedure p(io_values in out nocopy crm_types.fields_type) authid definer is
           l_other varchar2(10 char) := io_values('other');
           l_dummy varchar2(10 char);
           t_ids   crm_ids_ct;
        begin
           select d.dummy into l_dummy from dual d where d.dummy = l_other and trim('x') = 'x';
           forall i in 1 .. t_ids.count
              update a set b = 1 where id = t_ids(i);
           io_values('dummy') := l_dummy;
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if not isinstance(node, SqlStatement):
                continue
            for target in node.into:
                if isinstance(target, Apply) and not node.bulk:
                    yield parsed.place(target), "select into an element of a collection"
            for at in range(len(node.tokens) - 3):
                name, opening, index, closing = node.tokens[at : at + 4]
                if (
                    _VARIABLE.match(name.text)
                    and opening.text == "("
                    and index.kind is Kind.STRING
                    and closing.text == ")"
                ):
                    yield parsed.place(name), f"{name.text}({index.text}) inside SQL"


# --------------------------------------------------------------------------- values of JSON


@rule("json-text", "P12")
def json_text(file: SourceFile, project: Project) -> Report:
    """What get_string and get_clob give for a value that is not a string is not defined (JSON
    Developer's Guide, get methods): one reader that looks at the type first is used everywhere.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           function code_of(in_object in json_object_t) return varchar2
           is
           begin
              return in_object.get_string('code');
           end code_of;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           function code_of(in_object in json_object_t) return varchar2
           is
           begin
              return crm_fields.text_of(in_object => in_object, in_name => 'code');
           end code_of;
        end p;
        /
    """
    for before, token in pairwise(file.live):
        if before.text == "." and token.text.upper() in ("GET_STRING", "GET_CLOB"):
            yield Place(token.line, token.column), "read it through the one reader of texts"
