"""Triggers around DML, and PL/SQL functions inside SQL, with the real PL/SQL machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Sql


@pytest.fixture(autouse=True, scope="module")
def objects(schema: Sql) -> None:
    for statement in (
        "create table t (id number primary key, name varchar2(10) not null, amount number(5,2),"
        " twice number generated always as (amount * 2) virtual)",
        "create table trace (n number generated always as identity, line varchar2(200))",
        "create view t_v as select id, name from t",
        """create function doubled(in_n in number) return number is
           begin return in_n * 2; end;""",
        """create function writing(in_n in number) return number is
           begin insert into trace (line) values ('x'); return in_n; end;""",
        """create package pk is function joined(in_a in varchar2, in_b in varchar2) return varchar2; end;""",
        """create package body pk is
             function joined(in_a in varchar2, in_b in varchar2) return varchar2 is
             begin return in_a || '+' || in_b; end;
           end;""",
    ):
        assert not schema.execute(statement).compiled_with_errors


@pytest.fixture
def fresh(sql: Sql) -> Iterator[Sql]:
    """No trigger and no rows before and after."""
    yield sql
    sql.session.rollback()
    for (name,) in sql.rows("select trigger_name from all_triggers where owner = 'S'"):
        sql.execute(f"drop trigger {name}")
    sql.execute("delete t")
    sql.execute("delete trace")
    sql.session.commit()


def trigger(sql: Sql, text: str) -> None:
    assert not sql.execute(text).compiled_with_errors, sql.rows(
        "select line, text from all_errors where owner = 'S' order by sequence"
    )


def lines(sql: Sql) -> list[str]:
    return [row[0] for row in sql.rows("select line from trace order by n")]


def test_triggers_fire_in_oracles_order(fresh: Sql) -> None:
    trigger(
        fresh,
        """create trigger all_points for insert or update or delete on t compound trigger
             procedure note(in_what in varchar2) is
             begin insert into trace (line) values (in_what); end;
             before statement is begin note('before'); end before statement;
             before each row is begin note('row ' || nvl(:new.id, :old.id)); end before each row;
             after each row is begin note('done ' || nvl(:new.id, :old.id)); end after each row;
             after statement is begin note('after'); end after statement;
           end;""",
    )
    fresh.execute("insert into t (id, name) select level, 'x' from dual connect by level <= 2")
    assert lines(fresh) == ["before", "row 1", "done 1", "row 2", "done 2", "after"]


def test_a_before_trigger_changes_what_is_stored_and_returned(fresh: Sql) -> None:
    trigger(
        fresh,
        """create trigger fill before insert or update on t for each row
           begin :new.name := upper(nvl(:new.name, 'none')); end;""",
    )
    result = fresh.execute(
        "insert into t (id, amount) values (1, 2.5) returning name, twice into :n, :w",
        returning=["N", "W"],
    )
    assert result.returning == [[["NONE"], ["5"]]]
    fresh.execute("update t set amount = 3")
    assert fresh.rows("select name, amount from t") == [("NONE", 3)]
    fresh.execute("update t set name = 'abc'")
    assert fresh.one("select name from t") == "ABC"


def test_what_a_before_trigger_assigns_is_checked_by_name(fresh: Sql) -> None:
    trigger(
        fresh,
        "create trigger bad before insert on t for each row begin :new.amount := 12345; end;",
    )
    assert fresh.error("insert into t (id, name) values (1, 'x')").code in {1438, 6502}
    assert fresh.one("select count(*) from t") == 0


def test_an_after_row_trigger_sees_old_and_new(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name, amount) values (1, 'a', 1)")
    trigger(
        fresh,
        """create trigger seen after update or delete on t for each row
           begin insert into trace (line) values (:old.amount || '>' || :new.amount || ' ' || :new.twice);
           end;""",
    )
    fresh.execute("update t set amount = amount + 1")
    fresh.execute("delete t")
    assert lines(fresh) == ["1>2 4", "2> "]


def test_a_row_trigger_may_not_read_its_own_table(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name) values (1, 'a')")
    trigger(
        fresh,
        """create trigger peek after update on t for each row
           declare l_n number; begin select count(*) into l_n from t; end;""",
    )
    error = fresh.error("update t set amount = 1")
    assert "ORA-04091: table S.T is mutating, trigger/function may not see it" in error.stack
    assert fresh.one("select amount from t") is None


def test_a_failing_trigger_undoes_the_statement(fresh: Sql) -> None:
    trigger(
        fresh,
        """create trigger refuse after insert on t for each row when (new.id = 2)
           begin raise_application_error(-20001, 'no'); end;""",
    )
    error = fresh.error(
        "insert into t (id, name) select level, 'x' from dual connect by level <= 2"
    )
    assert (error.code, error.text) == (20001, "no")
    assert fresh.one("select count(*) from t") == 0


def test_update_of_fires_only_for_its_columns(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name) values (1, 'a')")
    trigger(
        fresh,
        """create trigger only_name after update of name on t
           begin insert into trace (line) values ('name'); end;""",
    )
    fresh.execute("update t set amount = 1")
    assert lines(fresh) == []
    fresh.execute("update t set name = 'b'")
    assert lines(fresh) == ["name"]


def test_merge_fires_the_triggers_of_both_branches(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name) values (1, 'a')")
    trigger(
        fresh,
        """create trigger both before insert or update on t for each row
           begin
             :new.name := case when inserting then 'ins' else 'upd' end;
           end;""",
    )
    count = fresh.count(
        "merge into t using (select level id from dual connect by level <= 2) s on (t.id = s.id) "
        "when matched then update set amount = 5 when not matched then insert (id) values (s.id)"
    )
    assert count == 2
    assert fresh.rows("select id, name, amount from t order by id") == [
        (1, "upd", 5),
        (2, "ins", None),
    ]


def test_instead_of_triggers_replace_dml_on_a_view(fresh: Sql) -> None:
    trigger(
        fresh,
        """create trigger t_v_io instead of insert or update or delete on t_v for each row
           begin
             if inserting then insert into t (id, name) values (:new.id, :new.name);
             elsif updating then update t set name = :new.name || '!' where id = :old.id;
             else delete t where id = :old.id; end if;
           end;""",
    )
    assert fresh.count("insert into t_v values (1, 'a')") == 1
    assert fresh.count("update t_v set name = 'b' where id = 1") == 1
    assert fresh.rows("select id, name from t") == [(1, "b!")]
    assert fresh.count("delete from t_v") == 1
    assert fresh.one("select count(*) from t") == 0


def test_array_insert_fires_statement_triggers_once(fresh: Sql) -> None:
    trigger(
        fresh,
        """create trigger once for insert on t compound trigger
             l_rows pls_integer := 0;
             after each row is begin l_rows := l_rows + 1; end after each row;
             after statement is begin insert into trace (line) values (l_rows); end after statement;
           end;""",
    )
    fresh.execute("insert into t (id, name) values (:i, 'x')", *({"I": n} for n in range(1, 51)))
    assert lines(fresh) == ["50"]


def test_functions_in_sql_with_and_without_columns(fresh: Sql) -> None:
    fresh.execute(
        "insert into t (id, name) select level, 'n' || level from dual connect by level <= 3"
    )
    assert fresh.one("select doubled(21) from dual") == 42
    assert fresh.one("select doubled(doubled(:n)) from dual", N=5) == 20
    assert fresh.rows(
        "select id, s.doubled(id), pk.joined(name, to_char(id)) from t where doubled(id) > 2 order by id"
    ) == [(2, 4, "n2+2"), (3, 6, "n3+3")]
    assert fresh.one("select pk.joined(in_b => 'b', in_a => 'a') from dual") == "a+b"
    fresh.execute("update t set amount = doubled(id) where doubled(id) = 6")
    assert fresh.rows("select id, amount from t where amount is not null") == [(3, 6)]


def test_a_function_that_writes_is_refused_in_a_query(fresh: Sql) -> None:
    error = fresh.error("select writing(1) from dual")
    assert "ORA-14551" in error.stack
    assert lines(fresh) == []


def test_a_function_in_dml_may_write_but_not_see_the_changed_table(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name) values (writing(5), 'a')")
    assert lines(fresh) == ["x"]
    assert not fresh.execute(
        """create or replace function peeking(in_n in number) return number is
             l_n number; begin select count(*) into l_n from t; return l_n + in_n; end;"""
    ).compiled_with_errors
    assert "ORA-04091" in fresh.error("update t set amount = peeking(id)").stack


def test_an_autonomous_function_may_write_and_see_its_own_table(fresh: Sql) -> None:
    fresh.execute("insert into t (id, name) values (1, 'a')")
    fresh.session.commit()
    assert not fresh.execute(
        """create or replace function logged(in_n in number) return number is
             pragma autonomous_transaction;
             l_rows number;
           begin
             select count(*) into l_rows from t;
             insert into trace (line) values ('seen ' || l_rows);
             commit;
             return in_n;
           end;"""
    ).compiled_with_errors
    assert fresh.one("select logged(7) from dual") == 7
    trigger(
        fresh,
        """create trigger auto after update on t for each row
           declare l_n number; begin l_n := logged(:new.id); end;""",
    )
    fresh.execute("update t set amount = 1")
    assert lines(fresh) == ["seen 1", "seen 1"]


def written(sql: Sql, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the portions in which rows are written from now on."""
    sizes: list[int] = []
    rows = sql.session.sql.executor.rows
    write = type(rows)._write

    def noted(self: Any, *args: Any) -> Any:
        sizes.append(len(args[5]))
        return write(self, *args)

    monkeypatch.setattr(type(rows), "_write", noted)
    return sizes


