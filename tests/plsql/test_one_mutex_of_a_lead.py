"""Two sessions never work on one lead that the ERP does not know; what each of them does meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import oracledb
import pytest
from deployed_world import Deployed

from bridge.errors import TransactionConflict
from bridge.oracle.errors import translate

LEAD = 7711
TAXID = "11222333000181"


class Bench:
    """Two sessions of daemons, and the webhooks of one lead."""

    def __init__(self, world: Deployed) -> None:
        self.world = world
        self.first, self.second = self._session(), self._session()

    def _session(self) -> oracledb.Connection:
        session = self.world.connect("SYSTEM")
        session.current_schema = "CRM_SYNC"
        return session

    def webhooks(self, count: int, *, source: str = "TEST") -> list[int]:
        with self.first.cursor() as cursor:
            ids = []
            for _ in range(count):
                made = cursor.var(int)
                cursor.execute(
                    "insert into crm_inbox_events (source, event_type, dedupe_key, crm_id)"
                    " values (:source, 'LEAD_CONVERTED', lower(rawtohex(sys_guid()) || rawtohex(sys_guid())), :lead)"
                    " returning inbox_id into :id",
                    source=source,
                    lead=LEAD,
                    id=made,
                )
                ids.append(int(made.getvalue()[0]))
        self.first.commit()
        return ids

    def claim(self, session: oracledb.Connection, worker: str) -> list[int]:
        with session.cursor() as cursor:
            out = cursor.var(oracledb.DB_TYPE_CURSOR)
            cursor.execute(
                "begin crm_bridge_api.claim_webhooks(in_worker_id => :w, in_batch_size => 10,"
                " in_lease_seconds => 60, out_webhooks => :out); end;",
                w=worker,
                out=out,
            )
            return [int(row[0]) for row in out.getvalue()]

    def apply(self, session: oracledb.Connection, inbox_id: int) -> str:
        lead = {
            "crm_id": LEAD, "stage": "Ativação", "taxid": TAXID, "name": "Padaria de Teste",
            "city": "São Paulo", "state": "SP",
        }  # fmt: skip
        with session.cursor() as cursor:
            out = cursor.var(str)
            cursor.execute(
                "begin crm_bridge_api.apply_lead(in_inbox_id => :id, in_fence_token => 1,"
                " in_lead => :lead, out_result => :out); end;",
                id=inbox_id,
                lead=json.dumps(lead),
                out=out,
            )
            return str(out.getvalue())

    def value(self, sql: str) -> Any:
        with self.first.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def waits(self) -> bool:
        """Whether a session waits for another one."""
        blocked = "select count(*) from sys.v_$session where blocking_session is not null"
        return bool(self.world.rows(blocked)[0][0])

    def close(self) -> None:
        for session in (self.first, self.second):
            session.rollback()
        with self.first.cursor() as cursor:
            cursor.execute(f"delete from crm_inbox_events where crm_id = {LEAD}")
            cursor.execute("select record_key from crm_records where crm_id = :1", [LEAD])
            for (key,) in cursor.fetchall():
                for table in ("crm_merge_audit", "crm_outbox_events", "crm_record_proofs"):
                    cursor.execute(f"delete from {table} where record_key = :1", [key])
                cursor.execute("delete from crm_records where record_key = :1", [key])
                client = key.partition("-")[0]
                for table in (
                    "credit_limit_history", "client_industries", "sales_rep_branches",
                    "billing_addresses", "branches",
                ):  # fmt: skip
                    cursor.execute(f"delete from erp.{table} where client_code = :1", [client])
                cursor.execute("delete from erp.clients where code = :1", [client])
            cursor.execute("delete from leads where id = :1", [LEAD])
        self.first.commit()
        self.first.close()
        self.second.close()


@pytest.fixture
def bench(deployed: Deployed) -> Iterator[Bench]:
    made = Bench(deployed)
    yield made
    made.close()


def test_two_sessions_that_claim_in_the_same_moment_get_the_lead_once(bench: Bench) -> None:
    first, second = bench.webhooks(2)

    assert bench.claim(bench.first, "one") == [first]
    # the claim of the first is not committed yet
    assert bench.claim(bench.second, "two") == []
    bench.second.commit()
    bench.first.commit()
    assert bench.claim(bench.second, "two") == []
    bench.second.commit()

    assert bench.apply(bench.first, first) == "APPLIED"
    bench.first.commit()
    assert bench.claim(bench.second, "two") == [second]
    bench.second.commit()


def test_a_webhook_that_came_after_the_other_session_looked_waits_as_well(bench: Bench) -> None:
    # a hint of polling; what a user does comes before it, whenever it arrives
    (first,) = bench.webhooks(1, source="RECONCILE")
    assert bench.claim(bench.second, "two") == [first]

    (later,) = bench.webhooks(1)

    assert bench.claim(bench.first, "one") == []
    bench.first.commit()
    bench.second.commit()
    assert bench.value(f"select status from crm_inbox_events where inbox_id = {later}") == "READY"


def test_a_conversion_that_meets_another_one_is_tried_again_and_parks_nothing(bench: Bench) -> None:
    """As two daemons did, of which one had a lease that ended: ORA-00001 is a retry."""
    first, second = bench.webhooks(2)
    with bench.first.cursor() as cursor:
        cursor.execute(
            "update crm_inbox_events set status = 'INFLIGHT', lease_owner = 'w', fence_token = 1,"
            f" lease_until = systimestamp + interval '60' second where crm_id = {LEAD}"
        )
    bench.first.commit()
    assert bench.apply(bench.first, first) == "APPLIED"
    met: list[oracledb.DatabaseError] = []

    def convert_too() -> None:
        try:
            bench.apply(bench.second, second)
        except oracledb.DatabaseError as error:
            met.append(error)
        bench.second.rollback()

    other = threading.Thread(target=convert_too)
    other.start()
    bench.world.wait_for(
        lambda: not other.is_alive() or bench.waits(),
        "the second conversion at the key of the first",
    )
    bench.first.commit()
    other.join(timeout=120)
    assert not other.is_alive()
    failure = translate(met[0], "apply_lead")
    assert failure.code == "ORA-00001"
    assert isinstance(failure, TransactionConflict)
    assert failure.recoverable
    assert bench.apply(bench.second, second) in {"APPLIED", "UNCHANGED"}
    bench.second.commit()
    statuses = {
        f"select status from crm_inbox_events where inbox_id = {n}" for n in (first, second)
    }
    assert {bench.value(sql) for sql in statuses} <= {"APPLIED", "UNCHANGED"}
    assert bench.value(f"select count(*) from erp.branches where taxid = '{TAXID}'") == 1
