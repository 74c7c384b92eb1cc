"""A database that was there before: the Oracle that ``ERPCRM_TEST_DSN`` names, instead of a stand-in of our own.

A world that is built on it makes the users ERP, CRM_SYNC and CRM_BRIDGE and the role CRM_MONITOR, and takes
them away when it stops. So it must be a database for tests, in which none of them exists before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import oracledb

from devkit.oracle.sql.script import ItemKind, split_script

__all__ = ["External", "ExternalError"]

ROOT = Path(__file__).resolve().parents[2]
USERS = ("ERP", "CRM_SYNC", "CRM_BRIDGE")
ROLES = ("CRM_MONITOR",)
_ABSENT = frozenset({942, 1918, 1919, 4043, 4080, 2289, 24010, 24002, 6550, 4042, 1435, 1432})
_CONNECTED = 1940  # ORA-01940: cannot drop a user that is currently connected
_DROP_ATTEMPTS = 240


class ExternalError(Exception):
    """Raised when the database named cannot be used for tests."""


@dataclass(frozen=True, slots=True)
class External:
    """Where the database is and who administers it."""

    dsn: str
    user: str
    password: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> External | None:
        """The database of ``ERPCRM_TEST_DSN``, or None where that is not set.

        Raises:
            ExternalError: the password of the administrator is missing.
        """
        values = os.environ if environment is None else environment
        dsn = values.get("ERPCRM_TEST_DSN")
        if not dsn:
            return None
        password = values.get("ERPCRM_TEST_ADMIN_PASSWORD")
        if not password:
            raise ExternalError("ERPCRM_TEST_DSN is set: ERPCRM_TEST_ADMIN_PASSWORD is needed too")
        return cls(dsn, values.get("ERPCRM_TEST_ADMIN_USER", "system"), password)

    def connect(self) -> oracledb.Connection:
        """A session of the administrator."""
        return oracledb.connect(user=self.user, password=self.password, dsn=self.dsn)

    def banner(self) -> str:
        """What the database says it is."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("select banner from v$version where rownum = 1")
            (banner,) = cursor.fetchone() or ("unknown",)
        return str(banner)

    def left_behind(self) -> list[str]:
        """Users and roles of a world that exist in the database."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("select username from all_users order by username")
            found = [f"user {name}" for (name,) in cursor if name in USERS]
            cursor.execute("select role from dba_roles order by role")
            return found + [f"role {name}" for (name,) in cursor if name in ROLES]

    def refuse_unless_empty(self) -> None:
        """Keep a world from being built where one stands, which might not be ours.

        Raises:
            ExternalError: a user or a role of a world exists.
        """
        found = self.left_behind()
        if found:
            raise ExternalError(
                f"{self.dsn} has {', '.join(found)} already. Tests make these and drop them at the end, so "
                "name a database without them (python tests/on_oracle.py --remove takes away what an "
                "interrupted run has left)."
            )

    def remove(self) -> None:
        """Take everything away that a world has made, whatever part of it is there.

        Raises:
            ExternalError: something of it could not be removed.
        """
        with self.connect() as connection, connection.cursor() as cursor:
            self._uninstall(cursor)
            for user in reversed(USERS):
                self._drop_user(cursor, user)
            for role in ROLES:
                _drop(cursor, f"drop role {role}")
        found = self.left_behind()
        if found:
            raise ExternalError(f"could not remove {', '.join(found)} from {self.dsn}")

    def _uninstall(self, cursor: oracledb.Cursor) -> None:
        cursor.execute("select count(*) from all_users where username = 'CRM_SYNC'")
        (known,) = cursor.fetchone() or (0,)
        if not known:
            return
        cursor.execute("alter session set current_schema = CRM_SYNC")
        text = (ROOT / "plsql" / "uninstall.sql").read_text(encoding="utf-8")
        for item in split_script(text, source="uninstall.sql"):
            if item.kind in (ItemKind.SQL, ItemKind.PLSQL):
                _drop(cursor, item.text)
        cursor.execute(f"alter session set current_schema = {self.user}")

    def _drop_user(self, cursor: oracledb.Cursor, user: str) -> None:
        # a killed session is cleaned up after the statement that killed it has returned
        for attempt in range(1, _DROP_ATTEMPTS + 1):
            self._end_sessions(cursor, user)
            try:
                _drop(cursor, f"drop user {user} cascade")
            except oracledb.DatabaseError as error:
                if error.args[0].code != _CONNECTED or attempt == _DROP_ATTEMPTS:
                    raise
                time.sleep(0.5)
            else:
                return

    def _end_sessions(self, cursor: oracledb.Cursor, user: str) -> None:
        cursor.execute("select sid, serial# from v$session where username = :name", name=user)
        for sid, serial in cursor.fetchall():
            _drop(cursor, f"alter system kill session '{int(sid)},{int(serial)}' immediate")


def _drop(cursor: oracledb.Cursor, statement: str) -> None:
    """Run a statement; what it takes away may be gone already."""
    try:
        cursor.execute(statement)
    except oracledb.DatabaseError as error:
        code = error.args[0].code
        if code not in _ABSENT | {30, 31}:  # the session has ended meanwhile, or is ending
            raise
