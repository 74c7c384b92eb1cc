"""Every clause of a data definition shows in the dictionary, is only physical, or is refused.

The walk is over the words that the readers of ``catalog/ddl`` know: each of them stands in one of the
three tables below, so a clause cannot be added without saying what it does.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.catalog import ddl
from devkit.oracle.catalog.ddl import physical
from devkit.oracle.errors import OraError
from tests.devkit.core.conftest import Client, undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.session import Session

_READERS = ("tables", "columns", "alter_table", "indexes", "views", "objects", "users", "physical")
_READING = {"take", "take_one", "expect", "is_at"}
_STATE = """SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM (
 SELECT 'object', CASE WHEN name ~ '^(SYS_|ISEQ)' THEN '' ELSE name END,
    type, status, temporary::text, '', '' FROM ora_dict.objects WHERE owner = 'T'
 UNION ALL SELECT 'table', name, temporary::text, delete_on_commit::text, coalesce(comment_text, ''), '', ''
   FROM ora_dict.tables WHERE owner = 'T'
 UNION ALL SELECT 'view', name, text, read_only::text, check_option::text, aliases::text, ''
   FROM ora_dict.views WHERE owner = 'T'
 UNION ALL SELECT 'column', table_name, name, concat_ws(' ', position, kind, length, char_semantics,
    precision, scale, nullable, hidden), concat_ws(' ',
    regexp_replace(default_text, 'ISEQ[$]+_[0-9]+', 'ISEQ'), default_on_null),
    concat_ws(' ', virtual_text, identity), coalesce(comment_text, '')
   FROM ora_dict.columns WHERE owner = 'T'
 UNION ALL SELECT 'constraint', table_name, CASE WHEN generated THEN '' ELSE name END, concat_ws(' ',
    kind, columns, condition, r_owner, CASE WHEN r_name LIKE 'SYS%' THEN '' ELSE r_name END),
    concat_ws(' ', delete_rule, enabled, is_deferrable), concat_ws(' ', is_deferred, validated),
    CASE WHEN index_name LIKE 'SYS%' THEN '' ELSE index_name END
   FROM ora_dict.constraints WHERE owner = 'T'
 UNION ALL SELECT 'index', table_name, CASE WHEN generated THEN '' ELSE name END, concat_ws(' ',
    is_unique, columns, expressions, descending), concat_ws(' ', visible, usable), bitmap::text, ''
   FROM ora_dict.indexes WHERE table_owner = 'T'
 UNION ALL SELECT 'sequence', CASE WHEN sequence_name LIKE 'ISEQ%' THEN '' ELSE sequence_name END,
    concat_ws(' ', start_value, min_value, max_value, increment_by, cycle, cache_size), last_value::text,
    '', '', ''
   FROM (SELECT s.sequencename AS sequence_name, s.* FROM pg_sequences s WHERE schemaname = 'T') s
 UNION ALL SELECT 'sequence', CASE WHEN name LIKE 'ISEQ%' THEN '' ELSE name END, concat_ws(' ', minimum,
    maximum, increment, cycle, ordered, cache), '', '', '', '' FROM ora_dict.sequences WHERE owner = 'T'
 UNION ALL SELECT 'synonym', owner, name, target_owner, target, '', '' FROM ora_dict.synonyms
   WHERE target_owner = 'T' OR owner = 'T'
 UNION ALL SELECT 'user', name, concat_ws(' ', locked, default_tablespace, temporary_tablespace, profile,
    key IS NULL, default_roles), '', '', '', '' FROM ora_dict.users WHERE name LIKE 'TU%'
 UNION ALL SELECT 'role', name, '', '', '', '', '' FROM ora_dict.roles WHERE name LIKE 'TU%'
 UNION ALL SELECT 'quota', username, tablespace, max_bytes::text, '', '', '' FROM ora_dict.quotas
   WHERE username LIKE 'TU%'
 UNION ALL SELECT 'trigger', name, enabled::text, '', '', '', '' FROM ora_dict.triggers WHERE owner = 'T'
) AS t(a, b, c, d, e, f, g)"""

BASE = (
    "create table base (id number constraint base_pk primary key, n number, v varchar2(10),"
    " constraint base_uk unique (n))",
    "create table child (id number, constraint child_fk foreign key (id) references base)",
    "create table plain (a number, b varchar2(10))",
    "create index plain_i on plain (a)",
    "create sequence sq",
    "create or replace view vw as select a from plain",
    "create or replace trigger tg before insert on plain begin null; end;",
    "create global temporary table temp (a number)",
)
# The statement with a clause, and without it: what the dictionary shows afterwards differs.
EFFECTS = [
    # CREATE TABLE
    ("create global temporary table x (a number)", "create table x (a number)"),
    (
        "create global temporary table x (a number) on commit preserve rows",
        "create global temporary table x (a number) on commit delete rows",
    ),
    ("create table x (c, d) as select a, b from plain", "create table x as select a, b from plain"),
    ("create table x (a number default 1)", "create table x (a number)"),
    ("create table x (a number default on null 1)", "create table x (a number default 1)"),
    ("create table x (a number not null)", "create table x (a number)"),
    ("create table x (a number constraint c not null)", "create table x (a number not null)"),
    ("create table x (a number null, b number)", "create table x (a number not null, b number)"),
    ("create table x (a number unique)", "create table x (a number)"),
    ("create table x (a number primary key)", "create table x (a number unique)"),
    ("create table x (a number check (a > 1))", "create table x (a number)"),
    ("create table x (a number references base (n))", "create table x (a number references base)"),
    (
        "create table x (a number references base on delete cascade)",
        "create table x (a number references base)",
    ),
    (
        "create table x (a number references base on delete set null)",
        "create table x (a number references base)",
    ),
    (
        "create table x (a number, foreign key (a) references base)",
        "create table x (a number)",
    ),
    ("create table x (a number visible)", "create table x (a number, b number invisible)"),
    ("create table x (a number, b number as (a) virtual)", "create table x (a number, b number)"),
    (
        "create table x (a number, b number generated always as (a))",
        "create table x (a number, b number)",
    ),
    ("create table x (a number generated always as identity)", "create table x (a number)"),
    (
        "create table x (a number generated by default as identity)",
        "create table x (a number generated always as identity)",
    ),
    (
        "create table x (a number generated by default on null as identity)",
        "create table x (a number generated by default as identity)",
    ),
    (
        "create table x (a number unique deferrable)",
        "create table x (a number unique not deferrable)",
    ),
    (
        "create table x (a number unique initially deferred)",
        "create table x (a number unique initially immediate)",
    ),
    ("create table x (a number unique disable)", "create table x (a number unique enable)"),
    (
        "create table x (a number check (a > 1) enable novalidate)",
        "create table x (a number check (a > 1) enable validate norely)",
    ),
    (
        "create table x (a number constraint xu unique using index xi)",
        "create table x (a number constraint xu unique)",
    ),
    ("create table x (a interval day to second)", "create table x (a interval year to month)"),
    # ALTER TABLE
    ("alter table plain add (c number, d number)", "alter table plain add c number"),
    ("alter table plain add constraint pu unique (a)", "alter table plain add unique (a)"),
    ("alter table plain modify a not null", "alter table plain modify a null_"),
    ("alter table plain modify (a default 1)", "alter table plain modify (b default 'x')"),
    ("alter table base drop constraint base_uk", "alter table base enable constraint base_uk"),
    (
        "alter table base drop constraint base_pk cascade",
        "alter table base drop constraint base_uk drop index",
    ),
    ("alter table base drop primary key cascade", "alter table base drop unique (n)"),
    ("alter table plain drop column a", "alter table plain drop column b"),
    ("alter table base drop (id) cascade constraints", "alter table base drop (v)"),
    ("alter table plain rename column a to c", "alter table plain rename to plain2"),
    ("alter table child rename constraint child_fk to fk2", "alter table child rename to c2"),
    ("alter table plain disable all triggers", "alter table plain enable all triggers"),
    ("alter table base disable unique (n)", "alter table base enable unique (n)"),
    (
        "alter table base disable primary key cascade",
        "alter table base enable primary key",
    ),
    (
        "alter table child disable constraint child_fk",
        "alter table child enable novalidate constraint child_fk",
    ),
    # indexes
    ("create unique index x on plain (b)", "create index x on plain (b)"),
    ("create bitmap index x on plain (b)", "create index x on plain (b)"),
    ("create index x on plain (b desc)", "create index x on plain (b asc)"),
    ("create index x on plain (b) invisible", "create index x on plain (b) visible"),
    ("alter index plain_i rename to pi", "alter index plain_i rebuild"),
    ("alter index plain_i invisible", "alter index plain_i visible"),
    ("drop index plain_i", "alter index plain_i coalesce"),
    # views
    ("create or replace view vw as select b from plain", "create view vw2 as select b from plain"),
    (
        "create force view x as select a from nowhere",
        "create no force view x as select a from plain",
    ),
    ("create view x (c) as select a from plain", "create view x as select a from plain"),
    (
        "create view x as select a from plain with read only",
        "create view x as select a from plain",
    ),
    (
        "create view x as select a from plain with check option",
        "create view x as select a from plain",
    ),
    ("drop view vw", "alter view vw compile"),
    # sequences and synonyms
    ("create sequence x start with 5", "create sequence x"),
    ("create sequence x increment by 5", "create sequence x"),
    ("create sequence x minvalue -5", "create sequence x nominvalue"),
    ("create sequence x maxvalue 500", "create sequence x nomaxvalue"),
    ("create sequence x cache 5", "create sequence x nocache"),
    ("create sequence x maxvalue 500 cycle", "create sequence x maxvalue 500 nocycle"),
    ("create sequence x order", "create sequence x noorder nokeep global noscale noshard"),
    ("alter sequence sq increment by 2", "alter sequence sq restart start with 7"),
    ("create synonym x for plain", "create public synonym tsyn for plain"),
    ("comment on table plain is 'x'", "comment on column plain.a is 'x'"),
    ("drop table child cascade constraints", "drop table plain"),
    ("truncate table plain", "drop table plain"),
    # users and roles
    ("create user tu identified by x", "create user tu no authentication"),
    (
        "create user tu no authentication default tablespace sysaux",
        "create user tu no authentication",
    ),
    (
        "create user tu no authentication temporary tablespace users",
        "create user tu no authentication profile default container = current default role all",
    ),
    (
        "create user tu no authentication quota 5 m on users",
        "create user tu no authentication quota unlimited on users",
    ),
    (
        "create user tu no authentication account lock",
        "create user tu no authentication account unlock",
    ),
    ("create role tur not identified", "create role turx container = current"),
]
# What says how rows are kept: the word of ``physical.WORDS``, the statement with it, without it.
PHYSICAL = [
    ("PCTFREE", "create table x (a number) pctfree 10", "create table x (a number)"),
    ("PCTUSED", "create table x (a number) pctused 40", "create table x (a number)"),
    ("INITRANS", "create table x (a number) initrans 4", "create table x (a number)"),
    ("MAXTRANS", "create table x (a number) maxtrans 4", "create table x (a number)"),
    ("LOGGING", "create table x (a number) logging", "create table x (a number)"),
    ("NOLOGGING", "create table x (a number) nologging", "create table x (a number)"),
    ("NOCOMPRESS", "create table x (a number) nocompress", "create table x (a number)"),
    ("NOPARALLEL", "create table x (a number) noparallel", "create table x (a number)"),
    ("CACHE", "create table x (a number) cache", "create table x (a number)"),
    ("NOCACHE", "create table x (a number) nocache", "create table x (a number)"),
    ("MONITORING", "create table x (a number) monitoring", "create table x (a number)"),
    ("NOMONITORING", "create table x (a number) nomonitoring", "create table x (a number)"),
    ("REVERSE", "create index x on plain (b) reverse", "create index x on plain (b)"),
    ("LOGGING", "alter index plain_i logging", "alter index plain_i nologging"),
    ("NOPARALLEL", "alter index plain_i noparallel", "alter index plain_i parallel 2"),
    ("NOREVERSE", "alter index plain_i rebuild noreverse", "alter index plain_i rebuild"),
    ("ONLINE", "create index x on plain (b) online", "create index x on plain (b)"),
    ("ONLINE", "drop index plain_i online force", "drop index plain_i"),
    ("SORT", "create index x on plain (b) sort", "create index x on plain (b)"),
    ("VISIBLE", "create index x on plain (b) visible", "create index x on plain (b)"),
    ("STORAGE", "create table x (a number) storage (initial 1m)", "create table x (a number)"),
    ("TABLESPACE", "create table x (a number) tablespace users", "create table x (a number)"),
    (
        "COMPRESS",
        "create index x on plain (b) compress advanced low",
        "create index x on plain (b)",
    ),
    (
        "COMPRESS",
        "create index x on plain (b) compress advanced high",
        "create index x on plain (b)",
    ),
    ("PARALLEL", "create table x (a number) parallel 4", "create table x (a number)"),
    (
        "COMPUTE STATISTICS",
        "create index x on plain (b) compute statistics",
        "create index x on plain (b)",
    ),
    (
        "SEGMENT CREATION",
        "create table x (a number) segment creation immediate",
        "create table x (a number) segment creation deferred",
    ),
    (
        "ROW STORE",
        "create table x (a number) row store compress advanced",
        "create table x (a number) row store compress basic",
    ),
    (
        "ROW MOVEMENT",
        "create table x (a number) enable row movement",
        "create table x (a number) disable row movement",
    ),
    ("ROW MOVEMENT", "alter table plain enable row movement", "alter table plain cache"),
    ("ROW MOVEMENT", "alter table plain move online", "alter table plain move tablespace users"),
    (
        "ROW MOVEMENT",
        "alter table plain shrink space compact",
        "alter table plain shrink space cascade",
    ),
    ("ROW MOVEMENT", "alter table plain deallocate unused", "alter table plain cache"),
    (
        "LOB STORE AS",
        "create table x (c clob) lob (c) store as securefile (enable storage in row)",
        "create table x (c clob) lob (c) store as basicfile",
    ),
    (
        "SUPPLEMENTAL LOG",
        "create table x (a number, supplemental log data (all) columns)",
        "create table x (a number)",
    ),
    (
        "ORGANIZATION",
        "create table x (a number primary key) organization index",
        "create table x (a number primary key) organization heap",
    ),
    (
        "INVALIDATION",
        "create index x on plain (b) deferred invalidation",
        "create index x on plain (b) immediate invalidation",
    ),
    ("PURGE", "drop table plain purge", "drop table plain"),
    ("DROP STORAGE", "truncate table plain drop all storage", "truncate table plain"),
    ("REUSE STORAGE", "truncate table plain reuse storage", "truncate table plain cascade"),
    (
        "MATERIALIZED VIEW LOG",
        "truncate table plain purge materialized view log",
        "truncate table plain preserve materialized view log",
    ),
    (
        "PURGE",
        "create editionable synonym x for plain",
        "create noneditionable synonym x for plain",
    ),
    (
        "PURGE",
        "create editionable view x as select a from plain",
        "create noneditionable view x bequeath definer as select a from plain",
    ),
    ("PURGE", "drop synonym psyn force", "drop synonym psyn"),
    ("PURGE", "drop view vw cascade constraints", "drop view vw"),
]
# Refused, with Oracle's code where Oracle refuses, and by name (ORA-03001) where only we do.
REFUSED = [
    ("create table x (a number) partition by range (a) (partition p values less than (1))", 3001),
    ("create table x (a number) organization external (type oracle_loader)", 3001),
    ("create table x (a number) organization index", 25175),
    ("create table x (a number) tablespace nowhere", 959),
    ("create table x (a number) on commit delete rows", 14451),
    ("create table x (a number) lob (a) store as securefile", 904),
    ("create table x (a number) reverse", 922),
    ("create table x (a number) online", 922),
    ("create table x (a number) visible", 922),
    ("create table x (a number) segment creation", 922),
    ("create private temporary table ora$ptt_x (a number)", 3001),
    ("create sharded table x (a number)", 3001),
    ("create duplicated table x (a number)", 3001),
    ("create blockchain table x (a number)", 3001),
    ("create immutable table x (a number)", 3001),
    ("create table x (a varchar2(5) collate binary_ci)", 43929),
    ("create table x (a number unique rely)", 3001),
    ("create table x (a number unique disable validate)", 3001),
    ("create table x (a number unique using index (create index xi on x (a)))", 3001),
    ("create table x (a number default on null for insert only 1)", 936),
    ("alter table plain read only", 3001),
    ("alter table plain set unused (a)", 3001),
    ("alter table plain drop unused columns", 3001),
    ("alter table plain modify constraint x disable", 3001),
    ("alter table plain modify (a drop identity)", 30673),
    ("alter table base drop constraint base_uk keep index", 3001),
    ("alter table plain result_cache (mode force)", 1735),
    ("alter table plain allocate extent", 1735),
    ("create index x on plain (b) local", 14016),
    ("create index x on plain (b) global partition by hash (b)", 3001),
    ("create index x on plain (b) partition by hash (b)", 3001),
    ("create index x on plain (b) (partition p)", 933),
    ("create index x on plain (b) unusable", 3001),
    ("create index x on plain (b) nosort", 3001),
    ("create index x on plain (b) indextype is ctxsys.context", 3001),
    ("create index x on cluster c", 3001),
    ("alter index plain_i unusable", 3001),
    ("alter index plain_i rebuild partition p", 2243),
    ("create materialized view x as select a from plain", 3001),
    ("create editioning view x as select a from plain", 3001),
    ("create json view x as select a from plain", 3001),
    ("create view x bequeath current_user as select a from plain", 3001),
    ("create view x sharing = metadata as select a from plain", 3001),
    ("create view x default collation binary as select a from plain", 3001),
    ("create view x container_map as select a from plain", 3001),
    ("create view x containers_default as select a from plain", 3001),
    ("create view x (a unique rely disable novalidate) as select a from plain", 3001),
    ("create view x as select a from plain with read only constraint c", 3001),
    ("create sequence x keep", 3001),
    ("create sequence x session", 3001),
    ("create sequence x scale", 3001),
    ("create sequence x shard", 3001),
    ("create sequence x start with limit value", 3001),
    ("alter sequence sq nomaxvalue", 3001),
    ("create user tu identified by values 'x'", 3001),
    ("create user tu no authentication enable editions", 3001),
    ("create user tu no authentication default collation binary", 43929),
    ("create user tu no authentication profile nowhere", 2380),
    ("create user tu no authentication password expire", 3001),
    ("create user tu no authentication default role none", 3001),
    ("create user tu no authentication quota 5 m on nowhere", 959),
    ("create user tu identified by x replace y", 922),
    # of release 21 and 23
    ("create table if not exists x (a number)", 922),
    ("create sequence if not exists x", 933),
    ("create view if not exists x as select a from plain", 905),
    ("create index if not exists x on plain (b)", 969),
    ("create user if not exists tu no authentication", 922),
    ("create role if not exists tur", 3001),
    ("create synonym if not exists x for plain", 905),
    ("drop table if exists plain", 933),
    ("drop view if exists vw", 933),
    ("drop index if exists plain_i", 1418),
    ("drop sequence if exists sq", 933),
    ("drop synonym if exists psyn", 933),
    ("drop user if exists tu", 922),
    ("drop role if exists tur", 933),
    ("alter table plain drop constraint if exists c", 2443),
    ("create table x (j json)", 902),
    ("create table x (b boolean)", 902),
    ("create table x (v vector)", 902),
    ("create table x (a number annotations (x 'y'))", 907),
    ("create domain d as number", 3001),
    ("grant db_developer_role to system", 1919),
    # reserved words are no names
    ("create table order (a number)", 903),
    ("create table x (comment varchar2(10))", 904),
    ("create table x (select number)", 904),
    ("create table x (level number)", 904),
    ("create table x (uid number)", 904),
    ("create table x (a number, constraint unique unique (a))", 2250),
    ("create table x (size, date) as select a, b from plain", 904),
    ("create table x (a number, unique (mode))", 904),
    ("create view view as select a from plain", 999),
    ("create view x (date) as select a from plain", 904),
    ("create sequence start", 2277),
    ("create synonym synonym for plain", 995),
    ("create index index on plain (b)", 953),
    ("create user public_ no authentication quota unlimited on", 959),
    ("create user group no authentication", 1935),
    ("create role option", 1935),
    ("alter table plain rename column a to date", 904),
    ("alter table plain add (file number)", 904),
    ("rename plain to session", 904),
]
# Words that only hold a clause together; the clause has another word that is tried.
HOLDING = frozenset({
    "(", ")", ",", ".", "=", "-", "+", "OR", "REPLACE", "EXISTS", "IF", "FOR", "TO", "IS",
    "IDENTIFIED", "PRECISION", "K", "G", "T", "VARYING",
})  # fmt: skip


@pytest.fixture(scope="module")
def base(system: Session) -> Iterator[Client]:
    """The schema T, made once: what a test does to it is undone."""
    client = Client(system)
    client("create user t no authentication quota unlimited on users")
    client("alter session set current_schema = t")
    for statement in BASE:
        client(statement)
    client("create or replace synonym psyn for plain")
    client("insert into plain values (1, 'x')")  # here, as no sequence takes a number back
    client("commit")
    return client


def state_after(client: Client, statement: str) -> Any:
    """What the dictionary shows of the schema after the statement, which is undone."""
    with undone(client.session):
        try:
            client(statement)
        except OraError as error:
            return error.code
        rows = client("select count(*) from dba_tables where owner = 'T' and table_name = 'PLAIN'")
        filled = client("select count(*) from plain") if rows[0][0] else None
        return client.session.storage.query(_STATE).rows[0][0], filled


@pytest.mark.parametrize(("with_it", "without"), EFFECTS)
def test_a_clause_shows_in_the_dictionary(base: Client, with_it: str, without: str) -> None:
    first = state_after(base, with_it)
    assert isinstance(first, tuple), f"ORA-{first}"
    assert first != state_after(base, without)


@pytest.mark.parametrize(("_word", "with_it", "without"), PHYSICAL)
def test_a_physical_clause_changes_nothing(
    base: Client, _word: str, with_it: str, without: str
) -> None:
    first = state_after(base, with_it)
    assert isinstance(first, tuple), f"ORA-{first}"
    assert first == state_after(base, without)


def test_every_physical_clause_is_tried() -> None:
    assert {word for word, _, _ in PHYSICAL} == set(physical.WORDS)


@pytest.mark.parametrize(("statement", "code"), REFUSED)
def test_a_clause_is_refused(base: Client, statement: str, code: int) -> None:
    with undone(base.session), pytest.raises(OraError) as caught:
        base(statement)
    assert caught.value.code == code


def words_of_the_readers() -> Iterator[tuple[str, str]]:
    """Each word that a reader of data definitions asks for, and the module."""
    folder = Path(ddl.__file__).parent
    for name in _READERS:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _READING
            ):
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value, name


def test_every_word_of_the_readers_is_tried() -> None:
    statements = [
        *(one for pair in EFFECTS for one in pair),
        *(one for _, *pair in PHYSICAL for one in pair),
        *(one for one, _ in REFUSED),
        *BASE,
    ]
    tried = {word.upper() for one in statements for word in re.findall(r"\w+", one)}
    assert {
        f"{word} ({module})"
        for word, module in words_of_the_readers()
        if word not in tried and word not in HOLDING
    } == set()
