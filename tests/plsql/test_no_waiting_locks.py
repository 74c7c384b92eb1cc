"""No user of the ERP ever gets ORA-00060 because of the integration, whichever order rows are locked in.

The user holds a row that the integration wants, and then wants one that the integration holds: if the
integration waited, the two would wait for each other, and Oracle would fail either of them. It fails itself
with ORA-00054 instead, or leaves the row, and the user goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import oracledb
import pytest

from devkit.demo.world import World

if TYPE_CHECKING:
    from collections.abc import Callable


class Bench:
    """Two branches with a contact each, their leads and persons, and a session for each side."""

    def __init__(self, world: World) -> None:
        self.erp = world.connect("ERP")
        self.ours = world.connect("SYSTEM")
        self.ours.current_schema = "CRM_SYNC"
        found = self.rows(
            "select b.client_code, b.code from erp.branches b where b.integrate_crm = 'S'"
            " order by b.client_code, b.code fetch first 2 rows only"
        )
        self.branches = [(int(client), int(code)) for client, code in found]
        self.contacts: list[int] = []
        with self.ours.cursor() as cursor:
            for number, (client, code) in enumerate(self.branches, 1):
                made = cursor.var(int)
                cursor.execute(
                    "insert into erp.contacts (client_code, branch_code, name, email)"
                    " values (:1, :2, 'Pessoa', 'pessoa' || :3 || '@example.com') returning id into :4",
                    [client, code, number, made],
                )
                self.contacts.append(int(made.getvalue()[0]))
                cursor.execute(
                    "insert into crm_records (record_key, client_code, branch_code, crm_id)"
                    " values (:client || '-' || :code, :client, :code, :lead)",
                    client=client,
                    code=code,
                    lead=7700 + number,
                )
        self.ours.commit()

    def rows(self, sql: str) -> list[Any]:
        with self.ours.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor)

    def user_locks(self, table: str, where: str) -> None:
        with self.erp.cursor() as cursor:
            cursor.execute(f"update {table} set updated_on = sysdate where {where}")
            assert cursor.rowcount == 1

    def close(self) -> None:
        self.erp.close()
        self.ours.close()


@pytest.fixture
def bench(deployed: World) -> Iterator[Bench]:
    made = Bench(deployed)
    yield made
    made.erp.rollback()
    made.ours.rollback()
    with made.ours.cursor() as cursor:
        cursor.execute("delete from crm_records where crm_id between 7701 and 7702")
        cursor.execute("delete from leads where id between 7701 and 7702")
        cursor.execute("delete from contacts where id between 7701 and 7702")
        cursor.execute("delete from erp.contacts where email like 'pessoa_@example.com'")
    made.ours.commit()
    made.close()


def branch(bench: Bench, number: int) -> str:
    client, code = bench.branches[number]
    return f"client_code = {client} and code = {code}"


def contact(bench: Bench, number: int) -> str:
    return f"id = {bench.contacts[number]}"


def crossing(bench: Bench, table: str, rows: Callable[[Bench, int], str], ours: str) -> str | None:
    """Both sides want two rows in opposite orders; what ours gets. The user's statements all succeed.

    ``ours`` runs after the integration has locked the first row and the user the second; then the user
    wants the first. Returns the code of our error, or None.
    """
    with bench.ours.cursor() as cursor:
        cursor.execute(f"select 1 from erp.{table} where {rows(bench, 0)} for update nowait")
        bench.user_locks(table, rows(bench, 1))
        failed: list[str] = []

        def user_goes_on() -> None:
            try:
                bench.user_locks(table, rows(bench, 0))
            except oracledb.DatabaseError as error:
                failed.append(error.args[0].full_code)

        user = threading.Thread(target=user_goes_on)
        user.start()
        code = None
        try:
            cursor.execute(ours)
        except oracledb.DatabaseError as error:
            code = str(error.args[0].full_code)
        bench.ours.rollback()
        user.join(timeout=120)
    assert not user.is_alive()
    assert failed == []
    return code


LEADS = (
    "begin insert into leads (id, taxid, name, stage, phone)"
    " select 7700 + level, 'L' || level, 'L', 'Ativação', '1199999000' || level"
    " from dual connect by level <= 2; end;"
)


@pytest.mark.devkit
def test_leads_that_change_branches_do_not_wait_for_a_user(bench: Bench) -> None:
    assert crossing(bench, "branches", branch, LEADS) == "ORA-00054"


@pytest.mark.devkit
def test_an_id_of_a_lead_does_not_wait_for_a_user(bench: Bench) -> None:
    taxid = bench.rows(f"select taxid from erp.branches where {branch(bench, 1)}")[0][0]
    ours = f"begin prc_store_crm_client_id(in_taxid => '{taxid}', in_id => 7702); end;"
    assert crossing(bench, "branches", branch, ours) == "ORA-00054"


@pytest.mark.devkit
def test_an_id_of_a_person_does_not_wait_for_a_user(bench: Bench) -> None:
    ours = "begin prc_store_crm_contact_id(in_email => 'pessoa2@example.com', in_id => 1); end;"
    assert crossing(bench, "contacts", contact, ours) == "ORA-00054"


PERSONS = (
    "begin insert into contacts (id, name, email, client_code, lead_id)"
    " select 7700 + level, 'Outra pessoa', 'pessoa' || level || '@example.com', {client}, 7700 + level"
    " from dual connect by level <= 2; end;"
)


@pytest.mark.devkit
def test_persons_that_change_contacts_do_not_wait_for_a_user(bench: Bench) -> None:
    ours = PERSONS.format(client=bench.branches[0][0])
    assert crossing(bench, "contacts", contact, ours) == "ORA-00054"


CONVERTED = """
declare
   l_result varchar2(20 char);
