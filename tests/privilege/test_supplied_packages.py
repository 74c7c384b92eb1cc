"""What the stored code calls of SYS is granted to its owner directly: roles do not count there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CALLED = re.compile(r"\bsys\.((?:dbms|utl)_\w+)", re.IGNORECASE)
_UNQUALIFIED = re.compile(r"(?<![\w.$'])((?:dbms|utl)_\w+)\s*\.", re.IGNORECASE)
_GRANTED = re.compile(r"^grant execute on sys\.(\w+) to crm_sync$", re.MULTILINE)
_STORED = {".pks", ".pkb", ".prc", ".trg", ".vw", ".fnc", ".tps", ".tpb"}


def stored_code() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "plsql").rglob("*"))
        if path.suffix in _STORED
    }


def test_each_supplied_package_that_is_called_is_granted_to_the_owner_and_no_other() -> None:
    scripts = {"grants.sql": (ROOT / "plsql/admin/grants.sql").read_text(encoding="utf-8")}
    called = {
        name.lower()
        for text in (stored_code() | scripts).values()
        for name in _CALLED.findall(text)
    }
    granted = [
        name
        for script in ("create_owner.sql", "grants_on_sys.sql")
        for name in _GRANTED.findall((ROOT / "plsql/admin" / script).read_text(encoding="utf-8"))
    ]

    assert called, "the search finds nothing"
    assert set(granted) == called


def test_supplied_packages_are_named_with_their_owner() -> None:
    """Without SYS the name could mean an object of the schema or a synonym of somebody else."""
    found = {
        f"{path}: {name}"
        for path, text in stored_code().items()
        for name in _UNQUALIFIED.findall(re.sub(r"'[^']*'", "", text))
        if not re.search(rf"sys\.{name}", text, re.IGNORECASE)
    }
    assert found == set()
