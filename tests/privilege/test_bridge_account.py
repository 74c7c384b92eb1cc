"""What the account of the daemon may do is what grants.toml lists; everything else is refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed

ROOT = Path(__file__).resolve().parents[2]
GRANTS = tomllib.loads((ROOT / "plsql/admin/grants.toml").read_text(encoding="utf-8"))["crm_bridge"]
REFUSED = {
    "ORA-00942",
    "ORA-01031",
    "ORA-06550",
    "ORA-00904",
    "ORA-04043",
    "ORA-02289",
    "ORA-01749",
    "ORA-01932",
}
QUEUE_REFUSED = {"ORA-01031", "ORA-24010", "ORA-24033", "ORA-25205"}


def _created(kind: str, *folders: str) -> list[str]:
    pattern = re.compile(rf"^create (?:or replace )?{kind} (\w+)", re.M | re.I)
    return sorted(
        {
            name.lower()
            for folder in folders
            for path in (ROOT / folder).rglob("*.*")
            if path.suffix in {".sql", ".vw", ".pks", ".prc", ".trg", ".tps"}
            for name in pattern.findall(path.read_text(encoding="utf-8"))
        }
    )


TABLES = [*_created("table", "migrations"), "crm_migrations"]
VIEWS = _created("view", "plsql")
PACKAGES = _created("package", "plsql")
ERP_TABLES = _created("table", "devkit/erp")
HIDDEN = [f"crm_sync.{n}" for n in (*TABLES, *VIEWS) if n not in GRANTS["select"]] + [
    f"erp.{name}" for name in ERP_TABLES
]


@pytest.fixture(scope="module")
def bridge(deployed_world: Deployed) -> Iterator[oracledb.Connection]:
    with deployed_world.connect("CRM_BRIDGE") as connection:
        yield connection


def refusal(connection: oracledb.Connection, sql: str) -> str:
    """The code with which a statement is refused; what is not refused is undone and told."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
        except oracledb.DatabaseError as exc:
            return str(exc.args[0].full_code)
        finally:
            connection.rollback()
    return f"not refused: {sql}"


# --------------------------------------------------------------------------- refused


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_not_granted_cannot_be_read(bridge: oracledb.Connection, name: str) -> None:
    assert refusal(bridge, f"select * from {name}") in REFUSED


@pytest.mark.parametrize("name", [*HIDDEN, *(f"crm_sync.{view}" for view in GRANTS["select"])])
def test_nothing_can_be_written_directly(bridge: oracledb.Connection, name: str) -> None:
    assert refusal(bridge, f"delete from {name}") in REFUSED


@pytest.mark.parametrize(
    "sql",
    [
        "insert into crm_sync.crm_outbox_events (record_key, version, origin) values ('1-1', 1, 'CAPTURE')",
        "update crm_sync.crm_outbox_events set status = 'DELIVERED', settled_on = systimestamp",
        "insert into crm_sync.crm_records (record_key, client_code, branch_code) values ('1-1', 1, 1)",
        "update crm_sync.crm_records set lease_owner = null, lease_until = null",
        "update erp.branches set phone = '1'",
        "insert into erp.clients (code, name) values (1, 'x')",
        "merge into crm_sync.leads t using dual on (t.id = 1) when not matched then insert (id) values (1)",
        "select * from crm_sync.crm_outbox_events for update",
        "lock table crm_sync.crm_records in exclusive mode",
        "select crm_sync.crm_versions_seq.nextval from dual",
        "select * from crm_sync.crm_change_qt",
    ],
)
def test_the_tables_behind_the_api_are_out_of_reach(bridge: oracledb.Connection, sql: str) -> None:
    assert refusal(bridge, sql) in REFUSED


@pytest.mark.parametrize("name", [name for name in PACKAGES if name not in GRANTS["execute"]])
def test_the_packages_behind_the_api_cannot_be_called(
    bridge: oracledb.Connection, name: str
) -> None:
    spec = next(ROOT.glob(f"plsql/*/{name}.pks")).read_text(encoding="utf-8")
    routine = re.search(r"^   (?:procedure|function) (\w+)", spec, re.M)
    member = f"{name}.{routine[1]}" if routine else name

    assert refusal(bridge, f"begin crm_sync.{member}; end;") == "ORA-06550"
    assert (
        refusal(bridge, f"declare x number; begin x := crm_sync.{name}.co_anything; end;")
        == "ORA-06550"
    )


def test_the_kept_procedure_cannot_be_called(bridge: oracledb.Connection) -> None:
    assert refusal(bridge, "begin crm_sync.prc_update_clients; end;") == "ORA-06550"


