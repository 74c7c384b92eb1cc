"""Takes each safeguard out, in a copy of the tree, and shows that the tests which guard it fail.

::

    make ablation                          # all of safeguards.toml: half an hour or more
    python tests/ablation/run.py --only "fence token" --only adopt
    python tests/ablation/run.py --list

Exit code 0: every safeguard is guarded; 1: a test stayed green, or did not run at all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".erpcrm",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    "build",
    "dist",
    "*.egg-info",
)
_LIMIT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One entry of safeguards.toml."""

    name: str
    file: str
    search: str
    replace: str
    tests: tuple[str, ...]

    def taken_out_of(self, text: str) -> str:
        """The file without the safeguard. Raises ``ValueError`` when the place is not there exactly once."""
        if text.count(self.search) != 1:
            raise ValueError(f"{self.name}: found {text.count(self.search)} times in {self.file}")
        return text.replace(self.search, self.replace)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of the tests of a safeguard that was taken out."""

    safeguard: Safeguard
    red: tuple[str, ...]
    green: tuple[str, ...]
    broken: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        return not self.green and not self.broken


def safeguards() -> list[Safeguard]:
    data = tomllib.loads((Path(__file__).parent / "safeguards.toml").read_text(encoding="utf-8"))
    return [Safeguard(**{**item, "tests": tuple(item["tests"])}) for item in data["safeguard"]]


def try_without(safeguard: Safeguard) -> Finding:
    """Run the tests of a safeguard in a copy of the tree that does not have it."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ablation-") as name:
        tree = Path(name) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
        place = tree / safeguard.file
        place.write_text(
            safeguard.taken_out_of(place.read_text(encoding="utf-8")), encoding="utf-8"
        )
        report = Path(name) / "report.xml"
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--junitxml={report}",
                *(f"tests/{test}" for test in safeguard.tests),
            ],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
        outcomes = read_outcomes(report)
    red, green, broken = [], [], []
    for test in safeguard.tests:
        found = [outcome for case, outcome in outcomes if is_case_of(case, test)]
        # a test that could not be set up, or was not found, has shown nothing
        kind = red if "failure" in found else broken if "error" in found or not found else green
        kind.append(test)
    return Finding(safeguard, tuple(red), tuple(green), tuple(broken), time.monotonic() - started)


def read_outcomes(report: Path) -> list[tuple[str, str]]:
    """Name and outcome ('failure', 'error', 'passed') of each case that ran."""
    if not report.exists():
        return []
    return [
        (
            case.get("name", ""),
            next((child.tag for child in case if child.tag in ("failure", "error")), "passed"),
        )
        for case in ElementTree.parse(report).iter("testcase")
    ]


def is_case_of(case: str, test: str) -> bool:
    """Whether a case of the report belongs to a test: itself, or one of its parameters."""
    name = test.partition("::")[2]
    return case == name or ("[" not in name and case.startswith(f"{name}["))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", default=[], help="part of a name; repeatable")
    parser.add_argument("--list", action="store_true", help="names only")
    options = parser.parse_args(arguments)
    chosen = [
        safeguard
        for safeguard in safeguards()
        if not options.only or any(part in safeguard.name for part in options.only)
    ]
    if not chosen:
        parser.error("no safeguard has such a name; see --list")
    if options.list:
        print("\n".join(safeguard.name for safeguard in chosen))
        return 0
    failed = 0
    for number, safeguard in enumerate(chosen, 1):
        finding = try_without(safeguard)
        failed += not finding.holds
        word = "red" if finding.holds else "NOT GUARDED"
        print(
            f"{number:2}/{len(chosen)} {word:11} {finding.seconds:5.0f} s  {safeguard.name}",
            flush=True,
        )
        for kind, tests in (("stayed green", finding.green), ("did not run", finding.broken)):
            for test in tests:
                print(f"      {kind}: {test}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} safeguards are guarded by their tests")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
