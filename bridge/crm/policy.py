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
from bridge.crm.held import HeldCalls
from bridge.crm.quota import DayBudget, LaneQuota, seconds_to_midnight
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.domain.grants import CallsAnswer
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
        book: CallBook | None = None,
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
        self._book: CallBook | None = None
        self._held: HeldCalls | None = None
        # Stops that the CRM asked for and the book does not have yet.
        self._untold: list[Callable[[CallBook], Coroutine[Any, Any, None]]] = []
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
        self.use_book(book)

    def use_book(self, book: CallBook | None) -> None:
        """Share quota, pauses and a refusal with all daemons; None: this process is alone."""
        self._book = book
        self._held = None
        if book is not None:
            self._held = HeldCalls(
                book,
                calls=self.quota.calls,
                seconds=self.quota.window,
                clock=self._clock,
                heard=self._hear,
                day=self._day.terms if self._day is not None else None,
            )
        self.quota.hold(self._held)

    async def refresh(self) -> None:
        """Tell the book what it does not know yet, and hear how things stand.

        Raises:
            DatabaseError: the book cannot be had.
        """
        if self._book is not None and self._held is not None:
            await self._tell_stops(self._book)
            await self._held.ask(0)

    async def give_back(self) -> None:
        """Give back the calls that are held: none will be made.

        Raises:
            DatabaseError: the book cannot be had; it believes that they were made.
        """
        if self._held is not None:
            await self._held.give_back()

    async def _tell_stops(self, book: CallBook) -> None:
        while self._untold:
            await self._untold[0](book)
            del self._untold[0]

    def _hear(self, answer: CallsAnswer) -> None:
        """Stop for what any daemon was told by the CRM, before a restart too."""
        if answer.pause_seconds > 0:
            reason = answer.pause_reason or ReasonClass.RATE_LIMITED.value
            self._pause(answer.pause_seconds, reason)
        if answer.refused_status is not None and not self._is_refused:
            self._stop_calls(answer.refused_status, is_start=True)
        if self._is_refused or answer.pause_seconds > 0:
            self.quota.hold_back(max(self.pause_seconds(), 1.0))

    def pause_seconds(self) -> float:
        """How long calls are held back."""
        if self._is_refused:
            return _PROBE_SECONDS
        return max(0.0, max(self._paused_until, self._opened_until) - self._clock.monotonic())

    def share(self, workers: int) -> None:
        """Take one part of every budget, which so many daemons have between them."""
        for quota in (self.quota, *self._more_quotas.values()):
            quota.share(workers)
        if self._day is not None:
            self._day.share(workers)

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
        await self.send(self._probe, CallMeter(lane=lane))

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
                if call.quota is not None:
                    await self._more_quotas[call.quota].acquire(meter.lane)
                number = await self.quota.acquire(meter.lane)
                try:
                    # The wait for the quota may have been long enough for a pause to begin.
                    self._check_pause()
                    self._spend_of_the_day()
                except CrmPaused:
                    self.quota.unused(number)
                    raise
                try:
                    reply = await self._client.exchange(call, meter)
                finally:
                    self.quota.ended(number)
                if self._day is not None:
                    self._day.note(reply.headers)
                if reply.status in call.expect:
                    return reply
                error = self._refused(call, reply)
                await self._tell_soon()
                raise error
        except OpenedState:
            raise CrmPaused(seconds=max(self.pause_seconds(), 1.0)) from None

    async def _tell_soon(self) -> None:
        """Write a stop down before anything else is done, so that a crash does not lose it."""
        if self._book is None:
            self._untold.clear()
            return
        try:
            await self._tell_stops(self._book)
        except DatabaseError as exc:
            # The next heartbeat tells it.
            log.warning(
                "component_failed", component="quota", code=exc.code, statement=exc.statement
            )

    def _check_pause(self) -> None:
        pause = self.pause_seconds()
        if pause > 0:
            raise CrmPaused(seconds=pause)

    def _spend_of_the_day(self) -> None:
        # With a book the day is counted there, when calls are taken.
        if self._day is not None and self._book is None and not self._day.spend():
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
            seconds, name = max(asked, 0.5), reason.value
            self._pause(seconds, name)
            self._untold.append(lambda book: book.pause(seconds, name))
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
        """Stop all calls but the probe, and say so loudly: this heals only by a person."""
        if self._is_refused:
            return
        self._untold.append(lambda book: book.refuse(status))
        self._stop_calls(status, is_start=False)

    def _stop_calls(self, status: int, *, is_start: bool) -> None:
        self._is_refused = True
        metrics.ACCESS_REFUSED.set(1)
        log.error("crm_access_refused", status=status)
        self._client.spawn(self._ask_again(is_start=is_start))

    async def _ask_again(self, *, is_start: bool) -> None:
        """Probe at growing intervals until the token is taken; nothing else counts as that."""
        delay = _PROBE_SECONDS
        while self._is_refused:
            if self._book is not None:
                wait = await self._turn(self._book, is_start=is_start)
                if wait is None:
                    return
                if wait > 0:
                    await self._clock.sleep(wait)
                    continue
                is_start = False
                is_taken = await self._is_token_taken()
            else:
                await self._clock.sleep(delay)
                delay = min(2 * delay, _MAX_PROBE_SECONDS)
                number = await self.quota.acquire(Lane.INTERACTIVE)
                try:
                    is_taken = await self._is_token_taken()
                finally:
                    self.quota.ended(number)
            if is_taken:
                self._untold.append(lambda book: book.admit())
                self._go_on()
                await self._tell_soon()

    async def _turn(self, book: CallBook, *, is_start: bool) -> float | None:
        """Return the seconds until we may ask for the turn again; 0: it is ours, None: all is well."""
        try:
            await self._tell_stops(book)
            is_ours, wait, is_refused = await book.take_probe(is_start=is_start)
        except DatabaseError:
            return _LOOK_SECONDS
        if not is_refused:
            self._go_on()
            return None
        return 0.0 if is_ours else min(max(wait, 0.1), _LOOK_SECONDS)

    async def _is_token_taken(self) -> bool:
        try:
            reply = await self._client.exchange(self._probe, CallMeter())
        except CrmError:
            return False
        return 200 <= reply.status < 300

    def _go_on(self) -> None:
        self._is_refused = False
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
