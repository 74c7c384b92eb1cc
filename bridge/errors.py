"""Everything that can go wrong, as one tree.

::

    BridgeError
    ├── SettingsError
    ├── SchemaIncompatible
    ├── MigrationError
    │   ├── MigrationFailed
    │   ├── MigrationEdited
    │   ├── MigrationLocked
    │   └── InvalidObjects
    ├── RunError
    │   ├── RunOpen                 one of this kind is open: resume it or give it up
    │   ├── RunLost                 another process has resumed it
    │   └── RunStuck                the CRM does not answer, or not as pages need
    ├── DatabaseError
    │   ├── DatabaseUnavailable     lost, down, refused, timed out: a new connection helps
    │   │   └── DatabaseSlow        a call took longer than its limit
    │   ├── DatabaseBusy            no connection free in the pool: back-pressure
    │   ├── TransactionConflict     deadlock, lock wait, …: the whole transaction again
    │   ├── PackageReloaded         package state discarded by a deploy: once more
    │   ├── QueueStopped            a DBA stopped or dropped the queue
    │   ├── StorageExhausted        no space, no quota, archiver stuck
    │   ├── AccessRefused           wrong password, locked account: stop hammering
    │   ├── SchemaMismatch          object or privilege missing, invalid body
    │   ├── DataRejected            a value does not fit: permanent for that item
    │   └── StaleClaim              the lease went to somebody else
    └── CrmError
        ├── CrmNotSent              nothing left this machine: safe to repeat
        ├── CrmOutcomeUnknown       the request may have been applied
        ├── CrmPaused               breaker open or quota period: nothing was tried
        └── CrmRefused              a readable answer that is not a success
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AccessRefused",
    "BridgeError",
    "CrmError",
    "CrmNotSent",
    "CrmOutcomeUnknown",
    "CrmPaused",
    "CrmRefused",
    "DataRejected",
    "DatabaseBusy",
    "DatabaseError",
    "DatabaseSlow",
    "DatabaseUnavailable",
    "InvalidObjects",
    "MigrationEdited",
    "MigrationError",
    "MigrationFailed",
    "MigrationLocked",
    "PackageReloaded",
    "QueueStopped",
    "RunError",
    "RunLost",
    "RunOpen",
    "RunStuck",
    "SchemaIncompatible",
    "SchemaMismatch",
    "SettingsError",
    "StaleClaim",
    "StorageExhausted",
    "TransactionConflict",
]


class BridgeError(Exception):
    """Something in the bridge went wrong."""

    recoverable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])


class SettingsError(BridgeError):
    """The settings are wrong or incomplete."""


class SchemaIncompatible(BridgeError):
    """The database serves another version of the API than this daemon speaks."""

    def __init__(self, *, expected: int, found: int, next_step: str) -> None:
        super().__init__(
            f"the daemon speaks API version {expected}, the database serves {found}: {next_step}"
        )
        self.expected = expected
        self.found = found


# --------------------------------------------------------------------------- migrations


class MigrationError(BridgeError):
    """The migration could not be completed."""


class MigrationFailed(MigrationError):
    """A statement failed; the next run resumes with it."""

    def __init__(
        self, *, script: str, statement: int, line: int, reason: str, next_step: str = ""
    ) -> None:
        text = f"{script}, statement {statement} (line {line}): {reason}"
        super().__init__(f"{text}\nnext: {next_step}" if next_step else text)
        self.script = script
        self.statement = statement
        self.line = line
        self.reason = reason


class MigrationEdited(MigrationError):
    """A file that has been applied was changed afterwards."""

    def __init__(self, *, scripts: tuple[str, ...]) -> None:
        super().__init__(f"applied files must not be edited: {', '.join(scripts)}")
        self.scripts = scripts


class MigrationLocked(MigrationError):
    """Another migration holds the lock."""


class InvalidObjects(MigrationError):
    """The schema holds invalid objects."""

    def __init__(self, *, objects: tuple[str, ...], details: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"invalid: {', '.join(objects)}", *details)))
        self.objects = objects
        self.details = details


# --------------------------------------------------------------------------- runs


class RunError(BridgeError):
    """A run over all leads or contacts cannot go on."""


class RunOpen(RunError):
    """A run of this kind is open already."""


class RunLost(RunError):
    """The run was resumed or given up by another process; this one stops."""


class RunStuck(RunError):
    """The CRM does not answer; the run can be resumed."""


# --------------------------------------------------------------------------- database


class DatabaseError(BridgeError):
    """The database refused or failed a call."""

    def __init__(self, *, code: str, statement: str, advice: str = "") -> None:
        # The driver's text is left out on purpose: ORA-00001 and ORA-12899 quote values.
        super().__init__(f"{code} in {statement}" + (f": {advice}" if advice else ""))
        self.code = code
        self.statement = statement
        self.advice = advice


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or the connection was lost or timed out."""

    recoverable = True


class DatabaseSlow(DatabaseUnavailable):
    """A call took longer than its limit."""


class DatabaseBusy(DatabaseError):
    """No connection became free in time."""

    recoverable = True


class TransactionConflict(DatabaseError):
    """Another transaction was in the way; the whole transaction can be repeated."""

    recoverable = True


class PackageReloaded(DatabaseError):
    """A package was replaced while the session had used it; one repetition helps."""

    recoverable = True


class QueueStopped(DatabaseError):
    """The queue is stopped or missing."""

    recoverable = True


class StorageExhausted(DatabaseError):
    """The database has no space left for this."""

    recoverable = True


class AccessRefused(DatabaseError):
    """The account cannot log in; hammering would lock it."""

    recoverable = True


class SchemaMismatch(DatabaseError):
    """An object or privilege that the daemon needs is missing or invalid."""

    recoverable = True


class DataRejected(DatabaseError):
    """The database does not accept a value of this item."""


class StaleClaim(DatabaseError):
    """The record's lease has passed to somebody else; the late result changes nothing."""


# --------------------------------------------------------------------------- CRM


class CrmError(BridgeError):
    """A call to the CRM did not end with a success."""


class CrmNotSent(CrmError):
    """The CRM could not be reached, so nothing was applied."""

    recoverable = True


class CrmOutcomeUnknown(CrmError):
    """The request may have been applied, but no readable answer came back."""

    recoverable = True


class CrmPaused(CrmError):
    """Calls are held back: the breaker is open or the CRM asked for a pause."""

    recoverable = True

    def __init__(self, *, seconds: float) -> None:
        super().__init__(f"calls are held back for {seconds:.1f} s")
        self.seconds = seconds


class CrmRefused(CrmError):
    """The CRM answered, and the answer is no.

    ``reason_class`` is the adapter's classification, ``retry_after`` what the CRM asked for, in
    seconds.
    """

    def __init__(
        self,
        *,
        status: int,
        reason_class: str,
        detail: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"HTTP {status}, {reason_class}: {detail}")
        self.status = status
        self.reason_class = reason_class
        self.detail = detail
        self.retry_after = retry_after