@pytest.mark.parametrize(
    ("body", "portions"),
    [
        ("begin :new.name := upper(trim(:new.name)); end", [3]),
        ("declare l_n number := 1; begin if :new.id > l_n then :new.amount := 2; end if; end", [3]),
        ("begin :new.amount := doubled(1); end", [1, 1, 1]),
        ("begin :new.amount := ids.nextval; end", [1, 1, 1]),
        ("begin select 1 into :new.amount from dual; end", [1, 1, 1]),
        ("begin if :new.id < 0 then raise_application_error(-20001, 'no'); end if; end", [1, 1, 1]),
        ("begin declare l_n number; begin :new.amount := l_n; end; end", [1, 1, 1]),
    ],
)
def test_rows_are_written_together_where_no_trigger_can_tell(
    fresh: Sql, monkeypatch: pytest.MonkeyPatch, body: str, portions: list[int]
) -> None:
    if "ids" in body:
        fresh.execute("create sequence ids")
    trigger(fresh, f"create trigger before_it before insert on t for each row {body};")
    trigger(
        fresh,
        """create trigger after_it after insert on t for each row
           begin insert into trace (line) values (:new.name); end;""",
    )
    sizes = written(fresh, monkeypatch)
    fresh.execute("insert into t (id, name) select level, 'x' from dual connect by level <= 3")
    assert sizes == portions
    assert len(lines(fresh)) == 3


def test_a_variable_of_a_compound_trigger_is_seen_row_by_row(
    fresh: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(
        fresh,
        """create trigger counting for insert on t compound trigger
             upper number := 0;
             before each row is begin :new.amount := upper; end before each row;
             after each row is begin upper := upper + 1; end after each row;
           end;""",
    )
    sizes = written(fresh, monkeypatch)
    fresh.execute("insert into t (id, name) select level, 'x' from dual connect by level <= 3")
    assert sizes == [1, 1, 1]
    assert fresh.rows("select amount from t order by id") == [(0,), (1,), (2,)]
