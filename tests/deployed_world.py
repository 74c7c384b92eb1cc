"""One deployed database, one CRM and as many daemons as a test wants, with the accounts of both."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import oracledb

from devkit.demo.prefork import Forker
from devkit.demo.processes import Child, free_port
from devkit.demo.proof import compare, erp_rows
from devkit.demo.templates import DEPLOYED_FROM, LOADED_FROM, Templates, crm_state
from devkit.demo.world import World, WorldError

__all__ = ["LATE_STAGE", "Branch", "Deployed", "Watch"]

#: leads of early stages are not mirrored into the ERP
LATE_STAGE = "Desenvolvimento/Orçamento"
LOADED = 250

_QUICK = {
    "ERPCRM_RELAY__WAIT_SECONDS": "1",
    "ERPCRM_RELAY__RETRY_BASE_SECONDS": "0.2",
    "ERPCRM_RELAY__RETRY_CAP_SECONDS": "1",
    "ERPCRM_RELAY__RECONCILE_SECONDS": "0.5",
    # calls are counted: tests of polling turn it on
    "ERPCRM_RELAY__POLL_SECONDS": "0",
    "ERPCRM_CRM__BREAKER_FAILURES": "20",
    "ERPCRM_CRM__DISCARD_USER_EMAIL": "integracao@example.com",
    "ERPCRM_LOG__LEVEL": "DEBUG",
}


@dataclass(frozen=True, slots=True)
class Branch:
    """A client branch of the ERP, which no other test uses."""

    client: int
    code: int
    taxid: str

    @property
    def key(self) -> str:
        return f"{self.client}-{self.code}"


class Deployed(World):
    """The world of the demonstration, shared by a session of tests.

    A part of the branches is in the CRM already, the others do not take part yet. Each test takes
    branches of its own, so that what one leaves behind is no matter for the next.
    """

    forker = Forker("bridge.cli.app")  # one for all worlds of this process

    def __init__(self, folder: Path, *, branches: int, loaded: int = LOADED) -> None:
        super().__init__(folder, branches=branches)
        self._loaded = loaded
        #: tax ids of which a test has made a second lead on purpose
        self.meant_doubles: set[str] = set()
        self._connections: list[oracledb.Connection] = []
        self._daemon_settings: dict[str, str] = {}
        self._taken: set[str] = set()
        self._first: frozenset[str] = frozenset()  # branches that were there before any test

    def prepare(self) -> None:
        """Both sides as they are when they are deployed and the first branches are loaded."""
        self.bring(f"loaded-{self.branches}-{self._loaded}", self._load, inputs=LOADED_FROM)
        self.start_crm()
        self.daemon()

    def bring(self, name: str, build: Callable[[], None], *, inputs: Iterable[Path]) -> None:
        """What ``build`` makes, as a copy of its template; connected to."""
        inputs = (*inputs, Path(__file__))
        Templates().bring(self, name, build, inputs=inputs)
        self._connect()

    def bring_deployed(self) -> None:
        """ERP and integration, nothing loaded yet."""
        self.bring(f"deployed-{self.branches}-{self._loaded}", self._deploy, inputs=DEPLOYED_FROM)

    def _deploy(self) -> None:
        self.start_oracle()
        self.deploy_erp()
        with self.connect("ERP") as erp:
            self._keep_out_of_the_crm(erp)
        self.deploy_integration()

    def _load(self) -> None:
        self.bring_deployed()
        self.set_products()
        self.start_crm()
        self.load()

    def load(self) -> None:
        """Let the daemon bring the first branches to the CRM."""
        self.daemon()
        self.cli("load")
        self.drain()
        if len(self.leads()) < self._loaded:
            raise WorldError("the first branches did not reach the CRM")

    def _connect(self) -> None:
        self._erp = self.connect("ERP")
        self._admin = self.connect("SYSTEM")
        self._admin.current_schema = "CRM_SYNC"
        self._connections += [self._erp, self._admin]
        with self._erp.cursor() as cursor:
            cursor.execute("select client_code, code from branches")
            self._first = frozenset(f"{client}-{code}" for client, code in cursor)
        self._erp.rollback()

    def start_crm(
        self,
        *,
        quota: str = "off",
        webhooks: bool = True,
        state: Path | None = None,
        **settings: Any,
    ) -> None:
        """Its records are kept, so that a template can have them."""
        super().start_crm(
            quota=quota, webhooks=webhooks, state=state or crm_state(self), **settings
        )

    def settings(self, **extra: str) -> dict[str, str]:
        return super().settings(**{**_QUICK, **extra})

    def stop(self) -> None:
        with contextlib.suppress(oracledb.Error):
            for connection in self._connections:
                connection.close()
        self._connections.clear()
        super().stop()

    # ----------------------------------------------------------------- the ERP database

    def rows(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        """A query as SYSTEM, in CRM_SYNC."""
        with self._admin.cursor() as cursor:
            cursor.execute(sql, binds)
            found = list(cursor.fetchall())
        self._admin.rollback()
        return found

    def value(self, sql: str, **binds: Any) -> Any:
        (row,) = self.rows(sql, **binds)
        return row[0]

    def administer(self, sql: str, **binds: Any) -> int:
        """A statement as SYSTEM in CRM_SYNC, committed; the rows it touched."""
        with self._admin.cursor() as cursor:
            cursor.execute(sql, binds)
            touched = cursor.rowcount
        self._admin.commit()
        return touched

    def erp(self, sql: str, **binds: Any) -> int:
        """A statement of an ERP user, committed; the rows it touched."""
        with self._erp.cursor() as cursor:
            cursor.execute(sql, binds)
            touched = cursor.rowcount
        self._erp.commit()
        return touched

    def set_branch(self, branch: Branch, **columns: Any) -> None:
        """One ERP edit of one branch, committed."""
        sql, binds = update_of(branch, columns)
        if self.erp(sql, **binds) != 1:
            raise WorldError(f"branch {branch.key} is not there")

    def branch_row(self, branch: Branch) -> dict[str, Any]:
        """Every column of a branch as it stands in the ERP's table."""
        with self._erp.cursor() as cursor:
            cursor.execute(
                "select b.* from branches b where b.client_code = :client and b.code = :code",
                client=branch.client,
                code=branch.code,
            )
            names = [column.name.lower() for column in cursor.description]
            row = cursor.fetchone()
        self._erp.rollback()
        return dict(zip(names, row or (), strict=True))

    @contextmanager
    def erp_session(self) -> Iterator[oracledb.Connection]:
        """A second ERP user, rolled back at the end."""
        with self.connect("ERP") as connection:
            yield connection
            connection.rollback()

    def _keep_out_of_the_crm(self, erp: oracledb.Connection) -> None:
        """Let no more take part than are to be loaded."""
        with erp.cursor() as cursor:
            cursor.execute("update branches set integrate_crm = 'N'")
            # whole clients, so that an edit of a client's name concerns branches of one kind
            cursor.execute(
                "select client_code, count(*) from branches group by client_code order by 1"
            )
            total = 0
            for client, count in cursor.fetchall():
                if total >= self._loaded:
                    break
                cursor.execute(
                    "update branches set integrate_crm = 'S' where client_code = :code", code=client
                )
                total += count
        erp.commit()

    def take(self, count: int = 1, *, in_crm: bool = True) -> list[Branch]:
        """Branches that no test has had; ``in_crm`` False: some that the CRM does not have yet."""
        flag = "S" if in_crm else "N"
        found = [
            Branch(*row)
            for row in self.rows(
                "select client_code, code, taxid from erp.branches"
                " where integrate_crm = :flag order by client_code, code",
                flag=flag,
            )
        ]
        # not those that tests have made: each belongs to the one that did
        free = [b for b in found if b.key in self._first and b.key not in self._taken][:count]
        if len(free) < count:
            raise WorldError(f"only {len(free)} free branches with integrate_crm = {flag}")
        self._taken.update(branch.key for branch in free)
        return free

    # ----------------------------------------------------------------- the CRM

    def lead(self, branch: Branch) -> dict[str, Any]:
        """The lead of a branch as the CRM has it; found by tax id, and it must be the only one."""
        (lead,) = [lead for lead in self.leads() if lead["cnpj"] == branch.taxid]
        return lead

    def edit_lead(self, branch: Branch, **fields: Any) -> None:
        """A CRM user edits a lead in a late stage."""
        self.crm_admin(
            "PATCH", f"/leads/{self.lead(branch)['id']}", {"stage": LATE_STAGE, **fields}
        )

    def crm_settings(self, **settings: Any) -> None:
        self.crm_admin("PATCH", "/settings", settings)

    def fault(self, **fault: Any) -> None:
        self.crm_admin("POST", "/faults", fault)

    # ----------------------------------------------------------------- daemons

    def daemon(self, *, worker: str = "demo:bridge", **extra: str) -> Child:
        """The one daemon with these settings; another one that runs is stopped first."""
        wanted = {"worker": worker, **extra}
        if len(self.bridges) == 1 and self.bridge.is_running and self._daemon_settings == wanted:
            return self.bridge
        self.halt()
        self._daemon_settings = wanted
        return self.start_bridge(worker=worker, **extra)

    def second_daemon(self, worker: str, **extra: str) -> Child:
        """Another daemon beside the one that runs."""
        return self.start_bridge(worker=worker, ERPCRM_WEB__PORT=str(free_port()), **extra)

    def halt(self) -> None:
        """Stop every daemon."""
        for bridge in self.bridges:
            bridge.stop()
        self.bridges.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """The daemon stands still (SIGSTOP) while the body runs, as on a host that is out of breath."""
        os.kill(self.bridge.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.bridge.pid, signal.SIGCONT)

    def wait_for_death(self, bridge: Child) -> int:
        """Wait until a daemon has ended; its return code."""
        self.wait_for(lambda: not bridge.is_running, "the end of the daemon")
        return int(bridge.process.returncode)

    # ----------------------------------------------------------------- accounts

    def status(self) -> dict[str, float]:
        return {
            str(name): float(value)
            for name, value in self.rows("select metric, value from crm_status_v")
        }

    def is_quiet(self) -> bool:
        """Nor is a gap open, which the daemon is about to repair."""
        return super().is_quiet() and not self.status()["capture_gaps_open"]

    def watch(self) -> Watch:
        return Watch(self)

    def differences(self, branches: Iterable[Branch]) -> list[str]:
        """What is not equal between the ERP's tables and the CRM's records of these branches."""
        taxids = {branch.key: branch.taxid for branch in branches}
        rows = [row for row in erp_rows(self._erp) if row["record_key"] in taxids]
        self._erp.rollback()
        leads = [lead for lead in self.leads() if lead["cnpj"] in set(taxids.values())]
        result = compare(rows, leads)
        return [
            *(
                f"{d.record_key} {d.field}: ERP {d.erp!r}, CRM {d.crm!r}"
                for d in result.differences
            ),
            *(f"{key} is missing in the CRM" for key in result.missing),
            *(f"{key} is twice in the CRM" for key in result.doubled),
            *(
                f"{key} is not in the ERP's list"
                for key in taxids.keys() - {r["record_key"] for r in rows}
            ),
        ]


