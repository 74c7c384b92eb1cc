"""A session keeps what it has read of the dictionary until that has changed, whoever changes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.oracle.catalog import catalog as reader
from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.errors import OraError
from devkit.oracle.session import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.session import Session

    from .conftest import Client

# what the catalogue reads and does not keep, and what is not the dictionary
_NOT_KEPT = {"version", "changes", "roles", "roles_of", "errors", "dependencies"}


@pytest.fixture
def other(run: Client) -> Iterator[Client]:
    """Somebody else, in the same schema."""
    session = Database(run.session.main_storage.conninfo).open_session("SYSTEM")
    client = type(run)(session)
    client("alter session set current_schema = t")
    yield client
    session.close()


def code_of(client: Client, sql: str) -> int:
    with pytest.raises(OraError) as caught:
        client(sql)
    return caught.value.code


def translation(session: Session, text: str) -> object:
    """What a statement was made into; calls look whether the dictionary is a new one."""
    session.execute(ExecuteRequest("begin null; end;"))
    return session.sql.prepare(text, schema="T", user="SYSTEM", bind_types={})


def test_what_somebody_elses_ddl_does_not_touch_stays_and_what_it_touches_goes(
    run: Client, other: Client
) -> None:
    run("create table a (n number)")
    run("create table b (n number)")
    of_a, of_b = (translation(run.session, f"select * from {name}") for name in "ab")
    table_a, table_b = (run.session.catalog.table("T", name) for name in "AB")

    other("alter table a add m number")

    assert translation(run.session, "select * from b") is of_b
    assert translation(run.session, "select * from a") is not of_a
    assert run.session.catalog.table("T", "B") is table_b
    assert run.session.catalog.table("T", "A") is not table_a
    assert run("select * from a") == run("select n, m from a")


def test_a_comment_changes_nothing_that_is_kept(run: Client, other: Client) -> None:
    run("create table a (n number)")
    translated = translation(run.session, "select n from a")

    other("comment on column a.n is 'a number'")
    other("comment on table a is 'a table'")

    assert translation(run.session, "select n from a") is translated
    assert run("select comments from all_col_comments where owner = 'T'") == [("a number",)]


def test_a_new_object_takes_a_name_from_a_synonym(run: Client, other: Client) -> None:
    run("create table elsewhere (n number)")
    run("insert into elsewhere values (1)")
    run("commit")
    run("create public synonym shown for t.elsewhere")
    try:
        before = run("select n from shown")
        other("create table shown (n number)")
        between = run("select n from shown")
        other("drop table shown")
        after = run("select n from shown")
    finally:
        run("drop public synonym shown")

    assert (before, between, after) == ([(1,)], [], [(1,)])
    assert code_of(run, "select n from shown") == 942


def test_a_name_that_meant_nothing_may_mean_something_later(run: Client, other: Client) -> None:
    assert code_of(run, "select n from later") == 942
    other("create table later (n number)")
    assert run("select n from later") == []


def test_grants_and_revokes_count_at_once(run: Client, other: Client) -> None:
    run("create user tu_reader identified by x quota 0 on users")
    run("grant create session to tu_reader")
    run("create table a (n number)")
    session = Database(run.session.main_storage.conninfo).open_session("TU_READER")
    try:
        client = type(run)(session)
        first = code_of(client, "select n from t.a")
        other("grant select on a to tu_reader")
        second = client("select n from t.a")
        other("revoke select on a from tu_reader")
        third = code_of(client, "select n from t.a")
        other("create role tu_role")
        other("grant select on a to tu_role")
        fourth = code_of(client, "select n from t.a")
        other("grant tu_role to tu_reader")
        fifth = client("select n from t.a")
    finally:
        session.close()
        run("drop user tu_reader")
        run("drop role tu_role")

    assert (first, second, third, fourth, fifth) == (942, [], 942, 942, [])


def test_a_key_that_is_renamed_is_seen_by_those_that_refer_to_it(
    run: Client, other: Client
) -> None:
    run("create table a (n number constraint a_pk primary key)")
    run("create table b (n number references a)")

    def referred() -> tuple[str, ...]:
        run("begin null; end;")
        table = run.session.catalog.table("T", "B")
        return next(one.r_columns for one in table.constraints if one.kind == "R")

    before = referred()
    other("alter table a rename column n to m")

    assert (before, referred()) == (("N",), ("M",))


def test_a_function_in_sql_is_the_one_of_now(run: Client, other: Client) -> None:
    run("create or replace function f return number is begin return 1; end;")
    before = run("select f from dual")
    other("create or replace function f return varchar2 is begin return 'two'; end;")

    assert (before, run("select f from dual")) == ([(1,)], [("two",)])


def test_the_columns_of_a_package_s_table_are_those_of_now(run: Client, other: Client) -> None:
    run("create table a (n number)")
    run("create or replace package p is function f return a.n%type; end;")
    run(
        "create or replace package body p is function f return a.n%type is begin return 7; end; end;"
    )
    before = run("select p.f from dual")
    other("alter table a modify n varchar2(10)")

    assert (before, run("select p.f from dual")) == ([(7,)], [("7",)])


def test_what_was_read_during_a_statement_that_failed_is_forgotten(run: Client) -> None:
    run("create table a (n number)")
    run("insert into a values (1)")
    run("insert into a values (1)")
    run("commit")

    # the column is there already when its key finds two rows alike
    assert (
        code_of(run, "alter table a add (m number default 1, constraint a_uk unique (m))") == 2299
    )

    assert [column.name for column in run.session.catalog.table("T", "A").columns] == ["N"]
    assert code_of(run, "select m from a") == 904


def test_ddl_of_an_open_transaction_is_seen_when_it_ends(run: Client, other: Client) -> None:
    """What is under way when a session looks is looked at again when it has ended."""
    run("create table a (n number)")
    storage = run.session.main_storage
    with storage.statement(writes=True):
        storage.query("update ora_dict.columns set nullable = false where owner = 'T'")
        other("create table b (n number)")  # a new version, while the change above is under way
        other("begin null; end;")
        nullable = other.session.catalog.table("T", "A").columns[0].nullable
    storage.commit()
    other("create table c (n number)")
    other("begin null; end;")

    assert nullable is True
    assert other.session.catalog.table("T", "A").columns[0].nullable is False


def test_every_table_that_is_kept_says_what_has_changed(run: Client) -> None:
    """The catalogue may not begin to keep something of which nobody tells it that it has changed."""
    text = Path(str(reader.__file__)).read_text(encoding="utf-8")
    read = set(re.findall(r"(?:FROM|JOIN) ora_dict\.(\w+)", text)) - _NOT_KEPT | {"role_grants"}
    storage = run.session.main_storage
    noted = {
        row[0]: set(row[1])
        for row in storage.query(
            "select c.relname, array_agg(distinct a.attname::text) from pg_trigger t"
            " join pg_class c on c.oid = t.tgrelid"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum = any (t.tgattr)"
            " where t.tgname like 'note$_%' escape '$' and t.tgtype & 28 = 28 group by 1"
        ).rows
    }
    columns = {
        row[0]: set(row[1])
        for row in storage.query(
            "select c.relname, array_agg(a.attname::text) from pg_class c join pg_attribute a"
            " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relnamespace = 'ora_dict'::regnamespace and c.relkind = 'r' group by 1"
        ).rows
    }

    assert read <= set(noted)
    assert {name: columns[name] - noted[name] for name in read} == {
        name: {"comment_text"} & columns[name] for name in read
    }
