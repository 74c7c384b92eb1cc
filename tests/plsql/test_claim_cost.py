"""A claim costs what it claims, however much waits behind it: rows are read in the order of an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import oracledb
import periodic_statements as periodic
import psycopg
import pytest
from deployed_world import Deployed
from patience import until

ROOT = Path(__file__).resolve().parents[2]
TABLES = {"changes": "CRM_OUTBOX_EVENTS", "webhooks": "CRM_INBOX_EVENTS"}
BACKLOG = 4_000
FIRST_CLIENT = 7_000_000  # of clients, and of leads, that the ERP does not know
FEW = 1_000  # pages of 200, and what is done with what is claimed; a sort would read the backlog

OLDEST = """
insert into crm_outbox_events (record_key, version, origin)
select v.record_key, crm_versions_seq.nextval, 'CAPTURE' from vw_crm_clients v where rownum = 1"""

CHANGES = f"""
insert into crm_outbox_events (record_key, version, origin)
select to_char({FIRST_CLIENT} + level) || '-1', crm_versions_seq.nextval, 'CAPTURE'
  from dual connect by level <= :n"""

WEBHOOKS = """
insert into crm_inbox_events (source, event_type, dedupe_key, crm_id)
select :source, 'LEAD_UPDATED', lower(rawtohex(sys_guid()) || rawtohex(sys_guid())), :first + level
  from dual connect by level <= :n"""


CLAIM = """
begin
   crm_bridge_api.claim_{kind}(
      in_worker_id => 'w', in_batch_size => :batch, in_lease_seconds => 60, out_{kind} => :out
   );
end;"""


class Bench:
    """A backlog, and how many rows PostgreSQL reads of a table while a session claims."""

    def __init__(self, world: Deployed) -> None:
        self.world = world
        (pid,) = world.data.rglob("postmaster.pid")
        folder = pid.read_text().split("\n")[4]
        self.postgres = psycopg.connect(
            f"host={folder} user=postgres dbname=postgres", autocommit=True
        )

    def run(self, *statements: tuple[str, dict[str, object]]) -> None:
        with self.world.connect("SYSTEM") as session, session.cursor() as cursor:
            session.current_schema = "CRM_SYNC"
            for statement, binds in statements:
                cursor.execute(statement, binds)
            session.commit()

    def claim(self, kind: str, batch: int) -> tuple[list[int], int]:
        """Ids that a claim would give, and how many rows of the table were read; nothing of it stays."""
        before, sessions = self._read(TABLES[kind]), self._sessions()
        with self.world.connect("SYSTEM") as session, session.cursor() as cursor:
            session.current_schema = "CRM_SYNC"
            out = cursor.var(oracledb.DB_TYPE_CURSOR)
            cursor.execute(CLAIM.format(kind=kind), batch=batch, out=out)
            claimed = [int(row[0]) for row in out.getvalue()]
            session.rollback()
        # a session tells what it has read when it ends
        until(lambda: self._sessions() <= sessions, "the session has ended")
        return claimed, self._read(TABLES[kind]) - before

    def _sessions(self) -> int:
        return self._number(
            "select count(*) from pg_stat_activity where backend_type like 'client%'"
        )

    def _read(self, table: str) -> int:
        return self._number(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_all_tables"
            f" where relname = '{table}'"
        )

    def _number(self, query: LiteralString) -> int:
        found = self.postgres.execute(query).fetchone()
        assert found is not None
        return int(found[0])


@pytest.fixture(scope="module")
def bench(deployed: Deployed) -> Iterator[Bench]:
    bench = Bench(deployed)
    bench.run(
        (OLDEST, {}),
        (CHANGES, {"n": BACKLOG}),
        (WEBHOOKS, {"source": "TEST", "first": FIRST_CLIENT, "n": BACKLOG // 2}),
        (WEBHOOKS, {"source": "RECONCILE", "first": FIRST_CLIENT + BACKLOG, "n": BACKLOG // 2}),
    )
    bench.postgres.execute("analyze")
    yield bench
    bench.run(
        ("delete from crm_outbox_events e where e.status = 'READY'", {}),
        (f"delete from crm_inbox_events i where i.crm_id > {FIRST_CLIENT}", {}),
    )
    bench.postgres.close()


@pytest.mark.devkit
@pytest.mark.parametrize(("kind", "batch"), [("changes", 1), ("webhooks", 5)])
def test_a_claim_reads_a_page_and_not_the_backlog(bench: Bench, kind: str, batch: int) -> None:
    claimed, read = bench.claim(kind, batch)

    assert len(claimed) == batch
    assert batch <= read < FEW < BACKLOG


@pytest.mark.devkit
def test_a_claim_that_finds_nothing_to_send_ends_in_time(bench: Bench) -> None:
    """Changes that are equal are settled without a call; a burst of them is worked off claim by claim."""
    with bench.world.connect("SYSTEM") as session, session.cursor() as cursor:
        session.current_schema = "CRM_SYNC"
        out = cursor.var(oracledb.DB_TYPE_CURSOR)
        cursor.execute(CLAIM.format(kind="changes"), batch=1000, out=out)
        cursor.execute("select count(*) from crm_outbox_events where status = 'READY'")
        (waiting,) = cursor.fetchone() or (0,)
        session.rollback()

    assert 0 < waiting < BACKLOG


def test_webhooks_are_claimed_before_hints_that_came_earlier(bench: Bench) -> None:
    bench.run((WEBHOOKS, {"source": "TEST", "first": FIRST_CLIENT + 3 * BACKLOG, "n": 1}))
    with bench.world.connect("SYSTEM") as session, session.cursor() as cursor:
        session.current_schema = "CRM_SYNC"
        cursor.execute("select max(inbox_id) from crm_inbox_events")
        (latest,) = cursor.fetchone() or (None,)
        cursor.execute(
            "update crm_inbox_events set status = 'DONE', settled_on = systimestamp where source = 'TEST'"
            " and inbox_id < :latest",
            latest=latest,
        )
        out = cursor.var(oracledb.DB_TYPE_CURSOR)
        cursor.execute(CLAIM.format(kind="webhooks"), batch=2, out=out)
        claimed = [int(row[0]) for row in out.getvalue()]
        session.rollback()

    assert latest in claimed
    assert len(claimed) == 2


_PAGE = re.compile(
    r"select /\*\+ index\((\w) (\w+)\) \*/.*?from (\w+) \1\s.*?order by \1\.(\w+)\s*\) w\s+where rownum <= \d+\s",
    re.S,
)


@pytest.mark.parametrize("package", ["outbox", "inbox"])
def test_the_hint_of_a_page_names_an_index_that_delivers_its_order(package: str) -> None:
    """What Oracle does with it: columns before the last are compared for equality, the last gives the order."""
    text = (ROOT / f"plsql/outbox/crm_{package}.pkb").read_text(encoding="utf-8")
    (page,) = _PAGE.finditer(text)
    alias, index, table, order = page.groups()
    columns = next(c for name, _, c in periodic.indexes()[table] if name == index)

    assert columns[-1] == order
    for column in columns[:-1]:
        assert re.search(rf"\b{alias}\.{column} = ", page[0])
