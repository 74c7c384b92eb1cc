"""Clauses of PL/SQL units that the parser knows and nothing acts on are refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from tests.devkit.plsql_back.conftest import Plsql


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (
            "function t.f return varchar2 sql_macro is begin return 'x'; end;",
            "ORA-03001: unimplemented feature: SQL_MACRO",
        ),
        (
            "procedure t.p sharing = metadata is begin null; end;",
            "ORA-03001: unimplemented feature: SHARING = METADATA",
        ),
        (
            "procedure t.p default collation binary_ci is begin null; end;",
            "ORA-43929: Collation cannot be specified if parameter MAX_STRING_SIZE=STANDARD is set",
        ),
        (
            "package t.p is pragma nonsense; x number := 0; end;",
            "PLS-00127: Pragma NONSENSE is not a supported pragma",
        ),
        (
            "package t.p is pragma serially_reusable; x number := 0; end;",
            "ORA-03001: unimplemented feature: PRAGMA SERIALLY_REUSABLE",
        ),
        # of release 21 and 23
        ("procedure t.p is begin for i in 1 .. 3, 5 .. 7 loop null; end loop; end;", "PLS-00103"),
        ("procedure t.p is begin for i in 1 .. 10 by 2 loop null; end loop; end;", "PLS-00103"),
        ("procedure t.p is j json; begin null; end;", "PLS-00201"),
    ],
)
def test_a_clause_that_nothing_acts_on_does_not_compile(plsql: Plsql, unit: str, text: str) -> None:
    assert text in plsql.broken(unit)[0][2]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "create trigger t.g before insert on t.a for each row forward crossedition "
            "begin null; end;",
            "ORA-03001: unimplemented feature: CROSSEDITION",
        ),
        (
            "create trigger t.g before insert on t.a for each row precedes t.h begin null; end;",
            "ORA-03001: unimplemented feature: PRECEDES",
        ),
        (
            "create trigger t.g sharing = metadata before insert on t.a begin null; end;",
            "ORA-03001: unimplemented feature: trigger with SHARING",
        ),
        (
            "create procedure if not exists t.p is begin null; end;",
            "ORA-00922: missing or invalid option",
        ),
        (
            "alter procedure t.q compile plsql_ccflags = 'x:true'",
            "ORA-03001: unimplemented feature: COMPILE with PLSQL_CCFLAGS",
        ),
        (
            "alter procedure t.q compile reuse settings",
            "ORA-03001: unimplemented feature: COMPILE with REUSE",
        ),
        ("lock table t.a partition (p) in share mode", "ORA-14501: object is not partitioned"),
        ("select * from t.a partition (p)", "ORA-14501: object is not partitioned"),
    ],
)
def test_a_clause_that_nothing_acts_on_is_refused(
    plsql: Plsql, statement: str, message: str
) -> None:
    plsql.sql("create table t.a (x number)")
    plsql.create("procedure t.q is begin null; end;")
    with pytest.raises(OraError) as caught:
        plsql.session.execute(ExecuteRequest(statement))
    assert caught.value.message == message


@pytest.mark.parametrize(
    "unit",
    [
        "function t.f return number result_cache is begin return 1; end;",
        "function t.f return number deterministic parallel_enable is begin return 1; end;",
        "procedure t.p default collation using_nls_comp is pragma udf; begin null; end;",
        "package t.p is pragma deprecate(p, 'old'); x number := 0; end;",
        "procedure t.p is pragma coverage ('NOT_FEASIBLE'); begin null; end;",
    ],
)
def test_a_clause_that_changes_nothing_is_accepted(plsql: Plsql, unit: str) -> None:
    plsql.create(unit)
