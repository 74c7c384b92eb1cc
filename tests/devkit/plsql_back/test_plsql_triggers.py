"""Triggers: row, statement, compound; what they may do and how their errors look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from conftest import Plsql


@pytest.fixture
def acc(plsql: Plsql) -> Plsql:
    plsql.sql("create table t.acc (id number primary key, bal number, note varchar2(30))")
    plsql.sql("create table t.audit_ (seq number generated always as identity, line varchar2(100))")
    return plsql


def lines(plsql: Plsql) -> list[str]:
    return [line for (line,) in plsql.sql("select line from t.audit_ order by seq")]


def test_before_row_trigger_changes_new_values(acc: Plsql) -> None:
    acc.create(
        "trigger t.b before insert or update on t.acc for each row begin "
        ":new.note := upper(:new.note) || case when inserting then 'I' when updating('BAL') then 'B' else 'U' end; end;"
    )
    acc.sql("insert into t.acc values (1, 10, 'a')")
    acc.sql("update t.acc set bal = 11, note = 'b'")
    assert acc.sql("select note from t.acc") == [("BB",)]


def test_after_row_trigger_sees_old_and_new_and_its_when_clause(acc: Plsql) -> None:
    acc.create(
        "trigger t.a after insert or update or delete on t.acc for each row "
        "when (nvl(new.bal, 0) <> nvl(old.bal, 0)) begin "
        "insert into audit_ (line) values (:old.bal || '>' || :new.bal); end;"
    )
    acc.sql("insert into t.acc values (1, 10, 'a')")
    acc.sql("update t.acc set note = 'same'")
    acc.sql("update t.acc set bal = 20")
    acc.sql("delete from t.acc")
    assert lines(acc) == [">10", "10>20", "20>"]


def test_statement_triggers_fire_once_even_without_rows(acc: Plsql) -> None:
    acc.create(
        "trigger t.s before update on t.acc begin insert into audit_ (line) values ('before'); end;"
    )
    acc.create(
        "trigger t.s2 after update on t.acc begin insert into audit_ (line) values ('after'); end;"
    )
    acc.sql("update t.acc set bal = 1 where 1 = 0")
    assert lines(acc) == ["before", "after"]


def test_update_of_columns_limits_the_trigger(acc: Plsql) -> None:
    acc.sql("insert into t.acc values (1, 10, 'a')")
    acc.create(
        "trigger t.u after update of bal on t.acc begin insert into audit_ (line) values ('bal'); end;"
    )
    acc.sql("update t.acc set note = 'x'")
    acc.sql("update t.acc set bal = 2")
    assert lines(acc) == ["bal"]


COMPOUND = """trigger t.c for insert or update on t.acc compound trigger
   type ids_t is table of number index by pls_integer;
   g_ids ids_t;
   procedure note(p varchar2) is begin insert into audit_ (line) values (p); end note;
   before statement is begin note('bs' || g_ids.count); end before statement;
   before each row is begin :new.note := 'seen'; end before each row;
   after each row is begin g_ids(g_ids.count + 1) := :new.id; end after each row;
   after statement is begin note('as' || g_ids.count || g_ids(1)); end after statement;
