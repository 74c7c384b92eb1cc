"""What one session's DDL means for the compiled code and the package state of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.catalog.catalog import Catalog
from devkit.oracle.plsql.units import LazyRoutine

if TYPE_CHECKING:
    from conftest import Plsql

STATEFUL = "package t.p is g number := {0}; function f return number; end p;"
BODY = "package body t.p is function f return number is begin return g + {0}; end f; end p;"


def test_package_state_is_private_to_the_session(plsql: Plsql, other: Plsql) -> None:
    plsql.create(STATEFUL.format(1))
    plsql.create(BODY.format(0))
    plsql.run("begin t.p.g := 50; end;")
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["1"]
    assert plsql.run("begin dbms_output.put_line(t.p.f); end;") == ["50"]


def test_replaced_package_with_state_is_04068_once_in_the_other_session(
    plsql: Plsql, other: Plsql
) -> None:
    plsql.create(STATEFUL.format(1))
    plsql.create(BODY.format(0))
    other.run("begin t.p.g := 7; end;")
    plsql.create(BODY.format(100))
    error = other.fails("begin dbms_output.put_line(t.p.f); end;")
    assert error.code == 4068
    assert 'ORA-04061: existing state of package body "T.P" has been invalidated' in error.stack
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["101"]


def test_replaced_stateless_package_is_simply_recompiled(plsql: Plsql, other: Plsql) -> None:
    text = "package body t.p is function f return number is begin return {0}; end f; end p;"
    plsql.create("package t.p is function f return number; end p;")
    plsql.create(text.format(1))
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["1"]
    plsql.create(text.format(2))
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["2"]


@pytest.mark.parametrize(
    ("constant", "is_state"),
    [
        ("varchar2(30) := 'p.'", False),
        ("number := -1", False),
        ("varchar2(30) := null", False),
        ("boolean := true", False),
        ("date := date '2024-01-31'", False),
        ("varchar2(30) := lower($$plsql_unit) || '.'", True),
        ("varchar2(3) := unistr('\\00A0')", True),
        ("date := sysdate", True),
    ],
)
def test_a_constant_is_state_unless_it_is_known_to_the_compiler(
    plsql: Plsql, other: Plsql, constant: str, is_state: bool
) -> None:
    text = (
        f"package body t.p is co_c constant {constant}; function f return number is begin"
        " return {0}; end f; end p;"
    )
    plsql.create("package t.p is function f return number; end p;")
    plsql.create(text.format(1))
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["1"]
    plsql.create(text.format(2))
    if is_state:
        assert other.fails("begin dbms_output.put_line(t.p.f); end;").code == 4068
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["2"]


def test_dropped_body_is_missed_by_a_session_that_has_run_it(plsql: Plsql, other: Plsql) -> None:
    plsql.create("package t.p is function f return number; end p;")
    plsql.create("package body t.p is function f return number is begin return 1; end f; end p;")
    plsql.create(
        "procedure t.calls is begin dbms_output.put_line(p.f);"
        " exception when others then dbms_output.put_line(sqlcode); end;"
    )
    assert other.run("begin t.calls; end;") == ["1"]
    plsql.sql("drop package body t.p")
    assert other.run("begin t.calls; end;") == ["-4067"]


def test_changed_table_recompiles_its_users(plsql: Plsql, other: Plsql) -> None:
    plsql.sql("create table t.x (a number)")
    plsql.create(
        "procedure t.show is begin for r in (select * from x) loop "
        "dbms_output.put_line(r.a); end loop; end;"
    )
    plsql.sql("insert into t.x values (1)")
    plsql.sql("commit")
    assert other.run("begin t.show; end;") == ["1"]
    plsql.sql("alter table t.x add (b number default 5)")
    plsql.create(
        "procedure t.show2 is r x%rowtype; begin select * into r from x; "
        "dbms_output.put_line(r.a || r.b); end;"
    )
    assert other.run("begin t.show; t.show2; end;") == ["1", "15"]


def test_dropped_column_makes_the_user_fail_with_its_name(plsql: Plsql, other: Plsql) -> None:
    plsql.sql("create table t.x (a number, b number)")
    plsql.create("procedure t.uses is n number; begin select max(b) into n from x; end;")
    other.run("begin t.uses; end;")
    plsql.sql("alter table t.x drop column b")
    error = other.fails("begin t.uses; end;")
    assert error.code == 6550
    assert "PLS-00905: object T.USES is invalid" in error.stack


def test_trigger_made_by_another_session_fires_at_once(plsql: Plsql, other: Plsql) -> None:
    plsql.sql("create table t.x (a number)")
    other.sql("insert into t.x values (1)")
    other.sql("commit")
    plsql.create("trigger t.tr before insert on t.x for each row begin :new.a := :new.a * 2; end;")
    other.sql("insert into t.x values (5)")
    other.sql("commit")
    assert other.sql("select a from t.x order by a") == [(1,), (10,)]


def test_locked_object_names_table_and_mode(plsql: Plsql, other: Plsql) -> None:
    """V$LOCKED_OBJECT: LOCKED_MODE 3 (row-X) while a transaction has changed rows, then nothing."""
    plsql.sql("create table locked (id number)")
    query = (
        "select o.object_name, l.locked_mode, l.session_id from v$locked_object l"
        " join dba_objects o on o.object_id = l.object_id where o.owner = 'T'"
    )
    assert other.sql(query) == []
    plsql.sql("insert into locked values (1)")
    assert other.sql(query) == [("LOCKED", 3, plsql.session.sid)]
    plsql.session.commit()
    assert other.sql(query) == []


def test_after_ddl_all_that_is_compiled_is_compared_in_a_few_queries(
    plsql: Plsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Object by object, the dictionary was most of the time of a deployment."""

    def queries_after_ddl() -> int:
        plsql.sql("create table one_more (x number)")
        asked: list[str] = []
        rows = Catalog._rows

        def counted(catalog: Catalog, sql: str, params: Any = ()) -> Any:
            asked.append(sql)
            return rows(catalog, sql, params)

        with monkeypatch.context() as patch:
            patch.setattr(Catalog, "_rows", counted)
            assert plsql.run("begin null; end;") == []
        plsql.sql("drop table one_more purge")
        return len(asked)

    counts = []
    for first in (0, 4, 8):
        for number in range(first, first + 4):
            plsql.sql(f"create table used_{number} (x number primary key)")
            plsql.create(f"package p_{number} is procedure run; end;")
            plsql.create(
                f"package body p_{number} is procedure run is n number; begin"
                f" select count(*) into n from used_{number}; end; end;"
            )
        plsql.run("begin " + "".join(f"p_{number}.run;" for number in range(first + 4)) + " end;")
        counts.append(queries_after_ddl())
    assert counts[0] == counts[1] == counts[2]


