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
from bridge.crm.quota import DayBudget, LaneQuota, seconds_to_midnight
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.errors import CrmError, CrmNotSent, CrmOutcomeUnknown, CrmPaused, CrmRefused
from bridge.ports import Clock

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
                raise self._refused(call, reply)
        except OpenedState:
            raise CrmPaused(seconds=max(self.pause_seconds(), 1.0)) from None

    def _check_pause(self) -> None:
        pause = self.pause_seconds()
        if pause > 0:
            raise CrmPaused(seconds=pause)

    def _spend_of_the_day(self) -> None:
        if self._day is not None and not self._day.spend():
            seconds = self._day.seconds_left()
            self._pause(seconds, ReasonClass.RATE_LIMITED)
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
            self._pause(max(asked, 0.5), reason)
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

    def _pause(self, seconds: float, reason: ReasonClass) -> None:
        until = self._clock.monotonic() + seconds
        if until > self._paused_until:
            self._paused_until = until
            log.warning("crm_paused", seconds=round(seconds, 1), reason=reason.value)

    def _refuse(self, status: int) -> None:
        """Stop all calls but the probe, and say so loudly: this heals only by a person."""
        if self._is_refused:
            return
        self._is_refused = True
        metrics.ACCESS_REFUSED.set(1)
        log.error("crm_access_refused", status=status)
        self._client.spawn(self._ask_again())

    async def _ask_again(self) -> None:
        """Probe at growing intervals until the token is taken; nothing else counts as that."""
        delay = _PROBE_SECONDS
        while self._is_refused:
            await self._clock.sleep(delay)
            delay = min(2 * delay, _MAX_PROBE_SECONDS)
            number = await self.quota.acquire(Lane.INTERACTIVE)
            try:
                reply = await self._client.exchange(self._probe, CallMeter())
            except CrmError:
                continue
            finally:
                self.quota.ended(number)
            if 200 <= reply.status < 300:
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
