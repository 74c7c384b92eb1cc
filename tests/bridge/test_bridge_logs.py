"""Logs and errors hold no personal data; events are listed; failpoints do what they say."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import oracledb
import pytest
import structlog

from bridge import failpoints, logs
from bridge.errors import (
    DatabaseUnavailable,
    DataRejected,
    SettingsError,
    StaleClaim,
    TransactionConflict,
)
from bridge.events import MEANINGS
from bridge.oracle import queries
from bridge.oracle.errors import STALE_CLAIM, translate

BRIDGE = Path(__file__).parents[2] / "bridge"
PERSONAL = ("52998224725", "maria@example.com", "11987654321")


def test_only_listed_fields_pass_and_keys_are_hashed() -> None:
    redact = logs.redactor(b"pepper")
    event = redact(
        None,
        "info",
        {
            "event": "change_settled",
            "record": "1001-1",
            "attempt": 2,
            "document": {"taxid": PERSONAL[0]},
            "email": PERSONAL[1],
        },
    )

    assert set(event) == {"event", "record", "attempt", "dropped_fields"}
    assert event["record"] != "1001-1"
    assert event["dropped_fields"] == 2


def test_equal_keys_have_equal_hashes_and_another_pepper_gives_others() -> None:
    def hashed(pepper: bytes) -> object:
        return logs.redactor(pepper)(None, "info", {"event": "x", "record": "1-1"})["record"]

    assert hashed(b"a") == hashed(b"a") != hashed(b"b")


def test_nothing_personal_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="DEBUG", format_name="json", pepper="p")
    try:
        log = structlog.get_logger("test")
        log.warning("change_parked", record=PERSONAL[0], phone=PERSONAL[2])
        text = f"free text about {PERSONAL[1]}"
        log.warning(text)
        logging.getLogger("aiohttp.server").error("Error handling %s", PERSONAL[1])
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers = []
    printed = capsys.readouterr().err

    assert printed.count("\n") == 3
    assert not any(text in printed for text in PERSONAL)
    assert '"library": "aiohttp.server"' in printed


def test_every_event_that_is_logged_is_listed_and_every_listed_one_is_logged() -> None:
    call = re.compile(r"\blog\.(?:debug|info|warning|error)\(\s*\"([a-z_]+)\"")
    source = "".join(path.read_text() for path in BRIDGE.rglob("*.py"))
    logged = set(call.findall(source))

    assert logged <= set(MEANINGS)
    unused = {name for name in MEANINGS if source.count(f'"{name}"') < 2}
    assert unused == set()


def test_texts_of_the_database_are_not_passed_on() -> None:
    error = oracledb.DatabaseError(f"ORA-12899: value too large: {PERSONAL[0]}")

    assert PERSONAL[0] not in str(translate(error, "apply_lead"))


class _Detail:
    def __init__(self, full_code: str, *, dead: bool = False) -> None:
        self.full_code = full_code
        self.is_session_dead = dead
        self.isrecoverable = False


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ORA-00060", TransactionConflict),
        ("ORA-12899", DataRejected),
        ("ORA-20120", DataRejected),
        ("ORA-02290", DataRejected),
        (STALE_CLAIM, StaleClaim),
        ("DPY-6005", DatabaseUnavailable),
    ],
)
def test_numbers_become_classes(code: str, kind: type[Exception]) -> None:
    assert type(translate(oracledb.DatabaseError(_Detail(code)), "x")) is kind


def test_an_unknown_error_of_a_dead_session_means_a_new_connection() -> None:
    error = oracledb.DatabaseError(_Detail("ORA-99999", dead=True))

    assert isinstance(translate(error, "x"), DatabaseUnavailable)


def test_a_time_limit_is_unavailability() -> None:
    assert isinstance(translate(TimeoutError(), "x"), DatabaseUnavailable)


def test_the_number_of_a_stale_claim_is_the_one_of_the_catalogue() -> None:
    catalogue = (BRIDGE.parent / "plsql/core/crm_err.pks").read_text()
    number = re.search(r"co_stale_claim constant pls_integer := -(\d+)", catalogue)

    assert number is not None
    assert f"ORA-{number[1]}" == STALE_CLAIM


def test_every_call_of_the_api_names_its_parameters_in_order() -> None:
    api = (BRIDGE.parent / "plsql/api/crm_bridge_api.pks").read_text()
    routines = re.findall(r"procedure (\w+)\((.*?)\);", api, flags=re.S)
    declared = {
        name: re.findall(r"^\s*((?:in|out)_\w+)", body, flags=re.M) for name, body in routines
    }
    statements = queries.load("CRM_SYNC")
    called = {
        match[1]: re.findall(r"(\w+)\s*=> :\1", text)
        for text in statements.values()
        if (match := re.search(r"crm_sync\.crm_bridge_api\.(\w+)\(\s*\w+\s*=>", text))
    }

    assert len(called) >= 29
    for name, parameters in called.items():
        assert parameters == declared[name], name


def test_an_owner_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="plain"):
        queries.load("crm; drop")


# --------------------------------------------------------------------------- failpoints


@pytest.fixture
def _disarm() -> object:
    yield
    failpoints.configure("")


@pytest.mark.usefixtures("_disarm")
def test_a_sleep_waits_at_the_pass_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("bridge.failpoints.time.sleep", slept.append)
    failpoints.configure("before_call:sleep=0.05@2")
    failpoints.hit("before_call")
    assert slept == []
    failpoints.hit("before_call")
    assert slept == [0.05]


def test_a_kill_is_a_kill() -> None:
    script = (
        "from bridge import failpoints; failpoints.configure('after_call:kill');"
        "failpoints.hit('before_call'); print('alive', flush=True); failpoints.hit('after_call')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=BRIDGE.parent,
        check=False,
    )

    assert (done.returncode, done.stdout) == (-9, "alive\n")


@pytest.mark.parametrize(
    "text", ["nowhere:kill", "before_call", "before_call:jump", "before_call:sleep=x"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        failpoints.configure(text)


def test_every_name_is_passed_somewhere() -> None:
    source = "".join(
        path.read_text() for path in BRIDGE.rglob("*.py") if path.name != "failpoints.py"
    )

    for name in failpoints.NAMES:
        assert name.removeprefix("inbound_") in source, name
