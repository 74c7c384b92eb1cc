"""A data directory of an earlier version is brought up to this one when that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.server import start_cluster
from devkit.oracle.session import Database

if TYPE_CHECKING:
    from pathlib import Path


def test_a_view_with_other_columns_is_made_anew(tmp_path: Path) -> None:
    """PostgreSQL refuses CREATE OR REPLACE of a view whose columns are others."""
    with (
        start_cluster(tmp_path / "data", durability="fast") as cluster,
        psycopg.connect(cluster.conninfo) as connection,
    ):
        connection.execute('DROP VIEW "SYS"."USER_PROCEDURES"')
        connection.execute('CREATE VIEW "SYS"."USER_PROCEDURES" AS SELECT 1 AS "OLD"')
        connection.execute("DROP TABLE ora_dict.described CASCADE")
        connection.execute("UPDATE ora_dict.property SET value = 'old' WHERE name = 'contents'")
    with start_cluster(tmp_path / "data", durability="fast") as cluster:
        session = Database(cluster.conninfo).open_session("SYSTEM")
        session.execute(ExecuteRequest("create procedure p(x number) is begin null; end;"))
        cursor = session.execute(
            ExecuteRequest("select object_name, subprogram_id from user_procedures")
        ).cursor
        assert cursor is not None
        assert cursor.fetch(2) == [("P", 1)]
        session.close()


def test_numbers_of_users_objects_do_not_depend_on_what_is_supplied(tmp_path: Path) -> None:
    """Generated names (ISEQ$$_nnn, SYS_Cnnn) hold them, and reviewed schemas hold those names."""
    with start_cluster(tmp_path / "data", durability="fast") as cluster:
        session = Database(cluster.conninfo).open_session("SYSTEM")
        session.execute(ExecuteRequest("create table t (id number)"))
        cursor = session.execute(
            ExecuteRequest(
                "select (select object_id from user_objects where object_name = 'T'),"
                " (select max(object_id) from dba_objects where owner = 'SYS') from dual"
            )
        ).cursor
        assert cursor is not None
        [(own, supplied)] = cursor.fetch(2)
        assert own == 20246
        assert supplied < 20000
        session.close()