@pytest.mark.parametrize(
    "sql",
    [
        "create table t (n number)",
        "create table crm_sync.t (n number)",
        "create view v as select 1 as one from dual",
        "create or replace view crm_sync.crm_status_v as select 'x' as metric, 1 as value from dual",
        "create procedure p is begin null; end;",
        "create or replace package crm_sync.crm_bridge_api is end;",
        "create sequence s",
        "create trigger erp.t before insert on erp.branches begin null; end;",
        "create synonym s for crm_sync.crm_records",
        "create user intruder identified by intruder",
        "alter table crm_sync.crm_outbox_events add (note varchar2(10))",
        "alter trigger crm_sync.crm_branches_trg disable",
        "alter package crm_sync.crm_bridge_api compile",
        "alter user crm_sync identified by known",
        "drop table crm_sync.crm_outbox_events",
        "drop view crm_sync.crm_status_v",
        "drop package crm_sync.crm_bridge_api",
        "drop trigger crm_sync.crm_branches_trg",
        "truncate table crm_sync.error_log",
        "grant select on crm_sync.crm_status_v to public",
        "grant dba to crm_bridge",
    ],
)
def test_nothing_can_be_created_altered_or_dropped(bridge: oracledb.Connection, sql: str) -> None:
    assert refusal(bridge, sql) in REFUSED


@pytest.mark.parametrize(
    "call",
    [
        "stop_queue(queue_name => 'CRM_SYNC.CRM_CHANGE_Q')",
        "drop_queue_table(queue_table => 'CRM_SYNC.CRM_CHANGE_QT', force => true)",
        "grant_queue_privilege('ENQUEUE', 'CRM_SYNC.CRM_CHANGE_Q', 'CRM_BRIDGE')",
    ],
)
def test_queues_cannot_be_administered(bridge: oracledb.Connection, call: str) -> None:
    assert refusal(bridge, f"begin dbms_aqadm.{call}; end;") in REFUSED | QUEUE_REFUSED


@pytest.mark.parametrize("name", GRANTS["dequeue"])
def test_nothing_can_be_enqueued(bridge: oracledb.Connection, name: str) -> None:
    queue = bridge.queue(f"CRM_SYNC.{name.upper()}")
    with pytest.raises(oracledb.DatabaseError) as caught:
        queue.enqone(bridge.msgproperties(payload=b"{}"))
    bridge.rollback()

    assert caught.value.args[0].full_code in QUEUE_REFUSED


def test_the_owner_cannot_log_in(deployed_world: Deployed) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        oracledb.connect(user="CRM_SYNC", password="CRM_SYNC", dsn=deployed_world.dsn)

    assert caught.value.args[0].full_code in {"ORA-01017", "ORA-01045", "ORA-28000"}


def test_the_erp_user_does_not_reach_the_integration(deployed_world: Deployed) -> None:
    with deployed_world.connect("ERP") as erp:
        assert refusal(erp, "select * from crm_sync.crm_records") in REFUSED
        assert (
            refusal(erp, "begin crm_sync.crm_bridge_api.settle_change(1, 1, 'x'); end;")
            == "ORA-06550"
        )


# --------------------------------------------------------------------------- allowed


@pytest.mark.parametrize("name", GRANTS["select"])
def test_what_is_granted_can_be_read(bridge: oracledb.Connection, name: str) -> None:
    with bridge.cursor() as cursor:
        cursor.execute(f"select count(*) from crm_sync.{name}")
        assert cursor.fetchone()[0] >= 0
    bridge.rollback()


def test_the_api_can_be_called(bridge: oracledb.Connection) -> None:
    with bridge.cursor() as cursor:
        assert cursor.callfunc("crm_sync.crm_bridge_api.api_version", int) == 1


@pytest.mark.parametrize("name", GRANTS["dequeue"])
def test_its_queues_can_be_dequeued(bridge: oracledb.Connection, name: str) -> None:
    queue = bridge.queue(f"CRM_SYNC.{name.upper()}")
    queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
    queue.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
    message = queue.deqone()
    bridge.rollback()

    assert message is None or message.payload


def test_the_dictionary_shows_exactly_the_grants_of_the_file(deployed_world: Deployed) -> None:
    expected = {
        (privilege.upper(), name.upper()) for privilege, names in GRANTS.items() for name in names
    }
    granted = deployed_world.rows(
        "select privilege, table_name, grantable from all_tab_privs"
        " where grantee = 'CRM_BRIDGE' and table_schema = 'CRM_SYNC'"
    )

    assert {(privilege, name) for privilege, name, _ in granted} == expected
    assert {grantable for _, _, grantable in granted} == {"NO"}


def test_the_only_system_privilege_is_to_connect(bridge: oracledb.Connection) -> None:
    with bridge.cursor() as cursor:
        cursor.execute("select privilege from session_privs")
        assert cursor.fetchall() == [("CREATE SESSION",)]


def test_every_table_and_view_is_covered(deployed_world: Deployed) -> None:
    """A new object without a refusal here is seen."""
    found = deployed_world.rows(
        "select lower(object_name) from all_objects where owner = 'CRM_SYNC' and object_type in ('TABLE', 'VIEW')"
    )
    names = {name for (name,) in found if not re.search(r"_qt$|^aq\$", name)}

    assert names == {*TABLES, *VIEWS}
