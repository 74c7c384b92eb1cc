"""The API of the database as canned answers behind the stand-in's wire, run as a process.

    python api_server.py

prints its port. What the driver, the pool and the queue do on the wire is real; what the procedures
do is not: each session answers from the binds alone.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import socket
import sys
import threading
from decimal import Decimal
from typing import Any

from devkit.oracle.contracts import (
    AqMessage,
    DequeueOptions,
    Direction,
    ExecuteRequest,
    ExecuteResult,
    Verifier,
)
from devkit.oracle.errors import OraError
from devkit.oracle.net.connection import serve
from devkit.oracle.net.crypto import make_verifier
from devkit.oracle.net.profile import ORACLE_23AI
from devkit.oracle.values import CLOB, NUMBER, VARCHAR2, Column

USERS = {"CRM_BRIDGE": make_verifier("CRM_BRIDGE", "secret")}
CHANGE_COLUMNS = [
    Column("EVENT_ID", NUMBER),
    Column("RECORD_KEY", VARCHAR2),
    Column("VERSION", NUMBER),
    Column("OPERATION", VARCHAR2),
    Column("FENCE_TOKEN", NUMBER),
    Column("ATTEMPT", NUMBER),
    Column("IDEMPOTENCY_KEY", VARCHAR2),
    Column("CRM_ID", NUMBER),
    Column("IS_IN_DOUBT", VARCHAR2),
    Column("DOCUMENT", CLOB),
    Column("AGREED_IMAGE", CLOB),
    Column("CHANGED_FIELDS", VARCHAR2),
]
WEBHOOK_COLUMNS = [
    Column("INBOX_ID", NUMBER),
    Column("EVENT_TYPE", VARCHAR2),
    Column("CRM_ID", NUMBER),
    Column("RECORD_KEY", VARCHAR2),
    Column("FENCE_TOKEN", NUMBER),
    Column("ATTEMPT", NUMBER),
]


class Rows:
    def __init__(self, columns: list[Column], rows: list[tuple[Any, ...]]) -> None:
        self.columns = columns
        self.rows = rows
        self.rows_fetched = 0

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        part = self.rows[self.rows_fetched : self.rows_fetched + count]
        self.rows_fetched += len(part)
        return part

    def close(self) -> None:
        self.rows = []


def one_change(number: int) -> tuple[Any, ...]:
    document = '{"record_key": "1001-1", "client_code": 1001, "name": "São João", "crm_id": null}'
    return (
        Decimal(number), "1001-1", Decimal(7), "UPSERT", Decimal(3), Decimal(1), "erp:1001-1:7",
        None, "N", document, None, '["name", "client_code"]',
    )  # fmt: skip


class ApiSession:
    def __init__(self) -> None:
        self.sid, self.serial = os.getpid() & 0xFFFF, 7
        self.in_transaction = False
        self.cancelled = threading.Event()
        self.running = False
        self.messages = [AqMessage(payload=b"{}", msgid=bytes(16), enqueue_time=dt.datetime.now())]  # noqa: DTZ005

    def commit(self) -> None:
        self.in_transaction = False

    def rollback(self) -> None:
        self.in_transaction = False

    def close(self) -> None:
        return

    def cancel(self) -> None:
        if self.running:
            self.cancelled.set()

    def set_attribute(self, name: str, value: str | None) -> None:
        return

    def set_context(self, namespace: str, attribute: str, value: str | None) -> None:
        return

    def change_password(self, old: str, new: str) -> None:
        raise OraError(3001, "change of password")

    def sleep(self, seconds: float) -> None:
        self.running = True
        try:
            if self.cancelled.wait(seconds):
                raise OraError(1013)
        finally:
            self.running = False
            self.cancelled.clear()

    def execute(self, request: ExecuteRequest) -> ExecuteResult:
        sql = request.sql.lower()
        binds = dict(zip((bind.name for bind in request.binds), request.rows[0], strict=True))
        match = re.search(r"crm_bridge_api\.(\w+)", sql)
        if match is None:
            column, value = ("METRIC", "VALUE"), ("outbox_pending", Decimal(3))
            columns = [Column(column[0], VARCHAR2), Column(column[1], NUMBER)]
            return ExecuteResult(cursor=Rows(columns, [value]))
        out = self.answer(match[1], binds)
        self.in_transaction = not request.autocommit
        names = [bind.name for bind in request.binds]
        return ExecuteResult(
            directions=[Direction.OUT if name in out else Direction.IN for name in names],
            out=[[out[name] for name in names if name in out]],
        )

    def answer(self, name: str, binds: dict[str, Any]) -> dict[str, Any]:
        match name:
            case "api_version":
                return {"OUT_VERSION": Decimal(1)}
            case "begin_worker":
                return {"OUT_RELEASED": Decimal(2)}
            case "claim_changes":
                count = int(binds["IN_BATCH_SIZE"])
                return {"OUT_CHANGES": Rows(CHANGE_COLUMNS, [one_change(n) for n in range(count)])}
            case "claim_webhooks":
                row = (Decimal(1), "LEAD_UPDATED", Decimal(42), None, Decimal(1), Decimal(1))
                return {"OUT_WEBHOOKS": Rows(WEBHOOK_COLUMNS, [row])}
            case "settle_change":
                self.settle(binds)
                return {}
            case "settle_webhook":
                return {}
            case "store_webhook":
                return {"OUT_INBOX_ID": Decimal(len(binds["IN_BODY"])), "OUT_IS_DUPLICATE": "N"}
            case "apply_lead":
                return {"OUT_RESULT": "APPLIED" if "São" in binds["IN_LEAD"] else "UNCHANGED"}
            case "repair_gaps":
                self.sleep(float(binds["IN_LIMIT"]))
                return {"OUT_REPAIRED": Decimal(0)}
        raise OraError(3001, name)

    def settle(self, binds: dict[str, Any]) -> None:
        match int(binds["IN_FENCE_TOKEN"]):
            case 1:
                raise OraError(20110, text="the claim is over")
            case 2:
                raise OraError(60)
            case 666:
                os._exit(1)
        if binds["IN_RETRY_SECONDS"] not in (None, Decimal("1.5")):
            raise OraError(1722)

    def aq_dequeue(self, queue: str, options: DequeueOptions, count: int) -> list[AqMessage]:
        if queue != "CRM_SYNC.CRM_CHANGE_Q":
            raise OraError(24010, queue)
        if self.messages:
            found, self.messages = self.messages, []
            return found
        self.sleep(options.wait)
        raise OraError(25228, queue)

    def aq_enqueue(self, queue: str, messages: Any, visibility: int) -> list[bytes]:
        raise OraError(3001, "enqueue")


class ApiInstance:
    service_name = "FREEPDB1"

    def verifier(self, user: str) -> Verifier | None:
        return USERS.get(user)

    def open_session(self, user: str, *, sysdba: bool = False) -> ApiSession:
        return ApiSession()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            sock, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                serve(sock, ApiInstance(), ORACLE_23AI)
                os._exit(0)
            sock.close()


if __name__ == "__main__":
    main()
