"""Both sides in one process, and actors that take one step at a time.

The daemon is the product's: its relays, its adapter, its statements, on a deployed database. The CRM is the simulator
without its web server. A step is what nobody can come between: one call of the CRM, or one transaction.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
import functools
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import oracledb
import orjson
from explorer import Footprint

from bridge.clock import SystemClock
from bridge.core.inbound import InboundRelay
from bridge.core.relay import OutboundRelay
from bridge.crm.client import Call, Reply
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.domain.shown import shown_json
from bridge.errors import CrmOutcomeUnknown
from bridge.oracle import codec, queries
from bridge.oracle.errors import translate
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.outbox import OracleOutbox
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Incoming, Simulator

__all__ = ["FATES", "Sides", "User"]

#: what becomes of the first write of the daemon that is explored
FATES: Final = ("answered", "unanswered", "not arrived", "killed")

_WORKER: Final = "orders"
_LEASE_SECONDS: Final = 600
_TURNS: Final = 40  # of the event loop, until what is under way has come to its next step
_ROUNDS: Final = 25
_DATABASE: Final[Footprint] = {"database": True}
_CRM_READ: Final[Footprint] = {"crm": False}
#: a write causes a webhook
_CRM_WRITE: Final[Footprint] = {"crm": True, "mail": True}
_STORE: Final[Footprint] = {"database": True, "mail": True}

_actor: contextvars.ContextVar[_Actor | None] = contextvars.ContextVar("actor", default=None)


@dataclass(slots=True)
class _Actor:
    """A part of the daemon that works on one claim."""

    #: steps that it waits to take, the one that it asked for first in front
    gates: deque[tuple[Footprint, asyncio.Future[None]]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None

    @property
    def is_working(self) -> bool:
        return self.task is not None and not self.task.done()


async def _gate(footprint: Footprint) -> None:
    """Wait until the step may be taken; at once for who is no actor."""
    actor = _actor.get()
    if actor is not None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        actor.gates.append((footprint, future))
        await future


class _Database:
    """The statements of ``bridge.oracle`` on one connection, in one transaction that is never committed."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self._connection = connection
        self.sql = queries.load("CRM_SYNC")

    async def call(
        self,
        name: str,
        binds: Mapping[str, Any],
        out: Mapping[str, Any] | None = None,
        *,
        sizes: Mapping[str, Any] | None = None,
        failpoint: str | None = None,
        settles: bool = False,
    ) -> dict[str, Any]:
        await _gate(_DATABASE)
        return self.run(name, binds, out, sizes=sizes)

    def run(
        self,
        name: str,
        binds: Mapping[str, Any],
        out: Mapping[str, Any] | None = None,
        *,
        sizes: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            with self._connection.cursor() as cursor:
                variables = {key: cursor.var(kind) for key, kind in (out or {}).items()}
                if sizes:
                    cursor.setinputsizes(**sizes)
                cursor.execute(self.sql[name], {**binds, **variables})
                return {key: variable.getvalue() for key, variable in variables.items()}
        except oracledb.Error as exc:
            raise translate(exc, name) from None

    def claim(self, name: str, bind: str) -> tuple[list[str], list[Any]]:
        binds = {
            "in_worker_id": _WORKER,
            "in_batch_size": 1,
            "in_lease_seconds": _LEASE_SECONDS,
        }
        cursor = self.run(name, binds, {bind: oracledb.DB_TYPE_CURSOR})[bind]
        columns = [column.name for column in cursor.description or ()]
        rows = list(cursor.fetchall())
        cursor.close()
        return columns, rows


class _Client:
    """Calls of the adapter, answered by the simulator in the same process."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Any, *, name: str = "") -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def exchange(self, call: Call, meter: CallMeter) -> Reply:
        await _gate(_CRM_READ if call.is_read else _CRM_WRITE)
        meter.calls += 1
        if _actor.get() is self._sides.outbound:
            self._sides.is_about_to_write = call.is_read
        fate = "answered" if call.is_read else self._sides.take_fate()
        if fate == "not arrived":
            raise CrmOutcomeUnknown("no answer")
        reply = self._answer(call)
        if fate == "unanswered":
            raise CrmOutcomeUnknown("no answer")
        if fate == "killed":
            raise asyncio.CancelledError
        return reply

    def _answer(self, call: Call) -> Reply:
        simulator = self._sides.simulator
        body = call.body() if callable(call.body) else call.body
        incoming = Incoming(
            method=call.method,
            path=call.path.lstrip("/"),
            query=dict(call.params),
            query_text=urlencode(call.params),
            headers={"token_exact": simulator.settings.token},
            body="" if body is None else orjson.dumps(body).decode(),
            url="http://crm/v3" + call.path,
        )
        entry, _ = simulator.arrive(incoming)
        answer = simulator.process(incoming, entry, None).answer
        assert answer is not None
        text = answer.text
        if text is None:
            text = "" if answer.body is None else orjson.dumps(answer.body).decode()
        self._sides.calls.append(f"{call.method} {call.path} {answer.status}")
        return Reply(status=answer.status, headers=answer.headers, content=text.encode())


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who does one thing, on one side."""

    name: str
    side: str
    act: Callable[[Sides], None]
    #: whether it can be done yet
    can: Callable[[Sides], bool] = lambda sides: True


class _Nothing:
    """A queue and a progress that nobody asks."""

    def mark(self, part: str) -> None:
        pass


class Sides:
    """ERP, database, daemon and CRM of one record; ``explorer.System`` for its users and the daemon."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self.connection = connection
        self.database = _Database(connection)
        self.simulator = Simulator(Settings(quota_requests=0))
        for event in ("lead_updated", "lead_converted", "lead_discarded", "person_updated"):
            self.simulator.webhooks.subscribe({event: event})
        self.mapper = LeadMapper(FieldNames())
        self.calls: list[str] = []
        self.story: list[str] = []
        self.users: Sequence[User] = ()
        self.fate = "answered"
        self._fate_left = "answered"
        self.outbound, self._inbound = _Actor(), _Actor()
        self._rounds: dict[str, int] = {}
        self._done: set[str] = set()
        self._is_dead = False
        #: the delivery has read what it is about to write, and has not written it yet
        self.is_about_to_write = False
        self.edits: list[Any] = []
        self._numbers = itertools.count(1)
        self._records: dict[str, Any] = {}
        self._make_daemon()

    def _make_daemon(self) -> None:
        database: Any = self.database
        retry = RetryPolicy(base_seconds=0.0, cap_seconds=0.0)
        common: dict[str, Any] = {
            "retry": retry,
            "queue": _Nothing(),
            "slots": 1,
            "wait_seconds": 1,
            "lease_seconds": float(_LEASE_SECONDS),
            "clock": SystemClock(),
            "progress": _Nothing(),
        }
        outbox: Any = OracleOutbox(database, worker_id=_WORKER)
        self._out = OutboundRelay(outbox=outbox, crm=self._adapter(), **common)
        self._in = InboundRelay(inbox=OracleInbox(database), crm=self._adapter(), **common)

    def _adapter(self) -> SpotterCrm:
        client: Any = _Client(self)
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=10**9,
            quota_seconds=1,
            breaker_failures=10**9,
            breaker_seconds=1,
        )
        return SpotterCrm(
            policy,
            mapper=self.mapper,
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="vendas.um@example.com",
            discard_reason="Encerrou atividades",
        )

    # ----------------------------------------------------------------- both sides as they are

    def execute(self, sql: str, **binds: Any) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, binds)
            return int(cursor.rowcount)

    def rows(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, binds)
            return list(cursor.fetchall())

    def value(self, sql: str, **binds: Any) -> Any:
        ((value,),) = self.rows(sql, **binds)
        return value

    # ----------------------------------------------------------------- the beginning

    def keep(self) -> None:
        """Let each order begin with everything as it is."""
        self.execute("savepoint beginning")
        state = self.simulator.state
        self._records = {
            name: copy.deepcopy(getattr(state, name))
            for name in ("leads", "persons", "proposals", "sales", "stage_history", "losts")
        } | {name: getattr(state, name) for name in ("_next_lead", "_next_person")}

    async def begin(self) -> None:
        await self.stop()
        self.execute("rollback to savepoint beginning")
        for name, value in self._records.items():
            setattr(self.simulator.state, name, copy.deepcopy(value))
        self.simulator.ledger.clear()
        self._mail().clear()
        self.calls.clear()
        self.story.clear()
        self.edits.clear()
        self.is_about_to_write = False
        self._rounds = {"deliver": 0, "read": 0, "store": 0}
        self._done = set()
        self._is_dead = False
        self._fate_left = self.fate
        self.outbound, self._inbound = _Actor(), _Actor()

    async def stop(self) -> None:
        """End what is under way, as a power cut would."""
        tasks = [a.task for a in (self.outbound, self._inbound) if a.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def take_fate(self) -> str:
        """What becomes of the write that is about to be made; only the first has another fate."""
        fate, self._fate_left = self._fate_left, "answered"
        if fate == "killed":
            self._is_dead = True
        return fate

    # ----------------------------------------------------------------- the system

    def enabled(self) -> Mapping[str, Footprint]:
        found: dict[str, Footprint] = {}
        for user in self.users:
            if user.name not in self._done and user.can(self):
                found[user.name] = _DATABASE if user.side == "ERP" else _CRM_WRITE
        if self._is_dead:
            found["restart"] = _DATABASE
            return found
        work = functools.cache(self._work)  # asked once, if at all
        for name, actor in (("deliver", self.outbound), ("read", self._inbound)):
            if actor.is_working:
                if actor.gates:
                    found[name] = actor.gates[0][0]
            elif self._rounds[name] < 1 and name in work():
                found[name] = _DATABASE
        if self._mail() and self._rounds["store"] < 1:
            found["store"] = _STORE
        return found

    def _work(self) -> set[str]:
        """What a claim would find."""
        rows = self.rows(
            "select 'deliver' from crm_outbox_events e left join crm_records r on r.record_key = e.record_key"
            " where e.status = 'READY' and r.lease_owner is null"
            " and (e.next_attempt_at is null or e.next_attempt_at <= systimestamp)"
            " union all select 'read' from crm_inbox_events i left join crm_records r on r.crm_id = i.crm_id"
            " where i.status = 'READY' and r.lease_owner is null"
            " and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp)"
        )
        return {name for (name,) in rows}

    async def step(self, actor: str) -> None:
        self.story.append(actor)
        if actor == "restart":
            await self._restart()
        elif actor == "store":
            self._rounds["store"] += 1
            self._store_mail()
        elif actor == "deliver":
            await self._step_daemon("deliver", self.outbound, self._deliver)
        elif actor == "read":
            await self._step_daemon("read", self._inbound, self._read)
        else:
            (user,) = [user for user in self.users if user.name == actor]
            self._done.add(actor)
            user.act(self)

    async def _restart(self) -> None:
        """The daemon that was killed comes back, and the database takes back what it held."""
        await self.stop()
        self.outbound, self._inbound = _Actor(), _Actor()
        self.database.run("begin_worker", {"in_worker_id": _WORKER}, {"out_released": int})
        self._is_dead = False

    async def _step_daemon(
        self, name: str, actor: _Actor, work: Callable[[], Awaitable[None]]
    ) -> None:
        if not actor.is_working:
            self._rounds[name] += 1
            token = _actor.set(actor)
            actor.task = asyncio.get_running_loop().create_task(self._quietly(work))
            _actor.reset(token)
        else:
            _, future = actor.gates.popleft()
            future.set_result(None)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        assert actor.gates or not actor.is_working, "it has not come to its next step"
        if actor.task is not None and actor.task.done() and not actor.task.cancelled():
            error = actor.task.exception()
            if error is not None:
                raise error

    @staticmethod
    async def _quietly(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async def _deliver(self) -> None:
        columns, rows = self.database.claim("claim_changes", "out_changes")
        for row in rows:
            await self._out.handle(codec.change(columns, row))

    async def _read(self) -> None:
        columns, rows = self.database.claim("claim_webhooks", "out_webhooks")
        for row in rows:
            await self._in.handle(codec.webhook(columns, row))

    # ----------------------------------------------------------------- webhooks

    def _mail(self) -> list[Any]:
        return self.simulator.webhooks._backlog

    def _store_mail(self) -> None:
        events = {
            "lead_updated": "LEAD_UPDATED",
            "lead_converted": "LEAD_CONVERTED",
            "lead_discarded": "LEAD_DISCARDED",
            "person_updated": "PERSON_UPDATED",
        }
        mail = self._mail()
        for delivery in mail:
            self.database.run(
                "store_webhook",
                {
                    "in_source": "spotter",
                    "in_event_type": events[delivery.url],
                    "in_dedupe_key": f"{next(self._numbers):064x}",
                    "in_crm_id": delivery.lead_id,
                    "in_body": orjson.dumps(delivery.body),
                    "in_fields": shown_json(self.mapper.from_webhook(delivery.body["Lead"])),
                },
                {"out_inbox_id": int, "out_is_duplicate": str},
            )
        mail.clear()

    # ----------------------------------------------------------------- rest

    async def rest(self) -> None:
        """Let everything go on until nothing is left to be done; what waits for a time has waited."""
        if self._is_dead:
            await self._restart()
        if self._fate_left == "killed":
            self._fate_left = "answered"  # it had nothing to write as long as the order lasted
        for actor in (self.outbound, self._inbound):
            while actor.is_working:
                name, work = (
                    ("deliver", self._deliver) if actor is self.outbound else ("read", self._read)
                )
                await self._step_daemon(name, actor, work)
        for _ in range(_ROUNDS):
            self._store_mail()
            for table in ("crm_outbox_events", "crm_inbox_events"):
                self.execute(f"update {table} set next_attempt_at = null where status = 'READY'")
            due = self._work()
            if not due:
                return
            if "deliver" in due:
                await self._deliver()
            if "read" in due or "read" in self._work():
                await self._read()
        raise AssertionError("never at rest")
