"""``python -m devkit.oracle``: starts the stand-in alone."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.oracle import releases
from devkit.oracle.errors import OraError
from devkit.oracle.server import (
    Server,
    has_admin_password,
    preload,
    set_admin_password,
    start_cluster,
)
from devkit.oracle.session import SERVICE_NAME
from devkit.oracle.storage.binaries import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTICE = (
    "devkit.oracle is a stand-in for Oracle Database, for development, demonstration and tests"
    " only: "
    "never keep production data in it."
)
EXAMPLES = """examples:
  python -m devkit.oracle --data .erpcrm/oracle
  python -m devkit.oracle --data /tmp/db --port 1521 --admin-password secret
  python -m devkit.oracle --data /tmp/db --durability fast     # tests: commits are not flushed

One JSON line on standard output says when it is ready:
  {"dsn": "127.0.0.1:40123/FREEPDB1", "admin_user": "system", "admin_password": "…", …}

exit status: 0 stopped by a signal, 1 the storage ended, 2 wrong usage, 3 it cannot start here
"""
PROFILES = tuple(releases.RELEASES)


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m devkit.oracle",
        description=NOTICE,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--data", required=True, type=Path, help="directory that keeps the data")
    result.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    result.add_argument(
        "--port", default=0, type=int, help="port to listen on (default: any free one)"
    )
    result.add_argument(
        "--admin-password",
        help="password of SYSTEM and SYS (default: the one of the first start, made up)",
    )
    result.add_argument(
        "--profile",
        choices=PROFILES,
        default=releases.DEFAULT.name,
        help="the release to be: what it announces, and what it accepts (default: %(default)s)",
    )
    result.add_argument(
        "--durability",
        choices=("safe", "fast"),
        default="safe",
        help="fast: a crash of the machine may lose the last commits (default: %(default)s)",
    )
    result.add_argument(
        "--copy-of",
        type=Path,
        metavar="DATA",
        help="begin with a copy of this data directory, which must be stopped; --data must be new",
    )
    return result


def admin_password(data: Path, given: str | None, *, is_set: bool) -> str:
    """The password in force; a made-up one is kept in the data directory, readable by its owner."""
    kept = data / "admin_password"
    if given is None and is_set and kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    password = given or secrets.token_urlsafe(12)
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")
    return password


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    # A stop that comes before the server listens must end the storage, too. SIGINT by name: started in the
    # background of a script, a process inherits that it is ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    sys.stderr.write(NOTICE + "\n")
    try:
        return _serve(options)
    except (ClusterError, OraError, OSError) as error:
        sys.stderr.write(f"cannot start: {error}\n")
        return 3
    except KeyboardInterrupt:
        return 0


def _serve(options: argparse.Namespace) -> int:
    from devkit.oracle.net import profile as profiles

    profile = profiles.PROFILES[options.profile]
    # The storage starts in processes of its own; our time meanwhile goes into imports.
    imports = threading.Thread(target=preload)
    imports.start()
    storage = start_cluster(options.data, durability=options.durability, copy_of=options.copy_of)
    with storage as cluster:
        password = admin_password(
            cluster.data, options.admin_password, is_set=has_admin_password(cluster)
        )
        set_admin_password(cluster, password)
        server = Server(cluster, options.host, options.port, profile)
        imports.join()
        ready = {
            "dsn": server.dsn,
            "host": server.host,
            "port": server.port,
            "service_name": SERVICE_NAME,
            "admin_user": "system",
            "admin_password": password,
            "data": str(cluster.data),
            "pid": os.getpid(),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
