"""The command line: ``python -m devkit.tools.plsqlcheck [PATH …] [--json] [--rules]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from devkit.tools.plsqlcheck import (
    rules_bodies,
    rules_capture,
    rules_files,
    rules_locks,
    rules_oracle,
    rules_units,
)
from devkit.tools.plsqlcheck.config import ConfigError, load
from devkit.tools.plsqlcheck.model import RULES, Finding, check_file, collect

RULE_MODULES = (
    rules_files,
    rules_units,
    rules_bodies,
    rules_oracle,
    rules_capture,
    rules_locks,
)


def run(root: Path, paths: Sequence[str]) -> list[Finding]:
    """All findings below ``paths`` (those of the configuration when empty)."""
    config = load(root / "pyproject.toml")
    project = collect(root, paths or config.paths, config)
    return [finding for file in project.files for finding in check_file(file, project)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="plsqlcheck", description="Checks PL/SQL and migrations against the house style."
    )
    parser.add_argument("paths", nargs="*", help="files or folders; default: pyproject.toml")
    parser.add_argument("--root", type=Path, default=Path(), help="folder with pyproject.toml")
    parser.add_argument("--json", action="store_true", help="findings as a JSON array")
    parser.add_argument("--rules", action="store_true", help="list the rules and stop")
    options = parser.parse_args(arguments)
    if options.rules:
        for each in RULES.values():
            print(f"{each.id:24} {each.house_rule:6} {each.text}")
        return 0
    try:
        findings = run(options.root, options.paths)
    except (ConfigError, FileNotFoundError) as error:
        print(f"plsqlcheck: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            print(finding)
        print(f"{len(findings)} finding{'s' * (len(findings) != 1)}", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
