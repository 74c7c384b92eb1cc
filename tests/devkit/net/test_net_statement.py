"""Our scan of a statement finds what the driver's own scan finds."""

from __future__ import annotations

import oracledb
import pytest

from devkit.oracle.net.statement import StatementKind, scan

TEXTS = [
    "select :a, :B from dual where x = :a",
    "select ':x', q'[:y it's]', q'!:z!' from t where a = :real -- :comment",
    "select /* :no */ :yes /*/ :no */ from dual",
    'select :"Mixed Case", : spaced, :1, :2 from dual',
    "select json_object('k':v, 'w' : :bound) from t",
    "begin p(:a, :b, :a); end;",
    "declare x number := :first; begin :second := x/2 - :third; end;",
    "insert into t (x_returning) values (:1) returning id into :2",
    "update t set a = :a where b = :b returning c, d into :c, :d",
    "insert into t values (:a, :b_$#9)",
    "create trigger x before insert on t begin :new.a := 1; end;",
    "with q as (select :n from dual) select * from q",
    "call p(:x)",
    "merge into t using (select :k k from dual) s on (t.k = s.k)"
    " when matched then update set v = :v",
    "commit",
    "lock table t in exclusive mode",
    "select 'unterminated'':a' || :b from dual",
    "select a::b, :c--\n from t",
    "(select :a from dual)",
    "select 1 from dual where name = :açaí",
    "explain plan for select :x from dual",
    'select "col:umn" from t where x=:x1y',
]


@pytest.mark.parametrize("sql", TEXTS)
def test_bind_names_are_those_of_the_driver(modern_dsn: str, sql: str) -> None:
    with oracledb.connect(user="scott", password="tiger", dsn=modern_dsn) as connection:
        cursor = connection.cursor()
        cursor.prepare(sql)
        driver = cursor.bindnames()
    ours = list(dict.fromkeys(scan(sql).binds))
    assert ours == driver


def test_sql_lists_each_occurrence_and_plsql_each_name() -> None:
    assert scan("select :a, :b, :a from dual").binds == ["A", "B", "A"]
    assert scan("begin :a := :b + :a; end;").binds == ["A", "B"]


def test_binds_behind_returning_into_are_told_apart() -> None:
    statement = scan("update t set a = :a returning b into :b")
    assert statement.returning == [False, True]
    assert scan("insert into t values (:1) return id into :2").returning == [False, True]
    assert scan("begin update t set a = :a returning b into :b; end;").returning == [False, False]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("  -- note\n select 1 from dual", StatementKind.QUERY),
        ("/* begin */ delete from t", StatementKind.DML),
        ("Begin null; end;", StatementKind.PLSQL),
        ("grant select on t to u", StatementKind.DDL),
        ("savepoint s ", StatementKind.OTHER),
    ],
)
def test_the_kind_is_decided_by_the_first_word(sql: str, kind: StatementKind) -> None:
    assert scan(sql).kind is kind
