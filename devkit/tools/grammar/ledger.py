"""Which statements the grammar has read, by content; and what the grammar cannot read though Oracle can."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devkit.oracle.sql.script import ItemKind, split_script

__all__ = ["Gap", "SourceStatement", "load_gaps", "load_ledger", "statements", "write_ledger"]

#: what holds SQL or PL/SQL of the product, and of the suites that a real utPLSQL runs
FOLDERS = ("plsql", "migrations", "tests/plsql")
SUFFIXES = frozenset({".sql", ".pks", ".pkb", ".vw", ".trg", ".prc", ".tps", ".tpb"})


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """One statement of one file, with the terminator that the grammar wants."""

    path: str
    line: int
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Gap:
    """What Oracle reads and this grammar does not, and what is read in its place."""

    name: str
    pattern: re.Pattern[str]
    replacement: str
    source: str

    def bridge(self, text: str) -> str:
        """The text with the gap replaced; every line stays where it is."""

        def replace(match: re.Match[str]) -> str:
            return match.expand(self.replacement) + "\n" * match[0].count("\n")

        return self.pattern.sub(replace, text)


def statements(root: Path) -> list[SourceStatement]:
    """Every statement of :data:`FOLDERS`, in the order of the files."""
    found: list[SourceStatement] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                found += _of_file(path, path.relative_to(root).as_posix())
    return found


def _of_file(path: Path, name: str) -> list[SourceStatement]:
    # the names after @@ are files of the same folders, which are read by themselves
    items = split_script(
        path.read_text(encoding="utf-8"),
        source=name,
        include=lambda included, _parent: (included, ""),
        variables={
            "BRIDGE_PASSWORD": "x",
            "DEPLOYER": "x",
            "DEPLOYER_PASSWORD": "x",
            "TABLESPACE": "users",
            "1": "x",
        },
    )
    return [
        SourceStatement(
            name, item.line, item.text if item.text.rstrip().endswith(";") else f"{item.text};"
        )
        for item in items
        if item.kind in (ItemKind.SQL, ItemKind.PLSQL)
    ]


def load_gaps(path: Path) -> list[Gap]:
    """The gaps of ``gaps.toml``."""
    with path.open("rb") as file:
        rows = tomllib.load(file).get("gap", [])
    return [
        Gap(
            name=row["name"],
            pattern=re.compile(row["pattern"], re.IGNORECASE),
            replacement=row["replacement"],
            source=row["source"],
        )
        for row in rows
    ]


def load_ledger(path: Path) -> set[str]:
    """Digests of the statements that were read without an error."""
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def write_ledger(path: Path, known: Iterable[SourceStatement], *, packages: Sequence[str]) -> None:
    """Write the digests of these statements, and with which grammar they were read."""
    rows = sorted({(each.path, each.digest) for each in known})
    head = [
        "# Statements that the second grammar has read, by content; written by 'make grammar', never by hand.",
        f"# Grammar: {', '.join(packages)}",
    ]
    lines = [*head, *(f"{digest} {name}" for name, digest in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
