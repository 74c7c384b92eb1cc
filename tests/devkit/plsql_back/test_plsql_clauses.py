"""Every optional clause of a PL/SQL statement has an effect, or is refused.

The walk is over the words that the parser of statements asks for: each stands in a block below that
gives something else without it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import parser_sql, parser_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Plsql

_READING = {"take", "take_all", "expect"}
LOOP = "for i in 1 .. 3 loop dbms_output.put_line(i); end loop;"
ALL = "declare type tt is table of number; t tt; begin"
ROWS = "execute immediate 'select level from dual connect by level < 4'"
# A block, and one without the clause.
EFFECTS = [
    (
        "begin declare x number := 1; begin dbms_output.put_line(x); end; end;",
        "begin null; end;",
    ),
    (
        "begin raise no_data_found; exception when no_data_found then null; end;",
        "begin raise no_data_found; end;",
    ),
    (
        "begin raise no_data_found; exception when too_many_rows or no_data_found then null; end;",
        "begin raise no_data_found; exception when too_many_rows then null; end;",
    ),
    (
        "begin raise no_data_found; exception when others then null; end;",
        "begin raise no_data_found; exception when too_many_rows then null; end;",
    ),
    (
        "begin begin raise no_data_found; exception when others then raise; end; end;",
        "begin begin raise no_data_found; exception when others then null; end; end;",
    ),
    (
        "begin if 1 = 2 then null; else dbms_output.put_line('e'); end if; end;",
        "begin if 1 = 2 then null; end if; end;",
    ),
    (
        "begin if 1 = 2 then null; elsif 1 = 1 then dbms_output.put_line('e'); end if; end;",
        "begin if 1 = 2 then null; end if; end;",
    ),
    (
        "begin case 3 when 1 then null; else dbms_output.put_line('e'); end case; end;",
        "begin case 3 when 1 then null; end case; end;",
    ),
    (
        "begin case when 1 = 2 then null; else dbms_output.put_line('e'); end case; end;",
        "begin case when 1 = 2 then null; end case; end;",
    ),
    (
        "begin for i in reverse 1 .. 3 loop dbms_output.put_line(i); end loop; end;",
        f"begin {LOOP} end;",
    ),
    (
        "begin <<o>> for i in 1 .. 3 loop for j in 1 .. 3 loop exit o when j = 2; "
        "dbms_output.put_line(i || j); end loop; end loop; end;",
        "begin for i in 1 .. 3 loop for j in 1 .. 3 loop exit when j = 2; dbms_output.put_line(i "
        "|| j); end loop; end loop; end;",
    ),
    (
        "begin <<o>> for i in 1 .. 3 loop for j in 1 .. 3 loop continue o when j = 2; "
        "dbms_output.put_line(i || j); end loop; end loop; end;",
        "begin for i in 1 .. 3 loop for j in 1 .. 3 loop continue when j = 2; "
        "dbms_output.put_line(i || j); end loop; end loop; end;",
    ),
    (
        "begin for i in 1 .. 3 loop exit when i = 2; dbms_output.put_line(i); end loop; end;",
        "begin for i in 1 .. 3 loop exit; dbms_output.put_line(i); end loop; end;",
    ),
    (
        "begin for i in 1 .. 3 loop continue when i = 2; dbms_output.put_line(i); end loop; end;",
        "begin for i in 1 .. 3 loop continue; dbms_output.put_line(i); end loop; end;",
    ),
    (
        "declare i number := 0; begin while i < 2 loop i := i + 1; dbms_output.put_line(i); end "
        "loop; end;",
        "begin null; end;",
    ),
    (
        "begin goto done; dbms_output.put_line('x'); <<done>> null; end;",
        "begin dbms_output.put_line('x'); <<done>> null; end;",
    ),
    (
        "begin return; dbms_output.put_line('x'); end;",
        "begin dbms_output.put_line('x'); end;",
    ),
    (
        "begin for r in (select level n from dual connect by level < 3) loop "
        "dbms_output.put_line(r.n); end loop; end;",
        "begin null; end;",
    ),
    (
        "declare cursor c (n number) is select n from dual; begin for r in c (5) loop "
        "dbms_output.put_line(r.n); end loop; end;",
        "begin null; end;",
    ),
    (
        "declare type tt is table of number; t tt := tt(1, 0, 2); begin forall i in 1 .. t.count "
        "save exceptions insert into w values (1 / t(i)); end;",
        "declare type tt is table of number; t tt := tt(1, 0, 2); begin forall i in 1 .. t.count "
        "insert into w values (1 / t(i)); end;",
    ),
    (
        "declare type tt is table of number; t tt := tt(1, 2, 3); begin t.delete(2); forall i in "
        "indices of t insert into w values (t(i)); dbms_output.put_line(sql%rowcount); end;",
        "declare type tt is table of number; t tt := tt(1, 2, 3); begin t.delete(2); forall i in "
        "1 .. 3 insert into w values (t(i)); dbms_output.put_line(sql%rowcount); end;",
    ),
    (
        "declare type tt is table of number; t tt := tt(1, 2, 3); begin forall i in indices of t "
        "between 2 and 3 insert into w values (t(i)); dbms_output.put_line(sql%rowcount); end;",
        "declare type tt is table of number; t tt := tt(1, 2, 3); begin forall i in indices of t "
        "insert into w values (t(i)); dbms_output.put_line(sql%rowcount); end;",
    ),
    (
        "declare type tt is table of number; type ti is table of pls_integer; t tt := tt(1, 2, "
        "3); x ti := ti(3, 1); begin forall i in values of x insert into w values (t(i)); "
        "dbms_output.put_line(sql%rowcount); end;",
        "declare type tt is table of number; t tt := tt(1, 2, 3); begin forall i in 1 .. 3 insert "
        "into w values (t(i)); dbms_output.put_line(sql%rowcount); end;",
    ),
    (
        "declare c sys_refcursor; type tt is table of number; t tt; begin open c for select level "
        "from dual connect by level < 4; fetch c bulk collect into t limit 2; "
        "dbms_output.put_line(t.count); end;",
        "declare c sys_refcursor; type tt is table of number; t tt; begin open c for select level "
        "from dual connect by level < 4; fetch c bulk collect into t; "
        "dbms_output.put_line(t.count); end;",
    ),
    (
        "declare c sys_refcursor; n number; begin open c for 'select :a from dual' using 7; fetch "
        "c into n; close c; dbms_output.put_line(n); end;",
        "declare c sys_refcursor; n number; begin open c for 'select 1 from dual'; fetch c into "
        "n; close c; dbms_output.put_line(n); end;",
    ),
    (
        f"{ALL} {ROWS} bulk collect into t; dbms_output.put_line(t.count); end;",
        f"declare n number; begin {ROWS} into n; end;",
    ),
    (
        "declare n number := 4; begin execute immediate 'begin :x := :x * 2; end;' using in out "
        "n; dbms_output.put_line(n); end;",
        "declare n number := 4; begin execute immediate 'begin :x := :x * 2; end;' using n; "
        "dbms_output.put_line(n); end;",
    ),
    (
        "declare n number := 4; begin execute immediate 'begin :x := 3; end;' using out n; "
        "dbms_output.put_line(n); end;",
        "declare n number := 4; begin execute immediate 'begin null; end;'; "
        "dbms_output.put_line(n); end;",
    ),
    (
        "declare n number; begin execute immediate 'insert into w values (5) returning a into :n' "
        "returning into n; dbms_output.put_line(n); end;",
        "declare n number; begin execute immediate 'insert into w values (5)'; "
        "dbms_output.put_line(n); end;",
    ),
    (
        "declare n number; begin execute immediate 'insert into w values (5) returning a into :n' "
        "return into n; dbms_output.put_line(n); end;",
        "declare n number; begin execute immediate 'insert into w values (6)'; "
        "dbms_output.put_line(n); end;",
    ),
    (
        "declare type tt is table of number; t tt; begin select level bulk collect into t from "
        "dual connect by level < 3; dbms_output.put_line(t.count); end;",
        "declare n number; begin select level into n from dual connect by level < 3; end;",
    ),
    (
        "begin insert into w values (1); savepoint s; insert into w values (2); rollback to "
        "savepoint s; dbms_output.put_line(sql%rowcount); for r in (select count(*) n from w) "
        "loop dbms_output.put_line(r.n); end loop; rollback; end;",
        "begin insert into w values (1); insert into w values (2); rollback work; for r in "
        "(select count(*) n from w) loop dbms_output.put_line(r.n); end loop; end;",
    ),
    (
        "begin set transaction read only; insert into w values (1); end;",
        "begin insert into w values (1); end;",
    ),
    (
        "begin lock table w in exclusive mode; "
        "dbms_output.put_line(dbms_transaction.local_transaction_id(false)); end;",
        "begin null; end;",
    ),
]
# What they say is about disks and transactions in doubt.
PHYSICAL = [
    ("begin commit work; end;", "begin commit; end;"),
    ("begin commit comment 'x'; end;", "begin commit; end;"),
    ("begin commit write batch nowait; end;", "begin commit; end;"),
    ("begin commit write immediate wait; end;", "begin commit; end;"),
]
REFUSED = [
    ("begin commit force '1.2.3'; end;", "COMMIT FORCE"),
    ("begin rollback force '1.2.3'; end;", "PLS-00103"),
    ("begin for i in 1 .. 3 by 2 loop null; end loop; end;", "PLS-00103"),
    ("begin for i in 1 .. 3, 5 .. 7 loop null; end loop; end;", "PLS-00103"),
    ("begin for i in 1 .. 3 while i < 2 loop null; end loop; end;", "PLS-00103"),
    ("declare c sys_refcursor; begin open c for select 1 from dual using 1; end;", "ORA-00933"),
    ("begin pipe row (1); end;", "PLS-00629"),
]


@pytest.fixture
def table(plsql: Plsql) -> Plsql:
    plsql.sql("create table w (a number)")
    return plsql


def outcome(table: Plsql, block: str) -> tuple[object, ...]:
    try:
        return tuple(table.run(block))
    except OraError as error:
        return ("error", error.code, error.message)
    finally:
        table.session.rollback()
        table.sql("delete w")
        table.session.commit()


@pytest.mark.parametrize(("with_it", "without"), EFFECTS)
def test_a_clause_has_an_effect(table: Plsql, with_it: str, without: str) -> None:
    first = outcome(table, with_it)
    assert "ORA-06550" not in str(first)
    assert first != outcome(table, without)


@pytest.mark.parametrize(("with_it", "without"), PHYSICAL)
def test_a_physical_clause_changes_nothing(table: Plsql, with_it: str, without: str) -> None:
    assert outcome(table, with_it) == outcome(table, without) == ()


@pytest.mark.parametrize(("block", "text"), REFUSED)
def test_a_clause_is_refused(table: Plsql, block: str, text: str) -> None:
    found = outcome(table, block)
    assert found[0] == "error"
    assert text in str(found[2])


def words() -> Iterator[str]:
    for module in (parser_statements, parser_sql):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _READING
            ):
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def test_every_word_of_the_parser_is_tried() -> None:
    blocks = [
        *(one for pair in (*EFFECTS, *PHYSICAL) for one in pair),
        *(one for one, _ in REFUSED),
    ]
    tried = {word.upper() for block in blocks for word in re.findall(r"\w+", block)}
    assert {word for word in words() if word.isalpha()} - tried == set()