end c;"""


def test_compound_trigger_keeps_its_state_for_one_statement(acc: Plsql) -> None:
    acc.create(COMPOUND)
    acc.sql("insert into t.acc select 5, 1, 'x' from dual union all select 6, 1, 'y' from dual")
    acc.sql("update t.acc set bal = 2 where id = 6")
    assert lines(acc) == ["bs0", "as25", "bs0", "as16"]
    assert acc.sql("select distinct note from t.acc") == [("seen",)]


def test_error_in_a_trigger_undoes_the_statement_and_names_the_trigger(acc: Plsql) -> None:
    acc.create(
        "trigger t.r before insert on t.acc for each row\nbegin\n"
        "   if :new.bal < 0 then\n      raise_application_error(-20005, 'negative');\n   end if;\nend;"
    )
    with pytest.raises(OraError) as caught:
        acc.sql(
            "insert into t.acc select 1, 5, null from dual union all select 2, -1, null from dual"
        )
    assert caught.value.stack.split("\n") == [
        "ORA-20005: negative",
        'ORA-06512: at "T.R", line 4',
        "ORA-04088: error during execution of trigger 'T.R'",
    ]
    assert acc.sql("select count(*) from t.acc") == [(0,)]


def test_caller_can_handle_the_error_of_a_trigger(acc: Plsql) -> None:
    acc.create("trigger t.r before insert on t.acc begin raise no_data_found; end;")
    block = """
    begin insert into t.acc values (1, 1, null);
    exception when no_data_found then dbms_output.put_line('handled'); end;"""
    assert acc.run(block) == ["handled"]


def test_transaction_control_in_a_trigger_is_04092(acc: Plsql) -> None:
    acc.create("trigger t.x after insert on t.acc begin commit; end;")
    with pytest.raises(OraError) as caught:
        acc.sql("insert into t.acc values (1, 1, null)")
    assert caught.value.message == "ORA-04092: cannot COMMIT in a trigger"


def test_autonomous_work_of_a_trigger_may_commit(acc: Plsql) -> None:
    acc.create(
        "procedure t.log_it(m varchar2) is pragma autonomous_transaction; "
        "begin insert into audit_ (line) values (m); commit; end;"
    )
    acc.create(
        "trigger t.x after insert on t.acc for each row begin log_it('row ' || :new.id); end;"
    )
    acc.sql("insert into t.acc values (7, 1, null)")
    acc.sql("rollback")
    assert lines(acc) == ["row 7"]
    assert acc.sql("select count(*) from t.acc") == [(0,)]


def test_reading_the_table_in_its_row_trigger_is_04091(acc: Plsql) -> None:
    acc.create(
        "trigger t.m after update on t.acc for each row declare n number; "
        "begin select count(*) into n from acc; end;"
    )
    acc.sql("insert into t.acc values (1, 1, null)")
    with pytest.raises(OraError) as caught:
        acc.sql("update t.acc set bal = 2")
    assert caught.value.code == 4091


def test_trigger_that_does_not_compile_is_04098(acc: Plsql) -> None:
    acc.broken("trigger t.bad before insert on t.acc begin nope; end;")
    with pytest.raises(OraError) as caught:
        acc.sql("insert into t.acc values (1, 1, null)")
    assert caught.value.message == "ORA-04098: trigger 'T.BAD' is invalid and failed re-validation"


def test_changing_new_in_an_after_trigger_does_not_compile(acc: Plsql) -> None:
    errors = acc.broken("trigger t.n after insert on t.acc for each row begin :new.bal := 1; end;")
    assert "ORA-04084" in errors[0][2]


def test_predicates_hold_in_a_package_called_by_the_trigger(acc: Plsql) -> None:
    acc.create("package t.cap is procedure note; end cap;")
    acc.create(
        "package body t.cap is procedure note is v varchar2(1) := "
        "case when inserting then 'I' when updating then 'U' when deleting then 'D' end; "
        "begin insert into audit_ (line) values (v); end note; end cap;"
    )
    acc.create("trigger t.call_it after insert or delete on t.acc begin cap.note; end;")
    acc.sql("insert into t.acc values (1, 1, null)")
    acc.sql("delete from t.acc")
    assert lines(acc) == ["I", "D"]


def test_instead_of_trigger_handles_dml_on_a_view(acc: Plsql) -> None:
    acc.sql("create view t.v as select id, bal from t.acc")
    acc.create(
        "trigger t.iv instead of insert on t.v for each row begin "
        "insert into acc (id, bal, note) values (:new.id, :new.bal * 2, 'view'); end;"
    )
    acc.sql("insert into t.v (id, bal) values (1, 5)")
    assert acc.sql("select bal, note from t.acc") == [(10, "view")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("after update on t.acc for each row begin :new.bal := 1; end;", "ORA-04084"),
        (
            "after update on t.acc for each row begin select 1 into :new.bal from dual; end;",
            "ORA-04084",
        ),
        ("before delete on t.acc for each row begin :new.bal := 1; end;", "ORA-04084"),
        ("before update on t.acc for each row begin :old.bal := 1; end;", "ORA-04085"),
        (
            "for update on t.acc compound trigger after each row is begin :new.bal := 1; "
            "end after each row; end;",
            "ORA-04084",
        ),
    ],
)
def test_row_images_that_may_not_be_changed(acc: Plsql, body: str, code: str) -> None:
    errors = acc.broken(f"trigger t.n {body}")
    assert code in errors[0][2]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("before update on t.acc begin :new.bal := 1; end;", 4082),
        ("after delete on t.acc begin insert into audit_ values (:old.note); end;", 4082),
        (
            "after insert on t.acc referencing new as n begin if :n.bal > 1 then null; end if; end;",
            4082,
        ),
        ("before insert on t.acc when (new.bal > 1) begin null; end;", 4077),
    ],
)
def test_a_trigger_of_a_statement_has_no_row(acc: Plsql, body: str, code: int) -> None:
    with pytest.raises(OraError) as caught:
        acc.sql(f"create trigger t.level_ {body}")
    assert caught.value.code == code
    assert acc.sql("select * from dba_triggers where trigger_name = 'LEVEL_'") == []


@pytest.mark.parametrize(
    "use",
    [
        ":new.bal := 1;",
        "if :old.bal > 1 then null; end if;",
        "insert into audit_ (line) values (:new.note);",
    ],
)
def test_a_section_of_the_statement_has_no_row(acc: Plsql, use: str) -> None:
    errors = acc.broken(
        f"trigger t.n for update on t.acc compound trigger after statement is begin {use} "
        "end after statement; after each row is begin null; end after each row; end;"
    )
    assert errors[0][2] == "PLS-00679: trigger binds not allowed in before/after statement section"
