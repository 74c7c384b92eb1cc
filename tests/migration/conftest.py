"""Schemas of their own, and somebody with SQL*Plus."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed_world import Deployed
from migration_target import GOOD, UNDO, Client, empty_target

from devkit.demo.world import ROOT


@pytest.fixture
def client(
    deployed_world: Deployed, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Client]:
    with empty_target(deployed_world, tmp_path / "root", name=request.node.name + "b") as target:
        (tmp_path / "bundle").mkdir()
        yield Client(target, tmp_path / "bundle")


@pytest.fixture
def small(client: Client) -> Client:
    """A tree of small scripts; its trigger on a table of the ERP calls one of them by a dynamic block."""
    root = client.target.root
    shutil.rmtree(root / "migrations")
    for folder in ("migrations", "plsql/admin"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", root)
    for name in (
        "rights.toml",
        "create_deployer.sql",
        "create_owner.sql",
        "grants_on_sys.sql",
        "grants_on_erp.sql",
        "grants.sql",
    ):
        shutil.copy(ROOT / "plsql/admin" / name, root / "plsql/admin")
    (root / "plsql/admin/validate.sql").write_text("begin\n   null;\nend;\n/\n")
    for name in ("hold_capture", "release_capture"):
        (root / f"plsql/admin/{name}.sql").write_text(f"begin\n   null; -- {name}\nend;\n/\n")
    (root / "migrations/V0001__create_a.sql").write_text(GOOD)
    (root / "migrations/undo").mkdir()
    (root / "migrations/undo/U0001__create_a.sql").write_text(UNDO)
    (root / "plsql/one.pks").write_text(
        "create or replace package one is\n   x number;\nend one;\n/\n"
    )
    (root / "plsql/two.pks").write_text(
        "create or replace package two is\n   x number;\nend two;\n/\n"
    )
    (root / "plsql/again.sql").write_text(
        "-- Again with: plsql/two.pks\nbegin\n   null;\nend;\n/\n"
    )
    (root / "plsql/a_trg.trg").write_text(
        "create or replace trigger a_trg after delete on erp.cities disable\n"
        "begin\n   execute immediate 'begin one.x := 1; end;';\nend;\n/\n"
    )
    (root / "plsql/install.sql").write_text(
        "@@admin/hold_capture.sql\n@@one.pks\n@@two.pks\n@@again.sql\n@@a_trg.trg\n@@admin/release_capture.sql\n"
    )
    return client
