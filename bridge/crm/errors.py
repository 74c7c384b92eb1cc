"""What an answer of a CRM means: a table per adapter, in which the first match wins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bridge.domain.changes import ReasonClass

__all__ = ["SPOTTER", "Rule", "classify", "retry_after_seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a table; what is None matches everything."""

    reason: ReasonClass
    low: int = 400
    high: int = 599
    pattern: re.Pattern[str] | None = None
    is_html: bool | None = None

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


def classify(table: Sequence[Rule], status: int, text: str, *, is_html: bool) -> ReasonClass:
    """Return the class of an answer that is no success."""
    for rule in table:
        if rule.matches(status, text, is_html=is_html):
            return rule.reason
    return ReasonClass.UNREADABLE


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