begin
   crm_test_fixture.quiet;
   l_result := crm_test_fixture.apply(
      in_lead       => '{{"crm_id": 990000001, "stage": "Ativação", "taxid": "{taxid}", "name": "Nova"}}',
      in_event_type => 'LEAD_CONVERTED'
   );
   if l_result <> 'DEFERRED' then
      raise_application_error(-20999, l_result);
   end if;
end;"""


@pytest.mark.devkit
def test_a_conversion_that_finds_its_branch_edited_is_put_off(bench: Bench) -> None:
    taxid = bench.rows(f"select taxid from erp.branches where {branch(bench, 1)}")[0][0]
    assert crossing(bench, "branches", branch, CONVERTED.format(taxid=taxid)) is None


RENEWED = """
declare
   l_run_id   crm_sync_runs.run_id%type;
   l_repaired pls_integer;
   l_left     pls_integer;
begin
   insert into crm_contact_records (contact_id, record_key, person_id) values ({contact}, '{record}', 7702);
   insert into crm_sync_runs (kind, entity, started_by, status, finished_on)
   values ('VALIDATE', 'LEADS', 'ana', 'DONE', systimestamp)
   returning run_id into l_run_id;
   insert into crm_sync_findings (run_id, entity, item, kind, action, record_key, crm_id)
   values (l_run_id, 'LEAD', '{record}', 'MISSING_IN_CRM', 'RENEW', '{record}', 7702);
   crm_bridge_api.repair_findings(in_run_id => l_run_id, in_by => 'ana', out_repaired => l_repaired);
   select count(*) into l_left from erp.contacts where id_crm = 7702;
   if l_repaired <> 1 or l_left <> 1 then
      raise_application_error(-20999, l_repaired || ' repaired, ' || l_left || ' left');
   end if;
end;"""


@pytest.mark.devkit
def test_a_lead_that_is_made_anew_leaves_the_contact_that_a_user_edits(bench: Bench) -> None:
    with bench.ours.cursor() as cursor:
        cursor.execute("update erp.contacts set id_crm = 7702 where id = :1", [bench.contacts[1]])
    bench.ours.commit()
    client, code = bench.branches[1]
    ours = RENEWED.format(contact=bench.contacts[1], record=f"{client}-{code}")
    assert crossing(bench, "contacts", contact, ours) is None


@pytest.fixture
def other(deployed: World) -> Iterator[oracledb.Connection]:
    """Somebody who works with rows of ours; who waits for them is cut off after 20 s."""
    with deployed.connect("SYSTEM") as session:
        session.current_schema = "CRM_SYNC"
        yield session
        session.rollback()


@pytest.mark.devkit
def test_a_decision_on_a_record_that_somebody_holds_says_so_and_does_not_wait(
    bench: Bench, other: oracledb.Connection
) -> None:
    client, code = bench.branches[0]
    with other.cursor() as cursor:
        cursor.execute(f"select 1 from crm_records where record_key = '{client}-{code}' for update")
    bench.ours.call_timeout = 20_000
    with bench.ours.cursor() as cursor:
        made = cursor.var(int)
        cursor.execute(
            "insert into crm_conflicts (record_key, field_name, base_value, erp_value, crm_value)"
            " values (:1, 'phone', '1', '2', '3') returning conflict_id into :2",
            [f"{client}-{code}", made],
        )
        with pytest.raises(oracledb.DatabaseError, match="ORA-20402"):
            cursor.callproc(
                "crm_bridge_api.resolve_conflict", [made.getvalue()[0], "ERP", None, "ana"]
            )


@pytest.mark.devkit
def test_the_retention_leaves_what_somebody_holds_for_its_next_run(
    bench: Bench, other: oracledb.Connection
) -> None:
    with bench.ours.cursor() as cursor:
        cursor.execute(
            "insert into leads (id, taxid, name, stage, ended_on, end_reason)"
            " select 7700 + level, 'L' || level, 'L', 'Ativação', systimestamp - interval '3000' day(4), 'gone'"
            " from dual connect by level <= 2"
        )
        bench.ours.commit()
        with other.cursor() as held:
            held.execute("select 1 from leads where id = 7701 for update")
        bench.ours.call_timeout = 20_000
        cursor.execute("begin crm_jobs.run_retention; end;")
    assert bench.rows("select id from leads where id between 7701 and 7702") == [(7701,)]
