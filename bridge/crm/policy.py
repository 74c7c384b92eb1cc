"""Every call to the CRM goes through here: breaker outside, quota inside it, retry around both.

An open breaker costs no quota. The retry in the process is for seconds, and only for what is safe:
reads, and writes that never left. Everything longer is state in the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import stamina
import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from bridge import metrics
from bridge.clock import SystemClock
from bridge.crm.client import Call, CrmClient, Reply
from bridge.crm.errors import Rule, match, retry_after_seconds
from bridge.crm.permits import Permits
from bridge.crm.quota import DayBudget, LaneQuota, seconds_to_midnight
from bridge.domain.calls import Stops, Turn
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.errors import (
    CrmError,
    CrmNotSent,
    CrmOutcomeUnknown,
    CrmPaused,
    CrmRefused,
    DatabaseError,
)
from bridge.ports import CallBook, Clock

__all__ = ["CrmPolicy", "error_text"]

_BREAKER = "crm"
_MORE_READS = 2
_MORE_WRITES = 1
_FIRST_RETRY_SECONDS = 0.1
_RETRY_SECONDS = 15.0
_HOLD = frozenset({ReasonClass.RATE_LIMITED, ReasonClass.PAUSED})
# A refused token is refused again: ask rarely, and let no change pay for it.
_PROBE_SECONDS = 30.0
_MAX_PROBE_SECONDS = 600.0
# How soon a daemon sees that the probe of another one was taken.
_LOOK_SECONDS = 10.0
_BOOK_SECONDS = 1.0
_SAME_SECONDS = 0.5
_ALL_CALLS = "CALLS"
_DETAIL_LENGTH = 200

log = structlog.get_logger(__name__)


class CrmPolicy:
    """Sends calls: behind the breaker, within the quota, repeated only while that is safe."""

    def __init__(
        self,
        client: CrmClient,
        *,
        rules: Sequence[Rule],
        quota_calls: int,
        quota_seconds: float,
        breaker_failures: int,
        breaker_seconds: float,
        clock: Clock | None = None,
        probe: Call | None = None,
        describe: Callable[[Reply], str] | None = None,
        more_quotas: Mapping[str, tuple[int, float]] | None = None,
        day: DayBudget | None = None,
        waits_for_book: bool = False,
    ) -> None:
        self._client = client
        self._rules = rules
        self._clock = clock or SystemClock()
        self._describe = describe or error_text
        self.quota = LaneQuota(quota_calls, quota_seconds, clock=self._clock)
        self._more_quotas = {
            name: LaneQuota(calls, seconds, clock=self._clock)
            for name, (calls, seconds) in (more_quotas or {}).items()
        }
        self._day = day
        self._dividing: int | None = None
        self._waits_for_book = waits_for_book
        self._book: CallBook | None = None
        self._permits: list[Permits] = []
        # What the CRM asked of us, which every daemon is to know.
        self._asked_until = 0.0
        self._asked_for = ""
        self._untold_status: int | None = None
        self._probe = probe or Call(method="GET", path="/stages")
        self._is_refused = False
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=breaker_failures,
            default_ttl=breaker_seconds,
            exclude=[
                (CrmRefused, lambda exc: exc.status < 500),
                CrmPaused,
                asyncio.CancelledError,
            ],
        )
        self._breakers.add_listener(self._note)
        self._paused_until = 0.0
        self._opened_until = 0.0
        self._breaker_seconds = breaker_seconds

    def pause_seconds(self) -> float:
        """How long calls are held back."""
        if self._waits_for_book:
            return _BOOK_SECONDS
        if self._is_refused:
            return _PROBE_SECONDS
        return max(0.0, max(self._paused_until, self._opened_until) - self._clock.monotonic())

    def share(self, workers: int) -> None:
        """Take one part of every budget, which so many daemons have between them.

        What a book counts for all is not divided, unless it says so.
        """
        for quota in (self.quota, *self._more_quotas.values()):
            quota.share(self._dividing or workers)
        if self._day is not None:
            self._day.share(workers)

    async def use_book(self, book: CallBook | None) -> None:
        """Share quotas, pauses and a refusal with all daemons; None: there is no book to be had.

        Before the first heartbeat, and once: who ``waits_for_book`` makes no calls before.

        Raises:
            DatabaseError: the book cannot be reached.
        """
        if book is None or self._book is not None:
            self._waits_for_book = False
            return
        standing = await book.join(self._longest_window(), is_start=True)
        self._book = book
        self._dividing = standing.sharing
        self._permits.clear()
        for name, quota in {_ALL_CALLS: self.quota, **self._more_quotas}.items():
            permits = Permits(
                book,
                quota=name,
                calls=quota.calls,
                seconds=quota.seconds,
                clock=self._clock,
                spawn=lambda work: self._client.spawn(work, name="permits"),
                heard=self._hear if name == _ALL_CALLS else _hear_nothing,
            )
            quota.ask(permits)
            self._permits.append(permits)
        self._hear(standing.stops)
        self._waits_for_book = False

    async def refresh(self) -> None:
        """Hear how things stand, and tell what the book does not know yet; after each heartbeat.

        Raises:
            DatabaseError: the book cannot be had.
        """
        if self._book is None:
            return
        standing = await self._book.join(self._longest_window(), is_start=False)
        self._dividing = standing.sharing
        self._hear(standing.stops)
        await self._tell(self._book)

    async def give_back(self) -> None:
        """Give back the calls that are held: none will be made.

        Raises:
            DatabaseError: the book counts them as made.
        """
        for permits in self._permits:
            await permits.give_back()

    def _longest_window(self) -> float:
        return max(quota.seconds for quota in (self.quota, *self._more_quotas.values()))

    async def _tell(self, book: CallBook) -> None:
        """Write down what the CRM asked of us; once more does no harm."""
        if (status := self._untold_status) is not None:
            await book.refuse(status)
            self._untold_status = None
        if (left := self._asked_until - self._clock.monotonic()) > 0:
            await book.pause(left, self._asked_for)

    async def _tell_at_once(self) -> None:
        """The same before anything else is done, so that a crash does not lose it."""
        if self._book is None:
            return
        try:
            await self._tell(self._book)
        except DatabaseError as exc:
            # The next heartbeat tells it.
            log.warning(
                "component_failed", component="quota", code=exc.code, statement=exc.statement
            )

    def _hear(self, stops: Stops) -> None:
        """Stop for what any daemon was told by the CRM, before a restart too."""
        left = self._paused_until - self._clock.monotonic()
        # The same pause, as it is heard of again and again, is no news.
        if stops.pause_seconds > (left + _SAME_SECONDS if left > 0 else 0.0):
            self._pause(stops.pause_seconds, stops.pause_reason or ReasonClass.RATE_LIMITED.value)
        if stops.refused_status is not None:
            self._stop(stops.refused_status, is_heard=True)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something beside the calls, at most as long as the client lives."""
        return self._client.spawn(work, name=name)

    def classify(self, status: int, text: str) -> ReasonClass:
        """Return what a refusal of one item within an answer means."""
        return match(self._rules, status, text, is_html=False).reason

    async def look(self, lane: Lane) -> None:
        """Make the smallest call there is, to see whether the CRM answers.

        Raises:
            CrmError: it does not, or refuses us.
        """
        if not self._is_refused:
            await self.send(self._probe, CallMeter(lane=lane))
            return
        # Some process was refused: who has just been started, with another token, need not wait.
        number = await self.quota.acquire(lane)
        try:
            reply = await self._client.exchange(self._probe, CallMeter(lane=lane))
        finally:
            self.quota.ended(number)
        if reply.status not in self._probe.expect:
            raise self._refused(self._probe, reply)
        await self._admit()

    async def send(self, call: Call, meter: CallMeter) -> Reply:
        """Send a call and return its answer if that is one of those expected.

        Raises:
            CrmError: see the classes; ``CrmRefused`` carries what the CRM said.
        """
        try:
            # Nearly every call ends here; the machinery of repeating is built for the others only.
            return await self._send_once(call, meter)
        except CrmError as exc:
            if not _is_safe_to_repeat(call, exc):
                raise
        await asyncio.sleep(_FIRST_RETRY_SECONDS)
        async for attempt in stamina.retry_context(
            on=lambda exc: _is_safe_to_repeat(call, exc),
            attempts=_MORE_READS if call.is_read else _MORE_WRITES,
            timeout=_RETRY_SECONDS,
            wait_initial=2 * _FIRST_RETRY_SECONDS,
            wait_max=2.0,
            wait_jitter=0.3,
        ):
            with attempt:
                return await self._send_once(call, meter)
        raise AssertionError("the last attempt returns or raises")

    async def _send_once(self, call: Call, meter: CallMeter) -> Reply:
        self._check_pause()
        breaker = await self._breakers.get_breaker(_BREAKER)
        try:
            async with breaker:
                if call.quota is None:
                    reply = await self._exchange(call, meter)
                else:
                    quota = self._more_quotas[call.quota]
                    number = await quota.acquire(meter.lane)
                    calls = meter.calls
                    try:
                        reply = await self._exchange(call, meter)
                    finally:
                        (quota.ended if meter.calls > calls else quota.unused)(number)
                if self._day is not None:
                    self._day.note(reply.headers)
                if reply.status in call.expect:
                    return reply
                error = self._refused(call, reply)
                await self._tell_at_once()
                raise error
        except OpenedState:
            raise CrmPaused(seconds=max(self.pause_seconds(), 1.0)) from None

    async def _exchange(self, call: Call, meter: CallMeter) -> Reply:
        number = await self.quota.acquire(meter.lane)
        try:
            # The wait for the quota may have been long enough for a pause to begin.
            self._check_pause()
            self._spend_of_the_day()
        except CrmPaused:
            self.quota.unused(number)
            raise
        try:
            return await self._client.exchange(call, meter)
        finally:
            self.quota.ended(number)

    def _check_pause(self) -> None:
        pause = self.pause_seconds()
        if pause > 0:
            raise CrmPaused(seconds=pause)

    def _spend_of_the_day(self) -> None:
        if self._day is not None and not self._day.spend():
            seconds = self._day.seconds_left()
            self._pause(seconds, ReasonClass.RATE_LIMITED.value)
            raise CrmPaused(seconds=seconds)

    def _refused(self, call: Call, reply: Reply) -> CrmError:
        text = self._describe(reply)
        if reply.status < 400:
            # A success that nobody expected, a redirect: not delivered, and not refused either.
            return CrmOutcomeUnknown(f"HTTP {reply.status}")
        rule = match(self._rules, reply.status, text, is_html=reply.is_html)
        reason = rule.reason
        asked = retry_after_seconds(reply.headers)
        if reason in _HOLD:
            asked = self._hold_seconds(rule, asked)
            self._pause(max(asked, 0.5), reason.value)
            self._asked_until, self._asked_for = self._paused_until, reason.value
        elif reason is ReasonClass.AUTH:
            self._refuse(reply.status)
        return CrmRefused(
            status=reply.status, reason_class=reason.value, detail=text, retry_after=asked
        )

    def _hold_seconds(self, rule: Rule, asked: float | None) -> float:
        if rule.until_day_turns:
            if self._day is not None:
                return self._day.seconds_left()
            return seconds_to_midnight(self._clock.now())
        return min(rule.pause if asked is None else asked, rule.longest)

    def _pause(self, seconds: float, reason: str) -> None:
        until = self._clock.monotonic() + seconds
        if until > self._paused_until:
            self._paused_until = until
            log.warning("crm_paused", seconds=round(seconds, 1), reason=reason)

    def _refuse(self, status: int) -> None:
        if not self._is_refused:
            self._untold_status = status
        self._stop(status, is_heard=False)

    def _stop(self, status: int, *, is_heard: bool) -> None:
        """Stop all calls but the probe, and say so loudly: this heals only by a person."""
        if self._is_refused:
            return
        self._is_refused = True
        metrics.ACCESS_REFUSED.set(1)
        log.error("crm_access_refused", status=status)
        self._client.spawn(self._ask_again(is_heard=is_heard))

    async def _ask_again(self, *, is_heard: bool) -> None:
        """Probe at growing intervals until the token is taken; nothing else counts as that.

        With a book one daemon at a time probes. Who hears of the refusal may have been started with
        another token, and takes its turn as soon as there is one.
        """
        delay = _PROBE_SECONDS
        if not is_heard:
            await self._clock.sleep(delay if self._book is None else _LOOK_SECONDS)
        while self._is_refused:
            turn = await self._turn(delay)
            if turn is Turn.ADMITTED:
                self._go_on()
            elif turn is Turn.OURS:
                delay = min(2 * delay, _MAX_PROBE_SECONDS)
                if await self._is_token_taken():
                    await self._admit()
            if self._is_refused:
                await self._clock.sleep(delay if self._book is None else _LOOK_SECONDS)

    async def _turn(self, delay: float) -> Turn:
        if self._book is None:
            return Turn.OURS
        try:
            await self._tell(self._book)
            return await self._book.take_probe(delay)
        except DatabaseError:
            return Turn.NOT_YET

    async def _is_token_taken(self) -> bool:
        number = await self.quota.acquire(Lane.INTERACTIVE)
        try:
            reply = await self._client.exchange(self._probe, CallMeter())
        except CrmError:
            return False
        finally:
            self.quota.ended(number)
        return 200 <= reply.status < 300

    async def _admit(self) -> None:
        self._go_on()
        if self._book is not None:
            try:
                await self._book.admit()
            except DatabaseError:
                # It is heard as refused again, and asked again.
                return

    def _go_on(self) -> None:
        self._is_refused = False
        self._untold_status = None
        metrics.ACCESS_REFUSED.set(0)
        log.info("crm_access_granted")

    def _note(self, name: str, kind: str, event: object) -> None:
        """Follow the breaker's state, so that claiming can pause with it."""
        if kind != "state_changed":
            return
        is_open = getattr(event, "state", "") == "opened"
        metrics.BREAKER_OPEN.set(1 if is_open else 0)
        self._opened_until = self._clock.monotonic() + self._breaker_seconds if is_open else 0.0
        if is_open:
            log.warning("crm_paused", seconds=self._breaker_seconds, reason="breaker")


def _hear_nothing(stops: Stops) -> None:
    """A budget of one kind of calls has no stops of its own."""


def _is_safe_to_repeat(call: Call, exc: Exception) -> bool:
    if isinstance(exc, CrmNotSent):
        return True
    return call.is_read and (
        isinstance(exc, CrmOutcomeUnknown) or (isinstance(exc, CrmRefused) and exc.status >= 500)
    )


def error_text(reply: Reply) -> str:
    """Return the error text of a body; pages and other bodies are only named."""
    data = None if reply.is_html else reply.json()
    if isinstance(data, dict):
        error = data.get("error")
        text = error.get("message") if isinstance(error, dict) else error
        if isinstance(text, str):
            return text[:_DETAIL_LENGTH]
    return "page" if reply.is_html else "no readable text"
