"""What went wrong with a log-on, in words that say where, as whom, and what to do next."""

from __future__ import annotations

from typing import Final

__all__ = ["explain"]

_CREDENTIALS: Final = (
    "user name or password is wrong: correct {password} before you try again, "
    "or the account will be locked"
)
_NOBODY: Final = (
    "nothing answers there: check host and port in {dsn}, the listener and the firewall"
)
_SERVICE: Final = (
    "the listener does not know this service: check its name in {dsn} (lsnrctl services)"
)
_NOT_OPEN: Final = "the database is starting, stopping or not open: wait, or ask its DBA"

# code of the driver or the database: what to do; {…} are names of settings
_STEPS: Final[dict[str, str]] = {
    **dict.fromkeys(("ORA-01017", "ORA-01005"), _CREDENTIALS),
    "ORA-28000": "the account is locked: a DBA runs alter user {user} account unlock, after {password} is right",
    "ORA-28001": "the password has expired: a DBA sets a new one, which then belongs into {password}",
    "ORA-01045": "the account may not log on: a DBA runs grant create session to {user}",
    **dict.fromkeys(("DPY-6005", "ORA-12541", "TimeoutError"), _NOBODY),
    **dict.fromkeys(("DPY-6001", "DPY-6003", "ORA-12514", "ORA-12505"), _SERVICE),
    **dict.fromkeys(("ORA-01033", "ORA-01034", "ORA-01089", "ORA-01109"), _NOT_OPEN),
    **dict.fromkeys(
        ("DPY-4000", "DPY-4017", "DPY-4026", "DPY-4027"),
        "{dsn} is not understood: host:port/service, or a name of tnsnames.ora",
    ),
    "DPY-4005": "no connection became free in time: less parallel work, or a larger ERPCRM_DATABASE__POOL_SIZE",
}


def explain(code: str, *, user: str, dsn: str, user_setting: str, settings: str) -> str:
    """Return one sentence about a log-on that failed.

    Args:
        code: of the driver or the database, as ``ORA-01017``.
        user: account.
        dsn: connect string: host, port and service.
        user_setting: name of the setting that holds the account, for the reader.
        settings: prefix of the settings in question, as ``ERPCRM_MIGRATE__``.
    """
    step = _STEPS.get(code, f"check {user_setting} and {{dsn}}")
    names = {"dsn": f"{settings}DSN", "password": f"{settings}PASSWORD", "user": user}
    return f"log-on to {dsn} as {user} ({user_setting}) failed; {step.format(**names)}"
