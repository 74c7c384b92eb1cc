"""A trigger of capture that is missing, off or invalid is told: in the advice and in the readiness details."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.cli.advice import advice, capture_detail
from bridge.cli.compose import Daemon
from bridge.errors import DatabaseUnavailable
from bridge.settings import Settings
from bridge.web.health import add_detail_routes, add_routes
from bridge.web.keys import HEALTH, Health


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("capture_triggers_missing", ("is missing", "erpcrm migrate", "erpcrm diff --repair")),
        ("capture_triggers_off", ("is switched off", "ENABLE", "erpcrm diff --repair")),
        ("capture_triggers_invalid", ("does not compile", "user_errors", "erpcrm diff --repair")),
    ],
)
def test_the_advice_says_what_is_wrong_with_capture_and_the_next_step(
    metric: str, words: tuple[str, ...]
) -> None:
    [line] = advice({"outbox_pending": 7.0, metric: 2.0})

    assert [word for word in words if word not in line] == []
    assert advice({"outbox_pending": 7.0, metric: 0.0}) == []


def test_the_detail_counts_each_kind() -> None:
    figures = {
        "capture_triggers_off": 2.0,
        "capture_triggers_invalid": 1.0,
        "capture_triggers_missing": 0.0,
    }

    assert capture_detail(figures) == "2 off, 1 invalid"
    assert capture_detail({"outbox_pending": 7.0}) == ""


class Outbox:
    """The database as far as readiness asks it."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self.failing: DatabaseUnavailable | None = None
        self.asked = 0

    async def ping(self) -> None:
        pass

    async def status(self) -> dict[str, float]:
        self.asked += 1
        if self.failing is not None:
            raise self.failing
        return self.figures


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    monkeypatch.setenv("ERPCRM_WEB__WEBHOOK_TOKEN", "a-token-of-the-tests")
    can = SimpleNamespace(webhook_scheme="path-token", webhook_is_batch=False)
    made = Daemon(
        Settings(),
        cast("Any", SimpleNamespace()),
        cast("Any", SimpleNamespace(pause_seconds=lambda: 0.0, capabilities=can)),
        share=lambda calls: None,
        quota=lambda: cast("Any", None),
        pages=None,
    )
    made.outbox = cast("Any", Outbox())
    made.mark_started()
    return made


async def asked(daemon: Daemon, path: str) -> tuple[int, Any]:
    app = web.Application()
    app[HEALTH] = Health(checks=daemon.checks, status=daemon.status)
    add_routes(app)
    add_detail_routes(app)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path)
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("figures", "detail"),
    [
        ({"capture_triggers_off": 1.0}, "1 off"),
        ({"capture_triggers_missing": 2.0}, "2 missing"),
        ({"capture_triggers_invalid": 1.0}, "1 invalid"),
        (
            {
                "capture_triggers_off": 3.0,
                "capture_triggers_missing": 1.0,
                "capture_triggers_invalid": 2.0,
            },
            "1 missing, 3 off, 2 invalid",
        ),
        ({"capture_triggers_off": 0.0, "outbox_pending": 7.0}, ""),
    ],
)
async def test_the_readiness_details_tell_of_triggers_that_do_not_capture_and_the_daemon_stays_ready(
    daemon: Daemon, figures: dict[str, float], detail: str
) -> None:
    cast("Any", daemon.outbox).figures = figures

    status, details = await asked(daemon, "/readyz/details")

    assert status == 200
    assert details["capture"] == {"ok": True, "detail": detail}
    assert (await asked(daemon, "/readyz"))[1]["status"] == "ready"
    assert cast("Any", daemon.outbox).asked == 1, (
        "within a minute the figures are not asked for again"
    )


async def test_what_cannot_be_asked_is_said(daemon: Daemon) -> None:
    cast("Any", daemon.outbox).failing = DatabaseUnavailable(code="ORA-12541", statement="status")

    _, details = await asked(daemon, "/readyz/details")

    assert details["capture"] == {"ok": True, "detail": "not known: ORA-12541"}
