"""The world of a campaign: a small ERP, the CRM, and daemons that come and go."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Final

import oracledb

from devkit.demo.prefork import Forker
from devkit.demo.processes import Child, ProcessError, free_port
from devkit.demo.templates import LOADED_FROM, Templates, crm_state
from devkit.demo.world import World, call
from devkit.faults import journal
from devkit.faults.daemon import CLOCK_VARIABLE
from devkit.faults.truth import Person, Record, Truth, number_in

__all__ = ["LATE_STAGE", "LEASE_SECONDS", "Site"]

LATE_STAGE: Final = "Desenvolvimento/Orçamento"
LEASE_SECONDS: Final = 10
RECORDS: Final = 12
WAITING: Final = 60
PRIMARY: Final = "campaign:first"
SECOND: Final = "campaign:second"

_SLOW_SECONDS: Final = 15.0

_SETTINGS: Final = {
    "ERPCRM_RELAY__WAIT_SECONDS": "1",
    "ERPCRM_RELAY__RETRY_BASE_SECONDS": "0.2",
    "ERPCRM_RELAY__RETRY_CAP_SECONDS": "1",
    "ERPCRM_RELAY__RECONCILE_SECONDS": "0.5",
    "ERPCRM_RELAY__LEASE_SECONDS": str(LEASE_SECONDS),
    "ERPCRM_RELAY__POLL_SECONDS": "2",
    "ERPCRM_CRM__TIMEOUT_SECONDS": "3",
    "ERPCRM_CRM__BREAKER_FAILURES": "20",
    "ERPCRM_CRM__BREAKER_SECONDS": "1",
    "ERPCRM_CRM__DISCARD_USER_EMAIL": "integracao@example.com",
    "ERPCRM_LOG__LEVEL": "INFO",
}
#: what a CRM without faults does
CALM: Final[dict[str, Any]] = {
    "webhook_drop": 0.0,
    "webhook_duplicate": 0.0,
    "webhook_delay_seconds": 0.0,
    "webhook_reorder": False,
    "read_lag_seconds": 0.0,
    "answer_delay_seconds": 0.0,
}


class Site(World):
    """Starts from a template; its database flushes commits, so that a crash may lose nothing."""

    forker = Forker("devkit.faults.daemon")

    def __init__(self, folder: Path, *, seed: int = 7, extra: dict[str, str] | None = None) -> None:
        super().__init__(folder, branches=RECORDS + WAITING, seed=seed)
        self._extra = extra or {}
        self._sessions: dict[str, oracledb.Connection] = {}
        self._daemons: dict[str, Child] = {}
        self._armed: set[str] = set()
        self._ports: dict[str, int] = {}
        self.webhooks_from = 0
        #: what happened to processes
        self.counts: Counter[str] = Counter()

    # ----------------------------------------------------------------- beginning

    def prepare(self) -> None:
        """Both sides up and equal, one daemon running, the journal begun."""
        inputs = (*LOADED_FROM, Path(__file__))
        Templates().bring(self, f"campaign-{RECORDS}", self._load, inputs=inputs)
        journal.install(self.session("SYSTEM"))
        self._start_crm()
        self.run_daemon(PRIMARY)
        self.drain()

    def _load(self) -> None:
        self.start_oracle()
        self.deploy_erp()
        with self.connect("ERP") as erp, erp.cursor() as cursor:
            cursor.execute("update branches set integrate_crm = 'N'")
            # a client's name concerns all its branches; titles of a catalogue show through empty ones
            cursor.execute("update contacts set name = name || ' #' || id, job_title_id = null")
            cursor.execute(
                "update branches set integrate_crm = 'S' where rowid in (select rowid from ("
                "select rowid from branches order by client_code, code) where rownum <= :count)",
                count=RECORDS,
            )
            erp.commit()
        self.deploy_integration()
        self.set_products()
        # who is missing from an answer is looked for twice; a minute between is too long for a round
        self.set_options(missing_recheck_seconds="1")
        self._start_crm()
        self.run_daemon(PRIMARY)
        self.cli("load")
        self.drain()
        for lead in self.leads():
            self.crm_admin("PATCH", f"/leads/{lead['id']}", {"stage": LATE_STAGE})
        self.drain()

    def _start_crm(self) -> None:
        self.start_crm(
            state=crm_state(self), webhook_retries=3, quota_mode="seconds", webhook_drop=0.0
        )
        own = str(self.crm_admin("GET", "/webhooks")["urls"]["lead_updated"])
        persons = own.replace("/atualizalead", "/atualizacontatocrm")
        conversions = own.replace("/atualizalead", "/convertedlead")
        self.crm_admin(
            "PUT", "/webhooks", {"person_updated": persons, "lead_converted": conversions}
        )

    def truth(self) -> Truth:
        """The records as they are at the beginning."""
        leads = {lead["cnpj"]: lead for lead in self.leads()}
        found = self.rows(
            "select client_code, code, taxid, integrate_crm from erp.branches order by client_code, code"
        )
        truth = Truth([], [])
        for client, code, taxid, flag in found:
            record = Record(f"{client}-{code}", int(client), int(code), str(taxid))
            record.persons = [
                Person(int(number), contact_id=int(number), is_new=False)
                for (number,) in self.rows(
                    "select id from erp.contacts where client_code = :client and branch_code = :code",
                    client=client,
                    code=code,
                )
            ]
            if flag == "S":
                record.lead_id = int(leads[taxid]["id"])
                truth.records.append(record)
            else:
                record.takes_part = record.is_mirrored = False
                truth.waiting.append(record)
        return truth

    def contacts_of(self, record: Record) -> dict[int, int]:
        """The contacts of a branch in the ERP: id by the person's number."""
        found = self.rows(
            "select id, name from erp.contacts where client_code = :client and branch_code = :code",
            client=record.client,
            code=record.code,
        )
        numbers = ((number_in(name), int(identity)) for identity, name in found)
        return {number: identity for number, identity in numbers if number is not None}

    def persons_of(self, record: Record) -> dict[int, int]:
        """The persons of a lead in the CRM: id by the person's number."""
        lead = self.crm_admin("GET", f"/leads/{record.lead_id}")
        numbers = ((number_in(row["name"]), int(row["id"])) for row in lead["persons"])
        return {number: identity for number, identity in numbers if number is not None}

    # ----------------------------------------------------------------- the database

    def set_full(self, table: str | None) -> None:
        """Let a table of the product be full; None: all have room."""
        self.administer("delete from erp.campaign_full")
        if table is not None:
            self.administer(f"insert into erp.campaign_full (table_name) values ('{table}')")  # noqa: S608

    def start_oracle(
        self, *, durability: str = "safe", fresh: bool = True, copy_of: Path | None = None
    ) -> None:
        super().start_oracle(durability=durability, fresh=fresh, copy_of=copy_of)

    def session(self, user: str) -> oracledb.Connection:
        """A session that lasts; made anew when the database was away."""
        found = self._sessions.get(user)
        if found is not None and found.is_healthy():
            return found
        self._forget(user)
        made = self.connect(user)
        if user == "SYSTEM":
            made.current_schema = "CRM_SYNC"
        self._sessions[user] = made
        return made

    def forget_sessions(self) -> None:
        for user in list(self._sessions):
            self._forget(user)

    def _forget(self, user: str) -> None:
        """Close it: a dead session keeps its socket."""
        session = self._sessions.pop(user, None)
        if session is not None:
            with contextlib.suppress(oracledb.Error):
                session.close()

    def rows(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        """A query as SYSTEM, in CRM_SYNC; once more when the session has died meanwhile."""

        def ask(session: oracledb.Connection) -> list[tuple[Any, ...]]:
            with session.cursor() as cursor:
                cursor.execute(sql, binds)
                found = list(cursor.fetchall())
            session.rollback()
            return found

        found: list[tuple[Any, ...]] = self.again("SYSTEM", ask)
        return found

    def administer(self, sql: str) -> None:
        def do(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                cursor.execute(sql)
            session.commit()

        self.again("SYSTEM", do)

    def again(self, user: str, work: Callable[[oracledb.Connection], Any]) -> Any:
        """Do something in a session, and once more in a new one if the first turns out to be dead."""
        try:
            return work(self.session(user))
        except oracledb.Error:
            self._forget(user)
            return work(self.session(user))

    def status(self) -> dict[str, float]:
        return {
            str(name): float(value or 0)
            for name, value in self.rows("select metric, value from crm_status_v")
        }

    def is_quiet(self) -> bool:
        return super().is_quiet() and not self.status()["capture_gaps_open"]

    def is_quiet_for_sure(self) -> bool:
        """``is_quiet``; False while the database or the CRM cannot be asked."""
        try:
            return self.is_quiet()
        except (oracledb.Error, OSError):
            return False

    def unfinished(self) -> str:
        """What is open, for people."""
        try:
            open_work = {
                name: value
                for name, value in self.status().items()
                if value and ("pending" in name or "inflight" in name or "gaps_open" in name)
            }
            pending = self.crm_admin("GET", "/webhooks")["pending"]
            return f"{open_work}, {pending} webhooks on their way"
        except (oracledb.Error, OSError) as exc:
            return type(exc).__name__

    def pulse(self) -> Hashable:
        self.keep_alive()
        return super().pulse()

    def crash_database(self) -> None:
        """SIGKILL of the stand-in and of its storage, then a start on what is on the disk."""
        assert self.oracle is not None
        storage = _descendants(self.oracle.pid)
        self.oracle.kill()
        for pid in storage:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.oracle.stop()
        self.forget_sessions()
        self.counts["database crashes"] += 1
        for attempt in range(20):
            try:
                self.start_oracle(fresh=False)
                return
            except ProcessError:
                if attempt == 19:
                    raise
                time.sleep(0.5)

    def kill_session(self, pick: int) -> None:
        """SIGKILL of the process of one of the database's sessions."""
        assert self.oracle is not None
        children = _children(self.oracle.pid)
        sessions = [pid for pid in children if "postgres" not in _command(pid)]
        if sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(sessions[pick % len(sessions)], signal.SIGKILL)
            self.counts["database sessions killed"] += 1

    # ----------------------------------------------------------------- daemons

    def settings(self, **extra: str) -> dict[str, str]:
        clock = {CLOCK_VARIABLE: str(self._clock)}
        return super().settings(**{**_SETTINGS, **clock, **self._extra, **extra})

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    def set_clock(self, seconds: float) -> None:
        """Let the wall clock of all daemons go wrong by so much."""
        scratch = self._clock.with_suffix(".new")
        scratch.write_text(str(seconds), encoding="ascii")
        scratch.replace(self._clock)

    def run_daemon(self, worker: str, *, failpoint: str = "") -> None:
        """Start a daemon; the first one takes the webhooks."""
        port = self.web_port if worker == PRIMARY else self._ports.setdefault(worker, free_port())
        extra = {"ERPCRM_WEB__PORT": str(port)}
        if failpoint:
            extra["ERPCRM_FAILPOINT"] = failpoint
            self._armed.add(worker)
        else:
            self._armed.discard(worker)
        child = self.start_bridge(worker=worker, wait=False, **extra)
        self._daemons[worker] = child
        self.counts["daemon starts"] += 1

    @property
    def workers(self) -> list[str]:
        return sorted(self._daemons)

    def pid_of(self, worker: str) -> int:
        return self._daemons[worker].pid

    def kill_daemon(self, worker: str) -> None:
        child = self._daemons[worker]
        child.kill()
        self._bury(worker)

    def stop_daemon(self, worker: str) -> None:
        """SIGTERM: it finishes what it has begun."""
        child = self._daemons.pop(worker)
        code = child.stop()
        self.bridges.remove(child)
        if code == -signal.SIGKILL:
            self.counts["kills"] += 1
        self.counts["daemons stopped"] += 1

    def keep_alive(self) -> None:
        """Start again what has died, without the failpoint that may have killed it."""
        for worker, child in list(self._daemons.items()):
            if not child.is_running:
                self._bury(worker)
                self.run_daemon(worker)

    def hold(self, worker: str) -> None:
        """SIGSTOP."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid_of(worker), signal.SIGSTOP)

    def release(self, worker: str) -> None:
        """SIGCONT."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid_of(worker), signal.SIGCONT)

    def disarm(self) -> None:
        """Kill the daemons whose failpoint was never passed, and start them without."""
        for worker in [worker for worker in self.workers if worker in self._armed]:
            self.kill_daemon(worker)
            self.run_daemon(worker)

    def _bury(self, worker: str) -> None:
        child = self._daemons.pop(worker)
        code = child.process.wait()
        self.bridges.remove(child)
        child.stop()
        self.counts["kills" if code == -signal.SIGKILL else "daemons that ended"] += 1

    def wait_until_ready(self) -> None:
        """The first daemon answers; what dies meanwhile is started again."""

        def is_up() -> bool:
            self.keep_alive()
            try:
                call("GET", f"http://127.0.0.1:{self.web_port}/livez")
            except (OSError, ValueError):
                return False
            return True

        self.wait_for(is_up, "the first daemon to answer")

    # ----------------------------------------------------------------- ending

    def lost_webhooks(self) -> set[int]:
        """Leads of which a webhook never arrived, by the CRM's own account, since it was asked last."""
        found = [
            one
            for one in self.crm_admin("GET", "/webhooks/deliveries")
            if one["number"] > self.webhooks_from
        ]
        self.webhooks_from = max((one["number"] for one in found), default=self.webhooks_from)
        return {one["lead_id"] for one in found if one["state"] in ("dropped", "failed")}

    def wait_for_polling(self, rounds: int = 3) -> None:
        """Until polling has looked so often: the first look may have begun before now."""
        seen: set[Any] = set()

        def has_looked() -> bool:
            seen.update(self.rows("select last_progress_on from crm_sync_runs where kind = 'POLL'"))
            return len(seen) > rounds

        self.wait_for(has_looked, "polling", seconds=60)

    def stop(self) -> None:
        self.forget_sessions()
        self._daemons.clear()
        super().stop()


def drain_within(
    site: Site, seconds: float, *, say: Callable[[str], None] = lambda _: None
) -> float:
    """Come to rest; how long it took. What is slow is said.

    Raises:
        WorldError: nothing goes on for ``seconds``, or it does not end in ten times that.
    """
    started = time.monotonic()
    next_word = _SLOW_SECONDS

    def is_over() -> bool:
        nonlocal next_word
        waited = time.monotonic() - started
        if waited > next_word:
            say(f"  {waited:.0f} s, and not at rest: {site.unfinished()}")
            next_word += _SLOW_SECONDS
        return site.is_quiet_for_sure()

    calm = 0
    while calm < 3:
        site.wait_for(is_over, "rest", seconds=seconds)
        calm = calm + 1 if site.is_quiet_for_sure() else 0
        time.sleep(0.06)
    return time.monotonic() - started


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        texts = [(thread / "children").read_text(encoding="ascii") for thread in threads]
    except OSError:
        return []
    return [int(child) for text in texts for child in text.split()]


def _descendants(pid: int) -> list[int]:
    found = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "postgres"