class Watch:
    """What has happened on both sides since it was made: the ledger and the integration's tables."""

    def __init__(self, world: Deployed) -> None:
        self._world = world
        self._seq = int(world.crm_admin("GET", "/ledger/summary")["last_seq"])
        self._event_id = int(
            world.value("select coalesce(max(event_id), 0) from crm_outbox_events")
        )
        self._inbox_id = int(world.value("select coalesce(max(inbox_id), 0) from crm_inbox_events"))
        self._gap_id = int(world.value("select coalesce(max(gap_id), 0) from crm_capture_gaps"))

    def writes(self, branch: Branch | None = None) -> list[dict[str, Any]]:
        """Writes that the integration made in the CRM."""
        lead = None if branch is None else self._world.lead(branch)["id"]
        return [
            entry
            for entry in self._world.ledger("write", since=self._seq)
            if entry["actor"] == "api" and (lead is None or entry["lead_id"] == lead)
        ]

    def assert_made_once(self, branch: Branch) -> None:
        """One lead was made, and after it each of its contacts once."""
        known = self._world.value(
            "select count(*) from erp.contacts where client_code = :client and branch_code = :code",
            client=branch.client,
            code=branch.code,
        )
        made = [write["operation"] for write in self.writes(branch)]
        assert made == ["create_lead"] + ["create_person"] * int(known)

    def changed(self, branch: Branch) -> dict[str, Any]:
        """The fields that the integration's writes changed in the CRM, by the CRM's inside names."""
        return {c["field"]: c["new"] for entry in self.writes(branch) for c in entry["changed"]}

    def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        """Requests that reached the CRM."""
        return [
            entry
            for entry in self._world.ledger("request", since=self._seq)
            if method is None or entry["method"] == method
        ]

    def reads(self, branch: Branch) -> list[dict[str, Any]]:
        """Reads of the lead of a branch; others may be looked after at the same time."""
        lead = str(self._world.lead(branch)["id"])
        return [call for call in self.calls("GET") if lead in f"{call['path']}?{call['query']}"]

    def versions(self, branch: Branch) -> list[int]:
        """The versions that were sent for a record, in the order in which the CRM got them."""
        keys = [entry["hints"].get("idempotency-key", "") for entry in self.calls()]
        return [int(key.rpartition(":")[2]) for key in keys if key.startswith(f"erp:{branch.key}:")]

    def outbox(self, branch: Branch) -> Counter[str]:
        """Outbox events of a record, by status."""
        return Counter(
            status
            for (status,) in self._world.rows(
                "select status from crm_outbox_events where record_key = :key and event_id > :since",
                key=branch.key,
                since=self._event_id,
            )
        )

    def outbox_total(self) -> Counter[str]:
        """Outbox events by status."""
        return Counter(
            dict(
                self._world.rows(
                    "select status, count(*) from crm_outbox_events where event_id > :since group by status",
                    since=self._event_id,
                )
            )
        )

    def attempts(self, branch: Branch) -> list[str]:
        """Outcomes of the attempts to deliver a record's changes, in their order."""
        return [
            outcome
            for (outcome,) in self._world.rows(
                "select a.outcome from crm_outbox_attempts a join crm_outbox_events e on e.event_id = a.event_id"
                " where e.record_key = :key and e.event_id > :since order by a.event_id, a.attempt",
                key=branch.key,
                since=self._event_id,
            )
        ]

    def workers(self) -> Counter[str]:
        """Attempts by worker."""
        return Counter(
            dict(
                self._world.rows(
                    "select worker_id, count(*) from crm_outbox_attempts where event_id > :since group by worker_id",
                    since=self._event_id,
                )
            )
        )

    def inbox(self, branch: Branch | None = None) -> Counter[str]:
        """Stored webhooks of a lead by status."""
        lead = None if branch is None else self._world.lead(branch)["id"]
        return Counter(
            status
            for status, crm_id in self._world.rows(
                "select status, crm_id from crm_inbox_events where inbox_id > :since",
                since=self._inbox_id,
            )
            if lead is None or crm_id == lead
        )

    def gaps(self) -> list[tuple[Any, ...]]:
        """Capture gaps: table, client, branch, status."""
        return self._world.rows(
            "select table_name, client_code, branch_code, status from crm_capture_gaps"
            " where gap_id > :since order by gap_id",
            since=self._gap_id,
        )

    def _parked(self) -> list[tuple[Any, ...]]:
        return self._world.rows(
            "select event_id, record_key, operation, reason_class, detail from crm_outbox_events"
            " where event_id > :since and status = 'PARKED'",
            since=self._event_id,
        )

    def settle(self, *branches: Branch) -> None:
        """Wait for rest and check the books: nothing lost, nothing doubled, nothing left open.

        With branches, both sides must hold the same of them.
        """
        world = self._world
        world.drain()
        totals = self.outbox_total()
        open_events = {
            status: count for status, count in totals.items() if status in ("READY", "INFLIGHT")
        }
        assert open_events == {}, "every event has one end"
        assert totals["PARKED"] == 0, f"nothing needs a person: {self._parked()}"
        assert world.value("select count(*) from crm_records where lease_owner is not null") == 0
        assert world.value("select count(*) from crm_outbox_attempts where outcome is null") == 0
        assert (
            world.value("select count(*) from crm_inbox_events where lease_owner is not null") == 0
        )
        doubled = world.crm_admin("GET", "/ledger/summary")["doubled_creates"]
        assert doubled.keys() - world.meant_doubles == set()
        assert world.differences(branches) == []
        for branch in branches:
            versions = self.versions(branch)
            # a repetition of one version is an attempt more; an older one after a newer one is an error
            assert versions == sorted(versions), f"{branch.key} was sent out of order"


def update_of(branch: Branch, columns: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An UPDATE of a branch as an ERP screen makes it."""
    assignments = "".join(f"{name} = :{name}, " for name in columns)
    return (
        f"update branches set {assignments}updated_on = sysdate"
        " where client_code = :key_client and code = :key_code",
        {**columns, "key_client": branch.client, "key_code": branch.code},
    )
