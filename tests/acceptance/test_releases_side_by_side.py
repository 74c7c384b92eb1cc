"""Database and daemons are replaced one after the other, in either order, while changes are on their way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed_world import Branch, Deployed, Watch

from devkit.demo.world import ROOT, run_script

NUMBER = "9000"
MIGRATION = f"V{NUMBER}__add_crm_outbox_events_note.sql"
UP = """alter table crm_outbox_events add (
   note varchar2(10 char)
)
/
"""
DOWN = f"""alter table crm_outbox_events drop (note)
/
delete from crm_migrations m
 where m.script = 'migrations/{MIGRATION}'
/
commit
/
"""


@pytest.fixture(scope="module")
def deployed_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """One of its own: a schema that is replaced is nothing that other tests should share."""
    world = Deployed(tmp_path_factory.mktemp("releases"), branches=90, loaded=60)
    world.forker = None  # the programs are of two releases
    try:
        world.prepare()
        yield world
    finally:
        world.stop()


def next_version(text: str) -> str:
    """The release after this one: its version is one more, and it goes on with the one before."""
    newer, count = re.subn(
        r"((?<!oldest_)\bco_api_version\s+constant pls_integer := )(\d+);",
        lambda match: f"{match[1]}{int(match[2]) + 1};",
        text,
    )
    assert count == 1
    return newer


@pytest.fixture
def newer_schema(world: Deployed, tmp_path: Path) -> Iterator[Path]:
    """The files of the next release; afterwards the schema is that of this release again."""
    for folder in ("migrations", "plsql"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    spec = tmp_path / "plsql/api/crm_bridge_api.pks"
    spec.write_text(next_version(spec.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / "migrations" / MIGRATION).write_text(UP, encoding="utf-8")
    yield tmp_path
    undo = tmp_path / "undo.sql"
    undo.write_text(DOWN, encoding="utf-8")
    if world.value("select count(*) from crm_migrations where version = :n", n=NUMBER):
        with world.connect("SYSTEM") as admin:
            admin.current_schema = "CRM_SYNC"
            run_script(admin, undo, {})
    world.cli("migrate")


@pytest.fixture
def newer_daemon(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which ``python -m bridge`` is the daemon of the next release."""
    folder = tmp_path_factory.mktemp("next")
    shutil.copytree(
        ROOT / "bridge", folder / "bridge", ignore=shutil.ignore_patterns("__pycache__")
    )
    start = folder / "bridge/__init__.py"
    text = start.read_text(encoding="utf-8")
    newer = re.sub(
        r"(?m)^(API_VERSION = )(\d+)", lambda match: f"{match[1]}{int(match[2]) + 1}", text
    )
    assert newer != text
    start.write_text(newer, encoding="utf-8")
    # the current folder, which has this release, is not looked into
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


def api_version(world: Deployed) -> int:
    return int(world.value("select crm_bridge_api.api_version() from dual"))


def in_flight(world: Deployed, branches: list[Branch], digit: int) -> None:
    """Edits of which some are being sent when this returns."""
    world.crm_settings(answer_delay_seconds=0.5)
    for number, branch in enumerate(branches):
        world.set_branch(branch, phone=f"1197777{digit}{number:03}")
    world.wait_for(lambda: world.status()["outbox_inflight"] > 0, "changes in flight")


def assert_arrived(world: Deployed, watch: Watch, branches: list[Branch]) -> None:
    world.crm_settings(answer_delay_seconds=0)
    watch.settle(*branches)
    assert world.differences(branches) == []
    for branch in branches:
        # one edit each: sent, and sent once
        assert [write["operation"] for write in watch.writes(branch)] == ["update_lead"], branch.key


def test_the_database_first(world: Deployed, watch: Watch, newer_schema: Path) -> None:
    branches = world.take(12)
    daemon = world.bridge
    in_flight(world, branches[:6], 1)
    before = api_version(world)
    world.cli("migrate", ERPCRM_MIGRATE__DIRECTORY=str(newer_schema))
    in_flight(world, branches[6:], 2)

    assert_arrived(world, watch, branches)
    assert api_version(world) == before + 1
    assert world.bridge is daemon
    assert daemon.is_running
    # a daemon of this release also starts on the newer schema
    world.halt()
    world.daemon()
    (more,) = world.take()
    world.set_branch(more, phone="11977773000")
    assert_arrived(world, watch, [more])


def test_the_daemon_first(
    world: Deployed, watch: Watch, newer_schema: Path, newer_daemon: dict[str, str]
) -> None:
    branches = world.take(12)
    in_flight(world, branches[:4], 4)
    world.halt()
    assert (
        f'"api_version": {api_version(world) + 1}'
        in world.cli("version", "--json", **newer_daemon).stdout
    )
    daemon = world.daemon(**newer_daemon)
    in_flight(world, branches[4:8], 5)
    world.cli("migrate", ERPCRM_MIGRATE__DIRECTORY=str(newer_schema))
    in_flight(world, branches[8:], 6)

    assert_arrived(world, watch, branches)
    assert daemon.is_running
    world.halt()
