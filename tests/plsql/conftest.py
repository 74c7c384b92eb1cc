"""One deployed database for all utPLSQL suites: the sample ERP's schema, the integration, the test packages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deployed_world import Deployed

from devkit.demo.templates import DEPLOYED_FROM
from devkit.demo.world import run_scripts

if TYPE_CHECKING:
    import oracledb

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with Deployed(tmp_path_factory.mktemp("utplsql"), branches=5, loaded=5) as world:

        def build() -> None:
            world.bring_deployed()
            with world.connect("SYSTEM") as admin:
                run_scripts(admin, FOLDER / "install_tests.sql", schema="CRM_SYNC")

        world.bring("utplsql", build, inputs=[*DEPLOYED_FROM, FOLDER])
        yield world


@pytest.fixture(scope="module")
def connection(deployed: Deployed) -> Iterator[oracledb.Connection]:
    with deployed.connect("SYSTEM") as admin, admin.cursor() as cursor:
        cursor.execute("alter session set current_schema = CRM_SYNC")
        yield admin
