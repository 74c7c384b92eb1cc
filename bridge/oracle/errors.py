"""Turns the driver's errors into the bridge's; the one place that knows ORA and DPY numbers."""

from __future__ import annotations

from typing import Final

import oracledb

from bridge.errors import (
    AccessRefused,
    DatabaseBusy,
    DatabaseError,
    DatabaseSlow,
    DatabaseUnavailable,
    DataRejected,
    PackageReloaded,
    QueueStopped,
    SchemaMismatch,
    StaleClaim,
    StorageExhausted,
    TransactionConflict,
)

__all__ = ["CLASSES", "STALE_CLAIM", "code_of", "translate"]

# crm_err.e_stale_claim; a contract test compares it with the package.
STALE_CLAIM: Final = "ORA-20110"

CLASSES: Final[dict[str, type[DatabaseError]]] = {
    STALE_CLAIM: StaleClaim,
    # the whole transaction again; ORA-00001: another session has just made the row that was not there
    **dict.fromkeys(
        ("ORA-00001", "ORA-00054", "ORA-00060", "ORA-01555", "ORA-08177", "ORA-30006"),
        TransactionConflict,
    ),
    # state discarded by a deploy
    **dict.fromkeys(("ORA-04061", "ORA-04065", "ORA-04068"), PackageReloaded),
    # queue stopped, missing, or not enabled
    **dict.fromkeys(
        ("ORA-24010", "ORA-25205", "ORA-25207", "ORA-25226", "ORA-25253"), QueueStopped
    ),
    # no space
    **dict.fromkeys(
        ("ORA-00257", "ORA-01536", "ORA-01628", "ORA-01653", "ORA-01654"), StorageExhausted
    ),
    # log-in
    **dict.fromkeys(("ORA-01005", "ORA-01017", "ORA-28000", "ORA-28001"), AccessRefused),
    # object or privilege missing, invalid body, payload of another type
    **dict.fromkeys(
        (
            "DPY-2062",
            "ORA-00904",
            "ORA-00942",
            "ORA-01031",
            "ORA-06508",
            "ORA-06550",
            "ORA-24033",
            "ORA-25215",
        ),
        SchemaMismatch,
    ),
    "DPY-4005": DatabaseBusy,
    "DPY-4024": DatabaseSlow,
    # starting, down, lost
    **dict.fromkeys(
        (
            "DPY-1001",
            "DPY-1002",
            "DPY-1003",
            "DPY-4011",
            "DPY-6000",
            "DPY-6001",
            "DPY-6002",
            "DPY-6003",
            "DPY-6005",
            "ORA-00028",
            "ORA-01013",
            "ORA-01033",
            "ORA-01034",
            "ORA-01089",
            "ORA-01109",
            "ORA-03113",
            "ORA-03114",
            "ORA-12514",
            "ORA-12541",
        ),
        DatabaseUnavailable,
    ),
}
# Everything else that begins like this is about a value: not for repeating.
_DATA_PREFIXES: Final = (
    "ORA-014",
    "ORA-018",
    "ORA-065",
    "ORA-128",
    "ORA-02290",
    "ORA-02291",
    "ORA-20",
)


def code_of(exc: BaseException) -> str:
    """Return ``ORA-nnnnn`` or ``DPY-nnnn``, or the name of the class."""
    detail = exc.args[0] if exc.args else None
    return str(getattr(detail, "full_code", "") or type(exc).__name__)


def translate(exc: BaseException, statement: str, *, advice: str = "") -> DatabaseError:
    """Return the bridge's error for one of the driver's, of the network's, or for a time limit.

    ``advice`` is added to its text: where, and what to do next.
    """
    code = code_of(exc)
    kind = CLASSES.get(code)
    if kind is None and isinstance(exc, oracledb.Error):
        detail = exc.args[0] if exc.args else None
        if getattr(detail, "is_session_dead", False) or getattr(detail, "isrecoverable", False):
            kind = DatabaseUnavailable
        elif code.startswith(_DATA_PREFIXES):
            kind = DataRejected
        elif isinstance(exc, oracledb.OperationalError | oracledb.InterfaceError):
            kind = DatabaseUnavailable
        else:
            kind = DataRejected
    if kind is None and isinstance(exc, TimeoutError):
        kind = DatabaseSlow
    return (kind or DatabaseUnavailable)(code=code, statement=statement, advice=advice)
