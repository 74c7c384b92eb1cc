"""Every script below this folder, one test each: the answers are those Oracle documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import oracledb
import pytest
from runner import Runner, load

_FOLDER = Path(__file__).parent
SCRIPTS = sorted(_FOLDER.rglob("*.sql"))


@pytest.fixture(autouse=True)
def decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracledb.defaults, "fetch_decimals", True)
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", False)


@pytest.mark.devkit
@pytest.mark.parametrize(
    "path", SCRIPTS, ids=lambda path: path.relative_to(_FOLDER).with_suffix("").as_posix()
)
def test_the_script_gives_what_oracle_documents(path: Path, connect: Callable[[], Any]) -> None:
    Runner(connect).run(load(path))
