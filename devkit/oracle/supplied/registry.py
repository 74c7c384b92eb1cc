"""The supplied packages: specs as PL/SQL text beside this file, bodies as Python modules of the same name."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from devkit.oracle.contracts import NativePackage

_FOLDER = Path(__file__).parent


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