# --------------------------------------------------------------------------- compiled when called


def test_a_session_compiles_the_subprograms_of_a_valid_body_when_it_calls_them(
    plsql: Plsql, other: Plsql
) -> None:
    plsql.create("package t.p is function f return number; function g return number; end p;")
    plsql.create(
        "package body t.p is\n"
        "   function f return number is begin return 1; end f;\n"
        "   function h return number is begin return 2; end h;\n"
        "   function g return number is begin return h; end g;\n"
        "end p;"
    )

    def waiting() -> set[str]:
        namespace = other.session.plsql.units["T", "P", "PACKAGE"].ns
        return {name for name, value in namespace.items() if isinstance(value, LazyRoutine)}

    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["1"]
    assert waiting() == {"f_G_1", "f_H_1"}
    assert other.run("begin dbms_output.put_line(t.p.g); end;") == ["2"]
    assert waiting() == set()


def test_a_subprogram_compiled_later_sees_only_what_was_declared_before_it(
    plsql: Plsql, other: Plsql
) -> None:
    plsql.create("function t.h return number is begin return 1; end;")
    plsql.create("package t.p is function f return number; end p;")
    plsql.create(
        "package body t.p is\n"
        "   function k (n number) return number is begin return 10; end k;\n"
        "   function f return number is begin return h + k('5'); end f;\n"
        "   function h return number is begin return 2; end h;\n"
        "   function k (v varchar2) return number is begin return 20; end k;\n"
        "end p;"
    )
    block = "begin dbms_output.put_line(t.p.f); end;"

    assert (plsql.run(block), other.run(block)) == (["11"], ["11"])


def test_a_subprogram_compiled_later_fails_in_its_own_line(plsql: Plsql, other: Plsql) -> None:
    plsql.create("package t.p is procedure f; end p;")
    plsql.create(
        "package body t.p is\n\n   procedure g is\n   begin\n      raise no_data_found;\n   end g;\n"
        "   procedure f is begin g; end f;\nend p;"
    )
    block = (
        "begin t.p.f; exception when others then"
        " dbms_output.put_line(dbms_utility.format_error_backtrace); end;"
    )
    expected = plsql.run(block)

    assert 'ORA-06512: at "T.P", line 5' in "\n".join(expected)
    assert other.run(block) == expected
    assert other.run(block) == expected  # compiled now


def test_what_is_not_compiled_yet_counts_for_the_state_of_its_package(
    plsql: Plsql, other: Plsql
) -> None:
    plsql.sql("create table t.x (a number)")
    plsql.create(STATEFUL.format(1))
    plsql.create(
        "package body t.p is\n"
        "   procedure later is n number; begin select max(a) into n from x; end later;\n"
        "   function f return number is begin return g; end f;\n"
        "end p;"
    )
    assert other.run("begin t.p.g := 7; dbms_output.put_line(t.p.f); end;") == ["7"]
    plsql.sql("alter table t.x add (b number)")

    assert other.fails("begin dbms_output.put_line(t.p.f); end;").code == 4068
    assert other.run("begin dbms_output.put_line(t.p.f); end;") == ["1"]
