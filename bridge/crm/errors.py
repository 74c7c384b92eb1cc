"""What an answer of a CRM means: a table per adapter, in which the first match wins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bridge.domain.changes import ReasonClass

__all__ = ["HUBSPOT", "SPOTTER", "Rule", "classify", "match", "retry_after_seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a table; what is None matches everything.

    For refusals that hold all calls back: ``pause`` is for how many seconds when the answer does
    not say, ``longest`` is the longest pause that is believed, and with ``until_day_turns`` only
    the next day helps.
    """

    reason: ReasonClass
    low: int = 400
    high: int = 599
    pattern: re.Pattern[str] | None = None
    is_html: bool | None = None
    pause: float = 5.0
    longest: float = 300.0
    until_day_turns: bool = False

    def matches(self, status: int, text: str, *, is_html: bool) -> bool:
        """Tell whether an answer is of this kind."""
        return (
            self.low <= status <= self.high
            and (self.is_html is None or self.is_html == is_html)
            and (self.pattern is None or self.pattern.search(text) is not None)
        )


def _text(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


SPOTTER: Sequence[Rule] = (
    Rule(reason=ReasonClass.RATE_LIMITED, low=429, high=429),
    # Gateways before the API answer a broken quota with a page.
    Rule(reason=ReasonClass.RATE_LIMITED, low=403, high=403, is_html=True),
    Rule(reason=ReasonClass.AUTH, low=401, high=401),
    Rule(reason=ReasonClass.AUTH, low=403, high=403),
    Rule(reason=ReasonClass.TRANSIENT, low=408, high=408),
    Rule(reason=ReasonClass.TRANSIENT, low=425, high=425),
    Rule(reason=ReasonClass.TRANSIENT, low=500),
    Rule(reason=ReasonClass.DUPLICATE, pattern=_text(r"duplicated (keys|lead)")),
    Rule(reason=ReasonClass.ALREADY_IN_STATE, pattern=_text(r"lead is (sold|discarded)|already")),
    Rule(reason=ReasonClass.NOT_FOUND, low=404, high=404),
    Rule(reason=ReasonClass.NOT_FOUND, low=410, high=410),
    Rule(reason=ReasonClass.CONFLICT, low=409, high=409),
    Rule(reason=ReasonClass.CONFLICT, low=412, high=412),
    Rule(reason=ReasonClass.VALIDATION),
)

# The text is policy name, category and message, as far as the answer has them.
HUBSPOT: Sequence[Rule] = (
    Rule(
        reason=ReasonClass.RATE_LIMITED,
        low=429,
        high=429,
        pattern=_text(r"\bdaily\b"),
        until_day_turns=True,
    ),
    Rule(
        reason=ReasonClass.RATE_LIMITED,
        low=429,
        high=429,
        pattern=_text(r"\bsecondly\b"),
        pause=1.0,
    ),
    Rule(reason=ReasonClass.RATE_LIMITED, low=429, high=429, pause=10.0),
    # Many writes of one kind in a short time lock the objects, for two seconds.
    Rule(reason=ReasonClass.RATE_LIMITED, low=423, high=423, pause=2.0),
    # The account moves to another data centre, which may take up to a day.
    Rule(reason=ReasonClass.PAUSED, low=477, high=477, pause=60.0, longest=86_400.0),
    Rule(reason=ReasonClass.AUTH, low=401, high=401),
    # A scope is missing: every call of that kind would be refused.
    Rule(reason=ReasonClass.AUTH, low=403, high=403),
    Rule(reason=ReasonClass.TRANSIENT, low=408, high=408),
    Rule(reason=ReasonClass.TRANSIENT, low=425, high=425),
    Rule(reason=ReasonClass.TRANSIENT, low=500),
    Rule(
        reason=ReasonClass.DUPLICATE,
        pattern=_text(r"already exists|already has that value|CONFLICTING_UNIQUE_VALUE"),
    ),
    Rule(reason=ReasonClass.NOT_FOUND, low=404, high=404),
    Rule(reason=ReasonClass.NOT_FOUND, low=410, high=410),
    Rule(reason=ReasonClass.CONFLICT, low=409, high=409),
    Rule(reason=ReasonClass.CONFLICT, low=412, high=412),
    Rule(reason=ReasonClass.VALIDATION),
)
_UNKNOWN = Rule(reason=ReasonClass.UNREADABLE)


def match(table: Sequence[Rule], status: int, text: str, *, is_html: bool) -> Rule:
    """Return the first rule of the table that fits an answer that is no success."""
    for rule in table:
        if rule.matches(status, text, is_html=is_html):
            return rule
    return _UNKNOWN


def classify(table: Sequence[Rule], status: int, text: str, *, is_html: bool) -> ReasonClass:
    """Return the class of an answer that is no success."""
    return match(table, status, text, is_html=is_html).reason


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return what ``Retry-After`` asks for, as seconds or as a date; None when it is no use."""
    raw = headers.get("Retry-After", "").strip()
    if not raw:
        return None
    if raw.isascii() and raw.isdigit():
        return float(raw)
    try:
        moment = parsedate_to_datetime(raw)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
