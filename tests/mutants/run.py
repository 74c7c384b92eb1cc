"""Puts small faults into the rules, one at a time, and lists those that no test notices.

::

    make mutants                                  # 60 of them, the seed is the day
    make mutants COUNT=200 SEED=7
    python tests/mutants/run.py --only crm_merge --count 0    # all of one package

The bodies and views of ``plsql/``, tried by the utPLSQL suites on the stand-in, those first that name the unit most. A
survivor is a rule that none of these tests holds (others may), or a change that means the same. About a second for a
mutant that is noticed, a minute for one that is not.

Exit code 0: none survived; 1: some did; 2: nothing could be tried.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import oracledb

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent), str(HERE)]

from deployed_world import Deployed  # noqa: E402
from operators import Mutant, mutants_of  # noqa: E402

from devkit.demo.templates import DEPLOYED_FROM  # noqa: E402
from devkit.demo.world import run_scripts  # noqa: E402
from devkit.utplsql import Suite, SuiteRun, parse_suite  # noqa: E402

_TESTS = ROOT / "tests" / "plsql"
#: what only tells of the work, and what is there for a while only
_NO_RULES = {"crm_log", "crm_err"}
#: a mutant may loop for ever
_CALL_LIMIT_MS = 60_000


class NothingTried(Exception):
    """The database would not take a unit that nobody changed, or its suites are red without a mutant."""


class Bench:
    """A deployed database in which units are replaced and the suites run."""

    def __init__(self, world: Deployed) -> None:
        self._world = world
        self._suites = [
            suite
            for path in sorted(_TESTS.glob("*.pks"))
            if (suite := parse_suite(path.read_text(encoding="utf-8"))) is not None
        ]
        self._texts = {
            suite.package: (_TESTS / f"{suite.package}.pkb").read_text(encoding="utf-8").lower()
            for suite in self._suites
        }
        self._connect()

    def _connect(self) -> None:
        self._connection = self._world.connect("SYSTEM")
        self._connection.call_timeout = _CALL_LIMIT_MS
        with self._connection.cursor() as cursor:
            cursor.execute("alter session set current_schema = CRM_SYNC")

    def killed_by(self, mutant: Mutant, original: str) -> str:
        """The title of the first test that fails, 'invalid' for no unit at all, or nothing."""
        unit = Path(mutant.file).stem
        try:
            if not self._create(mutant.text, unit):
                return "invalid"
            return self._first_red(unit)
        finally:
            if not self._create(original, unit):
                raise NothingTried(f"{mutant.file} cannot be put back")

    def first_red_of_all(self) -> str:
        """The first test that fails with nothing changed: there must be none."""
        return self._first_red("")

    def _create(self, text: str, unit: str) -> bool:
        statement = re.sub(r"(?m)^/\s*$.*\Z", "", text, flags=re.DOTALL).strip()
        if unit.endswith("_v") or statement.lower().startswith("create or replace view"):
            statement = statement.rstrip(";")
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(statement)
                cursor.execute("begin dbms_utility.compile_schema('CRM_SYNC', false); end;")
            except oracledb.DatabaseError:
                return False
            cursor.execute(
                "select count(*) from all_objects where owner = 'CRM_SYNC' and status = 'INVALID'"
            )
            return cursor.fetchone() == (0,)

    def _first_red(self, unit: str) -> str:
        for suite in sorted(self._suites, key=lambda s: -self._texts[s.package].count(unit or "?")):
            try:
                if red := self._red_of(suite):
                    return red
            except oracledb.Error as exc:
                # the fixtures of the suite fail, or the call was ended at its limit
                self._connection.close()
                self._connect()
                return f"{suite.title}: {str(exc).splitlines()[0]}"
        return ""

    def _red_of(self, suite: Suite) -> str:
        run = SuiteRun(self._connection, "crm_sync", suite)
        run.start()
        try:
            for test in suite.tests:
                if not run.run(test).passed:
                    return f"{suite.title}: {test.title}"
        finally:
            run.finish()
        return ""


def all_mutants(only: Sequence[str]) -> list[tuple[Mutant, str]]:
    """Every mutant of the product's bodies and views with the text it was made of."""
    return [
        (mutant, text)
        for path in sorted([*(ROOT / "plsql").rglob("*.pkb"), *(ROOT / "plsql").rglob("*.vw")])
        if path.stem not in _NO_RULES and (not only or any(part in path.stem for part in only))
        for text in [path.read_text(encoding="utf-8")]
        for mutant in mutants_of(str(path.relative_to(ROOT)), text)
    ]


def try_plsql(
    chosen: Sequence[tuple[Mutant, str]], told: Callable[[str], None]
) -> tuple[Counter[str], list[Mutant]]:
    counts: Counter[str] = Counter()
    survivors: list[Mutant] = []
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as name,
        Deployed(Path(name), branches=5, loaded=5) as world,
    ):

        def build() -> None:
            world.bring_deployed()
            with world.connect("SYSTEM") as admin:
                run_scripts(admin, _TESTS / "install_tests.sql", schema="CRM_SYNC")

        world.bring("utplsql", build, inputs=[*DEPLOYED_FROM, _TESTS])
        bench = Bench(world)
        if red := bench.first_red_of_all():
            raise NothingTried(f"red without a mutant: {red}")
        for number, (mutant, original) in enumerate(chosen, 1):
            started = time.monotonic()
            by = bench.killed_by(mutant, original)
            state = "invalid" if by == "invalid" else "killed" if by else "SURVIVED"
            counts[state] += 1
            if state == "SURVIVED":
                survivors.append(mutant)
            told(
                f"{number:4}/{len(chosen)} {state:9} {time.monotonic() - started:5.1f} s  {mutant}"
                + (f"\n           by {by}" if state == "killed" else "")
            )
    return counts, survivors


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        epilog="Example: python tests/mutants/run.py --only crm_merge --count 0",
    )
    parser.add_argument("--only", action="append", default=[], help="part of a unit's name")
    parser.add_argument("--count", type=int, default=60, help="how many, drawn by the seed; 0: all")
    parser.add_argument("--seed", type=int, default=int(time.strftime("%Y%m%d")))
    parser.add_argument("--json", type=Path, help="write counts and survivors to this file")
    options = parser.parse_args(arguments)

    def told(line: str) -> None:
        print(line, flush=True)

    told(f"seed {options.seed}")
    try:
        mutants = all_mutants(options.only)
        if not mutants:
            raise NothingTried(f"no body or view of plsql/ is called {options.only}")
        chosen = random.Random(options.seed).sample(
            mutants, min(options.count or len(mutants), len(mutants))
        )
        counts, survivors = try_plsql(chosen, told)
    except NothingTried as exc:
        print(f"nothing could be tried: {exc}", file=sys.stderr)
        return 2
    told(f"{len(chosen)} of {len(mutants)} mutants: {dict(counts)}")
    for mutant in survivors:
        told(f"  survived: {mutant}")
    if options.json:
        result = {
            "seed": options.seed,
            "of": len(mutants),
            **counts,
            "survivors": [str(mutant) for mutant in survivors],
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
