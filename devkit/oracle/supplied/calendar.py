"""Calendar expressions of DBMS_SCHEDULER (``FREQ=HOURLY; BYMINUTE=0,30``), on dateutil's recurrence rules.

Both follow RFC 2445's vocabulary; "PL/SQL Packages and Types Reference", DBMS_SCHEDULER, "Calendaring
Syntax" lists Oracle's clauses. A clause left out takes its value from the start date, as Oracle documents.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from dateutil import rrule

from devkit.oracle.errors import OraError, unsupported

_FREQUENCIES = {
    "YEARLY": rrule.YEARLY,
    "MONTHLY": rrule.MONTHLY,
    "WEEKLY": rrule.WEEKLY,
    "DAILY": rrule.DAILY,
    "HOURLY": rrule.HOURLY,
    "MINUTELY": rrule.MINUTELY,
    "SECONDLY": rrule.SECONDLY,
}
_LISTS = {
    "BYMONTH": "bymonth",
    "BYMONTHDAY": "bymonthday",
    "BYYEARDAY": "byyearday",
    "BYWEEKNO": "byweekno",
    "BYHOUR": "byhour",
    "BYMINUTE": "byminute",
    "BYSECOND": "bysecond",
}
_DAYS = {
    "MON": rrule.MO, "TUE": rrule.TU, "WED": rrule.WE, "THU": rrule.TH, "FRI": rrule.FR,
    "SAT": rrule.SA, "SUN": rrule.SU,
}  # fmt: skip
_DAY = re.compile(r"^(-?\d+)?\s*(MON|TUE|WED|THU|FRI|SAT|SUN)$")


def next_run(interval: str, start: datetime, after: datetime) -> datetime | None:
    """The first run later than ``after``; None when there is none. Errors: ORA-27419 for bad syntax."""
    arguments: dict[str, Any] = {}
    frequency: int | None = None
    for clause in filter(None, (part.strip() for part in interval.upper().split(";"))):
        name, equals, text = (part.strip() for part in clause.partition("="))
        if not equals:
            raise _bad(interval)
        try:
            if name == "FREQ":
                frequency = _FREQUENCIES[text]
            elif name == "INTERVAL":
                arguments["interval"] = int(text)
            elif name in _LISTS:
                arguments[_LISTS[name]] = [int(item) for item in text.split(",")]
            elif name == "BYDAY":
                arguments["byweekday"] = [_day(item.strip()) for item in text.split(",")]
            else:
                raise unsupported(f"calendar clause {name}")
        except (KeyError, ValueError) as exc:
            raise _bad(interval) from exc
    if frequency is None:
        raise _bad(interval)
    rule = rrule.rrule(frequency, dtstart=start.replace(microsecond=0), **arguments)
    found: datetime | None = rule.after(after.replace(microsecond=0))
    return found


def _day(text: str) -> object:
    found = _DAY.match(text)
    if found is None:
        raise ValueError(text)
    day = _DAYS[found[2]]
    return day(int(found[1])) if found[1] else day


def _bad(interval: str) -> OraError:
    return OraError(
        27419, text=f"unable to determine valid execution date from repeat interval {interval}"
    )
