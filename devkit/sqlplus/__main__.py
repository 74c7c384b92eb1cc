"""``python -m devkit.sqlplus user/password@host:port/service @script.sql [arguments]``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from devkit.sqlplus.database import Database, Failed
from devkit.sqlplus.reader import Ended, Reader
from devkit.sqlplus.screen import Screen
from devkit.sqlplus.settings import Refused

_LOGON = re.compile(r'\A(?P<user>[^/@]+)(?:/(?P<password>"[^"]+"|[^@]+))?@(?P<dsn>\S+)\Z')
_USAGE = "usage: python -m devkit.sqlplus user[/password]@host:port/service @script.sql [arguments]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a script; returns the exit code that SQL*Plus would end with."""
    words = [
        word
        for word in (sys.argv[1:] if arguments is None else arguments)
        if word not in ("-S", "-L")
    ]
    logon = _LOGON.match(words[0]) if words else None
    if logon is None or len(words) < 2 or not words[1].startswith("@"):
        print(_USAGE, file=sys.stderr)
        return 2
    screen = Screen(sys.stdout)
    password = logon["password"]
    if password is None:
        screen.ask("Enter password: ")
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        database = Database(user=logon["user"], password=password.strip('"'), dsn=logon["dsn"])
    except Failed as exc:
        screen.line(f"ERROR:\n{exc}")
        return 1
    try:
        reader = Reader(database, screen, answers=sys.stdin, nls_lang=os.environ.get("NLS_LANG"))
        script = Path(words[1][1:])
        reader.start(script if script.suffix else script.with_suffix(".sql"), words[2:])
    except Ended as exc:
        return exc.code
    except Refused as exc:
        print(f"refused: {exc}", file=sys.stderr)
        database.rollback()
        return 3
    finally:
        screen.spool_off()
        database.close()
    # Without EXIT the prompt would follow; at the end of its input SQL*Plus commits.
    return 0


if __name__ == "__main__":
    sys.exit(main())
