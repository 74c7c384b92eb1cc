"""Does a transaction of a claim again when the database could not do it just now, while the lease lasts.

What the CRM has answered cost calls, or is done already: giving it up would cost them once more and
leave its record to rest until the end of the lease. A transaction whose answer was lost may be done;
the next try then finds the claim ended (``StaleClaim``), which is no error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bridge.domain.retry import RetryPolicy
from bridge.errors import AccessRefused, DatabaseBusy, DatabaseError, DatabaseSlow
from bridge.ports import Clock

__all__ = ["Again"]

Result = TypeVar("Result")

_PAUSES: Final = RetryPolicy(base_seconds=0.2, cap_seconds=5.0)


class Again:
    """``slowed`` is told of each transaction that ran out of time or found no connection."""

    def __init__(self, *, lease_seconds: float, clock: Clock, slowed: Callable[[], None]) -> None:
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._slowed = slowed

    def end_of_lease(self) -> float:
        """When the lease of what was claimed just now ends, on the clock of ``monotonic``."""
        return self._clock.monotonic() + self._lease_seconds

    async def do(
        self,
        work: Callable[[], Awaitable[Result]],
        *,
        until: float,
        failed: Callable[[DatabaseError, int], None],
    ) -> Result:
        """Return what ``work`` does; ``failed`` hears of each try that is not the last.

        Raises:
            DatabaseError: another try would not help, or would come after the end of the lease.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await work()
            except DatabaseError as exc:
                if isinstance(exc, DatabaseBusy | DatabaseSlow):
                    self._slowed()
                pause = _PAUSES.delay(attempt)
                # A wrong password tried again and again locks the account.
                if not exc.recoverable or isinstance(exc, AccessRefused):
                    raise
                if self._clock.monotonic() + pause >= until:
                    raise
                failed(exc, attempt)
            await self._clock.sleep(pause)
