"""The supplied packages: specs as PL/SQL text beside this file, bodies as Python modules of the same name."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from devkit.oracle.contracts import NativePackage

_FOLDER = Path(__file__).parent


# Collection types of SYS that everybody may use; they have no public synonyms.
TYPES = {
    "ODCINUMBERLIST": "type odcinumberlist as varray(32767) of number",
    "ODCIVARCHAR2LIST": "type odcivarchar2list as varray(32767) of varchar2(4000)",
    "ODCIDATELIST": "type odcidatelist as varray(32767) of date",
    "ODCIRAWLIST": "type odcirawlist as varray(32767) of raw(2000)",
    "DBMS_DEBUG_VC2COLL": "type dbms_debug_vc2coll as table of varchar2(1000)",
}


@cache
def names() -> tuple[str, ...]:
    """Folded names of all supplied packages."""
    return tuple(sorted(path.stem.upper() for path in _FOLDER.glob("*.pks")))


@cache
def spec(name: str) -> str | None:
    """The package specification's source, or None when there is no such package."""
    if name not in names():
        return None
    return (
        (_FOLDER / f"{name.lower()}.pks").read_text(encoding="utf-8").rstrip().rstrip("/").rstrip()
    )


@cache
def native(name: str) -> NativePackage | None:
    """The package's body, or None for a package without routines (or without existence)."""
    if name not in names() or not (_FOLDER / f"{name.lower()}.py").exists():
        return None
    module = importlib.import_module(f"devkit.oracle.supplied.{name.lower()}")
    package: NativePackage = module.PACKAGE
    return package
