"""The command line: ``python -m devkit.tools.grammar [--all] [--check] [--json]``.

Examples::

    python -m devkit.tools.grammar            # read what has changed, write the ledger
    python -m devkit.tools.grammar --all      # read everything anew (about ten minutes)
    python -m devkit.tools.grammar --check    # read nothing: is every statement in the ledger?

Exit codes: 0 all read · 1 a statement was not read, or is not in the ledger · 2 the grammar cannot be started.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from devkit.tools.grammar.ledger import (
    Gap,
    SourceStatement,
    load_gaps,
    load_ledger,
    statements,
    write_ledger,
)
from devkit.tools.grammar.reader import GrammarError, SyntaxProblem, read

_HERE = Path(__file__).parent
LEDGER = Path("tests/grammar/read.txt")

Reading = list[tuple[SourceStatement, list[SyntaxProblem]]]


def unread(root: Path) -> list[SourceStatement]:
    """The statements whose present text the grammar has not read."""
    known = load_ledger(root / LEDGER)
    return [each for each in statements(root) if each.digest not in known]


def readable(text: str, gaps: Sequence[Gap]) -> str:
    """A statement as the grammar can read it: with its known gaps bridged."""
    for gap in gaps:
        text = gap.bridge(text)
    return text


def _read(
    todo: Sequence[SourceStatement],
    jobs: int,
    console: Console,
    gaps: Sequence[Gap],
    keep: Callable[[SourceStatement, list[SyntaxProblem]], None],
) -> Reading:
    # long ones first and in turns, so that the readers end together
    ordered = sorted(todo, key=lambda each: len(each.text), reverse=True)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("reading", total=sum(len(each.text) for each in ordered))

        def share(number: int) -> Reading:
            mine = ordered[number::jobs]
            done: Reading = []
            for statement, errors in zip(
                mine, read(readable(each.text, gaps) for each in mine), strict=True
            ):
                done.append((statement, errors))
                keep(statement, errors)
                progress.advance(task, len(statement.text))
            return done

        with ThreadPoolExecutor(jobs) as pool:
            return [row for rows in pool.map(share, range(jobs)) for row in rows]


def _packages() -> list[str]:
    wanted = json.loads((_HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return [f"{name} {version}" for name, version in sorted(wanted.items())]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m devkit.tools.grammar",
        description="Reads the product's SQL and PL/SQL with the public ANTLR grammar.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--all", action="store_true", help="read everything, not what has changed")
    parser.add_argument("--check", action="store_true", help="only compare with the ledger")
    parser.add_argument("--jobs", type=int, default=2, help="readers at a time (default: 2)")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository's folder")
    parser.add_argument("--json", action="store_true", help="what was not read as a JSON array")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    root: Path = options.root

    everything = statements(root)
    todo = everything if options.all else unread(root)
    if options.check:
        for each in todo:
            print(
                f"{each.path}:{each.line}: not read by the second grammar yet: run 'make grammar'"
            )
        return 1 if todo else 0
    gaps = load_gaps(_HERE / "gaps.toml")
    good = set() if options.all else load_ledger(root / LEDGER)

    def keep(statement: SourceStatement, errors: list[SyntaxProblem]) -> None:
        # written as it goes, so that an interrupted run is not done again
        if not errors:
            good.add(statement.digest)
            if len(good) % 20 == 0:
                save()

    def save() -> None:
        kept = good.copy()
        write_ledger(
            root / LEDGER,
            [each for each in everything if each.digest in kept],
            packages=_packages(),
        )

    try:
        reading = _read(todo, max(1, options.jobs), console, gaps, keep)
    except GrammarError as error:
        print(f"grammar: {error}", file=sys.stderr)
        return 2
    finally:
        save()
    # what follows the first error of a statement is noise of the recovery
    found = [(statement, errors[0]) for statement, errors in reading if errors]
    rows = [
        {
            "path": statement.path,
            "line": statement.line + error.line - 1,
            "column": error.column,
            "message": error.message,
        }
        for statement, error in found
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            print(f"{row['path']}:{row['line']}:{row['column']}: {row['message']}")
    stale = [
        gap.name
        for gap in gaps
        if options.all and not any(gap.pattern.search(each.text) for each in everything)
    ]
    for name in stale:
        print(f"gap '{name}' is found nowhere any more: take it out of gaps.toml", file=sys.stderr)
    print(f"{len(reading)} statements read, {len(found)} not understood", file=sys.stderr)
    return 1 if found or stale else 0


if __name__ == "__main__":
    sys.exit(main())
