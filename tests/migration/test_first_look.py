"""The script for the first real database says PASS to everything here, and FAIL where something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed

from devkit.oracle.sql.script import ItemKind, split_script

SCRIPT = Path(__file__).resolve().parents[2] / "plsql" / "admin" / "first_look.sql"
TABLES = ("crm_outbox_events", "crm_capture_gaps", "crm_change_qt", "crm_records", "error_log")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with Deployed(tmp_path_factory.mktemp("first_look"), branches=5, loaded=5) as world:
        world.bring_deployed()
        yield world


@pytest.fixture
def admin(deployed: Deployed) -> Iterator[oracledb.Connection]:
    with deployed.connect("SYSTEM") as connection:
        connection.current_schema = "CRM_SYNC"
        yield connection


def look(admin: oracledb.Connection) -> list[str]:
    """What the script prints; a block that ends with an error is a FAIL, as its head says."""
    lines: list[str] = []
    with admin.cursor() as cursor:
        cursor.callproc("dbms_output.enable", [None])
        for item in split_script(SCRIPT.read_text(encoding="utf-8"), source=SCRIPT.name):
            if item.kind is ItemKind.PLSQL:
                try:
                    cursor.execute(item.text)
                except oracledb.DatabaseError as error:
                    lines.append(f"FAIL line {item.line}: {error}")
                    admin.rollback()  # whenever sqlerror continue rollback
        line, status = cursor.var(str), cursor.var(int)
        while True:
            cursor.callproc("dbms_output.get_line", [line, status])
            if status.getvalue():
                return lines
            lines.append(line.getvalue())


def counts(admin: oracledb.Connection) -> dict[str, int]:
    found = {}
    with admin.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"select count(*) from {table}")
            (found[table],) = cursor.fetchone() or (0,)
    admin.rollback()
    return found


def test_everything_passes_and_nothing_stays(admin: oracledb.Connection) -> None:
    before = counts(admin)
    lines = look(admin)
    assert [line for line in lines if not line.startswith("PASS")] == []
    assert len(lines) >= 20
    assert counts(admin) == before


@pytest.mark.parametrize(
    ("broken", "mended", "said"),
    [
        (
            "alter trigger crm_branches_trg disable",
            "alter trigger crm_branches_trg enable",
            {"enabled triggers", "an edit of branch"},
        ),
        (
            "begin dbms_aqadm.stop_queue(queue_name => 'CRM_SYNC.CRM_CHANGE_Q'); end;",
            "begin dbms_aqadm.start_queue(queue_name => 'CRM_SYNC.CRM_CHANGE_Q'); end;",
            {"running queues", "ORA-25207"},
        ),
        (
            "grant select any table to crm_bridge",
            "revoke select any table from crm_bridge",
            {"no ANY privilege"},
        ),
        (
            "grant select on erp.contacts to crm_bridge",
            "revoke select on erp.contacts from crm_bridge",
            {"CRM_BRIDGE has no right on the ERP"},
        ),
    ],
    ids=["trigger", "queue", "any", "erp"],
)
def test_what_is_wrong_is_said(
    admin: oracledb.Connection, broken: str, mended: str, said: set[str]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute(broken)
        try:
            failed = [line for line in look(admin) if line.startswith("FAIL")]
        finally:
            cursor.execute(mended)
    for words in said:
        assert any(words in line for line in failed), f"{words!r} not in {failed}"
