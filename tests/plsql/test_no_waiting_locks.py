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
