"""Finds the scripts on disk and decides, against the ledger, what is to be run."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import MigrationEdited, MigrationError
from bridge.migrate.ledger import LedgerRow, ScriptState
from bridge.migrate.statements import ScriptError, Statement, checksum, includes, split

__all__ = [
    "HOLD",
    "RELEASE",
    "Kind",
    "Script",
    "Step",
    "applied_checksum",
    "changed_words",
    "find_scripts",
    "plan",
]

HOLD = "plsql/admin/hold_capture.sql"
RELEASE = "plsql/admin/release_capture.sql"

_AGAIN_WITH = re.compile(r"(?im)^-- Again with: *(?P<names>\S.*)$")
_CHANGES_OBJECT = re.compile(r"(?is)\A\s*(?:alter|create|drop|rename|truncate)\b")
_WORD = re.compile(r"[A-Za-z][\w$#]*")
_VERSIONED = re.compile(r"\AV(?P<version>\d{4})__(?P<description>[a-z0-9_]+)\.sql\Z")


class Kind(enum.Enum):
    """How often a script runs."""

    ONCE = "once"
    REPEATABLE = "repeatable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One file, read and split."""

    name: str  # path below the root, with forward slashes: the key of the ledger
    kind: Kind
    version: str | None
    description: str
    checksum: str
    statements: tuple[Statement, ...]
    again_with: frozenset[str] = frozenset()  # scripts after which this one runs again


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A script that is to be run, from statement ``start`` (counted from 0) on."""

    script: Script
    start: int
    reason: str


def find_scripts(root: Path) -> list[Script]:
    """Return the migrations by version, then the files of ``plsql/install.sql`` in list order.

    Raises:
        MigrationError: a name or a content is not understood, or a version exists twice.
    """
    scripts = [*_versioned(root / "migrations", root), *_repeatable(root / "plsql", root)]
    known = {script.name for script in scripts}
    for script in scripts:
        if unknown := sorted(script.again_with - known):
            raise MigrationError(f"{script.name} names {unknown[0]}, which is not installed")
    return scripts


def applied_checksum(statements: Iterable[Statement]) -> str:
    """Return the checksum of the statements that are finished."""
    digest = hashlib.sha256()
    for statement in statements:
        digest.update(checksum(statement.text).encode())
    return digest.hexdigest()


def plan(
    scripts: Sequence[Script],
    ledger: Mapping[str, LedgerRow],
    *,
    reach: frozenset[str] = frozenset(),
) -> list[Step]:
    """Return what is to be run, in order.

    A repeatable file runs when it is new, changed or unfinished, or when one of those that it names
    in ``Again with`` runs. What depends on a changed object is not run again: Oracle marks it
    invalid, and it is compiled afterwards.

    Args:
        scripts: all scripts, as ``find_scripts`` gives them.
        ledger: rows by script.
        reach: names of the objects that the capture triggers need, in upper case. When one of them
            is about to be replaced or altered, capture is held before and released after.

    Raises:
        MigrationEdited: an applied migration was changed.
        MigrationError: an applied migration is missing, or a new one is older than an applied one.
    """
    _refuse_history_changes(scripts, ledger)
    reasons: dict[str, str] = {}
    for script in scripts:
        reason = _reason(script, ledger.get(script.name))
        if reason is None:
            cause = next((name for name in reasons if name in script.again_with), None)
            reason = None if cause is None else f"again with {cause}"
        if reason is not None:
            reasons[script.name] = reason
    touched = [s.name for s in scripts if s.name in reasons and _touches(s, reach)]
    if touched:
        for name in (HOLD, RELEASE):
            reasons.setdefault(name, f"around {touched[0]}")
    steps = [_step(s, ledger.get(s.name), reasons[s.name]) for s in scripts if s.name in reasons]
    if touched and HOLD in ledger:
        # Migrations come before the repeatable files: the hold comes before them.
        steps.sort(key=lambda step: step.script.name != HOLD)
    return steps


def _step(script: Script, row: LedgerRow | None, reason: str) -> Step:
    resumes = script.kind is Kind.ONCE and row is not None
    return Step(script=script, start=row.statement_reached if resumes and row else 0, reason=reason)


def _reason(script: Script, row: LedgerRow | None) -> str | None:
    if script.kind is Kind.REPEATABLE:
        return _repeat_reason(script, row)
    if row is None:
        return "new"
    return None if row.state is ScriptState.DONE else "resumed"


def _touches(script: Script, reach: frozenset[str]) -> bool:
    """Tell whether a script replaces or alters something that the capture triggers need."""
    return not reach.isdisjoint(changed_words(script))


def changed_words(script: Script) -> frozenset[str]:
    """Return names, in upper case, among which are those of the objects that a script changes."""
    if script.kind is Kind.REPEATABLE:
        return frozenset({Path(script.name).stem.upper()})
    return frozenset(
        word.upper()
        for statement in script.statements
        if _CHANGES_OBJECT.match(statement.code)
        for word in _WORD.findall(statement.code)
    )


def _repeat_reason(script: Script, row: LedgerRow | None) -> str | None:
    if row is None:
        return "new"
    if row.checksum != script.checksum:
        return "changed"
    if row.state is not ScriptState.DONE:
        return "unfinished"
    return None


def _refuse_history_changes(scripts: Sequence[Script], ledger: Mapping[str, LedgerRow]) -> None:
    once = {script.name: script for script in scripts if script.kind is Kind.ONCE}
    applied = {name: row for name, row in ledger.items() if row.version is not None}
    missing = sorted(applied.keys() - once.keys())
    if missing:
        raise MigrationError(f"applied, but missing here: {', '.join(missing)}")
    edited = tuple(name for name, row in sorted(applied.items()) if _is_edited(once[name], row))
    if edited:
        raise MigrationEdited(scripts=edited)
    newest = max((row.version or "" for row in applied.values()), default="")
    late = [
        script.name
        for script in once.values()
        if script.name not in applied and (script.version or "") < newest
    ]
    if late:
        raise MigrationError(f"older than the newest applied version {newest}: {', '.join(late)}")


def _is_edited(script: Script, row: LedgerRow) -> bool:
    if row.state is ScriptState.DONE:
        return row.checksum != script.checksum
    if row.statement_reached == 0:
        return False
    finished = script.statements[: row.statement_reached]
    return applied_checksum(finished) != row.applied_checksum


def _versioned(folder: Path, root: Path) -> list[Script]:
    scripts: dict[str, Script] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _VERSIONED.match(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like V0001__verb_object.sql")
        version = match["version"]
        if version in scripts:
            raise MigrationError(f"version {version} exists twice: {path.name}")
        scripts[version] = _read(
            path, root, kind=Kind.ONCE, version=version, description=match["description"]
        )
    return list(scripts.values())


def _repeatable(folder: Path, root: Path) -> list[Script]:
    install = folder / "install.sql"
    if not install.is_file():
        return []
    scripts: list[Script] = []
    for name in includes(install.read_text(encoding="utf-8")):
        path = folder / name
        if not path.is_file():
            raise MigrationError(f"plsql/install.sql names {name}, which does not exist")
        scripts.append(_read(path, root, kind=Kind.REPEATABLE, version=None, description=path.stem))
    return scripts


def _read(path: Path, root: Path, *, kind: Kind, version: str | None, description: str) -> Script:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(root).as_posix()
    try:
        statements = tuple(split(text))
    except ScriptError as exc:
        raise MigrationError(f"{name}: {exc}") from exc
    return Script(
        name=name,
        kind=kind,
        version=version,
        description=description.replace("_", " "),
        checksum=checksum(text),
        statements=statements,
        again_with=frozenset(
            name.strip()
            for match in _AGAIN_WITH.finditer(text)
            for name in match["names"].split(",")
        ),
    )
