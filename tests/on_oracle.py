"""The suites that need nothing but a database, run against the one that ``ERPCRM_TEST_DSN`` names.

    ERPCRM_TEST_DSN=host:1521/service ERPCRM_TEST_ADMIN_PASSWORD=… python tests/on_oracle.py

Each part deploys what it needs, tests, and removes everything again: the users ERP, CRM_SYNC and CRM_BRIDGE and
the role CRM_MONITOR, which must not exist before. Whether the database is Oracle's or the stand-in makes no
difference to any part. The suites are run by the real utPLSQL too (``tests/plsql/run_tests.sh``) where both
the framework, in the database, and utPLSQL-cli, on this machine, are installed.

Exit codes: 0 passed · 1 something failed · 2 usage · 3 the database cannot be used
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import oracledb
from rich.console import Console
from rich.table import Table

from devkit.demo.external import External, ExternalError
from devkit.demo.world import World, run_scripts

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / ".erpcrm" / "test-oracle"


#: files that deploy a world of their own; there is room for one in a database
OWN_WORLDS = (
    "tests/acceptance/test_whole_set_jobs.py",
    "tests/acceptance/test_hubspot_flows.py",
    "tests/acceptance/test_releases_side_by_side.py",
)


class PartSkipped(Exception):
    """Raised where a part has nothing to run with; the reason is shown."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the run: what it shows, and how."""

    name: str
    shows: str
    run: Callable[[External], bool]


def _pytest(name: str, *paths: str) -> Callable[[External], bool]:
    def run(_database: External) -> bool:
        report = REPORTS / f"{name}.xml"
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
            f"--junitxml={report}", *paths,
        ]  # fmt: skip
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    return run


def _utplsql(database: External) -> bool:
    """The suites under the real framework."""
    cli = shutil.which("utplsql")
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from all_objects where object_name = 'UT_RUNNER'")
        (framework,) = cursor.fetchone() or (0,)
    missing = [
        what
        for what, there in (
            ("utPLSQL is not installed in the database", framework),
            ("utPLSQL-cli ('utplsql') is not on the PATH", cli),
        )
        if not there
    ]
    if missing:
        raise PartSkipped(" and ".join(missing))
    with TemporaryDirectory() as folder, World(Path(folder), branches=5) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        with world.connect("SYSTEM") as admin:
            run_scripts(admin, ROOT / "tests" / "plsql" / "install_tests.sql", schema="CRM_SYNC")
        # as the administrator: the suites' owner cannot log in
        environment = {
            **os.environ,
            "UTPLSQL_CONNECT": f"{database.user}/{database.password}@//{database.dsn}",
            "UTPLSQL_REPORT": str(REPORTS / "utplsql.xml"),
        }
        return (
            subprocess.run(
                ["sh", str(ROOT / "tests" / "plsql" / "run_tests.sh")], env=environment, check=False
            ).returncode
            == 0
        )


PARTS = (
    Part(
        "scripts", "SQL and PL/SQL behave as the scripts say", _pytest("scripts", "tests/scripts")
    ),
    Part("suites", "the utPLSQL suites, by our runner", _pytest("suites", "tests/plsql")),
    Part("utplsql", "the utPLSQL suites, by utPLSQL", _utplsql),
    Part(
        "flows",
        "capture, AQ, both directions, privileges, the API",
        _pytest(
            "flows",
            "tests/acceptance",
            "tests/privilege",
            "tests/contract",
            *(f"--ignore={path}" for path in OWN_WORLDS),
        ),
    ),
    Part("whole", "resync, validate, diff", _pytest("whole", OWN_WORLDS[0])),
    Part("hubspot", "the second CRM", _pytest("hubspot", OWN_WORLDS[1])),
    Part("releases", "two releases side by side", _pytest("releases", OWN_WORLDS[2])),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python tests/on_oracle.py",
        description=(__doc__ or "").partition("\n\n")[0],
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [part.name for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}; all")
    parser.add_argument("--remove", action="store_true", help="only take away what a run has left")
    parser.add_argument(
        "--require-utplsql", action="store_true", help="fail where utPLSQL is not installed"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(names):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    console = Console()
    try:
        database = External.from_environment()
        if database is None:
            parser.error("set ERPCRM_TEST_DSN and ERPCRM_TEST_ADMIN_PASSWORD")
        if options.remove:
            database.remove()
            console.print(f"{database.dsn} holds nothing of ours any more.")
            return 0
        banner = database.banner()
        database.refuse_unless_empty()
    except (ExternalError, oracledb.Error) as error:
        print(f"test-oracle: {error}", file=sys.stderr)
        return 3
    console.print(f"{database.dsn}: {banner}")
    REPORTS.mkdir(parents=True, exist_ok=True)
    table = Table("part", "shows", "result", "seconds", title=banner)
    is_good = True
    for part in PARTS:
        if options.parts and part.name not in options.parts:
            continue
        started = time.monotonic()
        try:
            result = "passed" if part.run(database) else "FAILED"
        except PartSkipped as reason:
            result = f"FAILED: {reason}" if options.require_utplsql else f"not run: {reason}"
        if left := database.left_behind():
            result = f"FAILED: left {', '.join(left)} behind"
            database.remove()
        is_good = is_good and not result.startswith("FAILED")
        table.add_row(part.name, part.shows, result, f"{time.monotonic() - started:.0f}")
    console.print(table)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
