"""Who watches reads the views of CRM_MONITOR in grants.toml; nothing else, and nothing personal."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed

ROOT = Path(__file__).resolve().parents[2]
GRANTS = tomllib.loads((ROOT / "plsql/admin/grants.toml").read_text(encoding="utf-8"))
VIEWS = GRANTS["crm_monitor"]["select"]
PASSWORD = "Watching_1"
PERSONAL = {"DOCUMENT", "AGREED_IMAGE", "BODY", "NAME", "PHONE", "EMAIL", "TAXID", "STEPS"}


@pytest.fixture(scope="module")
def monitor(deployed_world: Deployed) -> Iterator[oracledb.Connection]:
    deployed_world.administer(f'create user watcher identified by "{PASSWORD}"')
    deployed_world.administer("grant create session, crm_monitor to watcher")
    with oracledb.connect(user="WATCHER", password=PASSWORD, dsn=deployed_world.dsn) as connection:
        yield connection
    deployed_world.administer("drop user watcher")


@pytest.mark.parametrize("name", VIEWS)
def test_what_the_role_lists_can_be_read_and_shows_nothing_personal(
    monitor: oracledb.Connection, name: str
) -> None:
    with monitor.cursor() as cursor:
        cursor.execute(f"select * from crm_sync.{name}")
        assert not {column[0] for column in cursor.description} & PERSONAL
        cursor.fetchmany(1)
    monitor.rollback()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from crm_sync.crm_records",
        "select * from crm_sync.vw_crm_clients",
        "select * from crm_sync.crm_conflicts_v",
        "select * from crm_sync.error_log",
        "select * from erp.branches",
        "delete from crm_sync.crm_status_v",
        "begin crm_sync.crm_bridge_api.end_expired_leases; end;",
        "begin crm_sync.crm_jobs.drop_all; end;",
    ],
)
def test_everything_else_is_refused(monitor: oracledb.Connection, sql: str) -> None:
    with (
        monitor.cursor() as cursor,
        pytest.raises(oracledb.DatabaseError, match=r"ORA-(00942|01031|06550)"),
    ):
        cursor.execute(sql)
    monitor.rollback()


def test_the_dictionary_shows_exactly_the_grants_of_the_file(deployed_world: Deployed) -> None:
    granted = deployed_world.rows(
        "select privilege, table_name from all_tab_privs"
        " where grantee = 'CRM_MONITOR' and table_schema = 'CRM_SYNC'"
    )

    assert set(granted) == {("SELECT", name.upper()) for name in VIEWS}
