"""The page at ``/``: how both directions are, what needs a person, who works. Keys and counts only.

It has no script and loads nothing: it is read anew by the browser every few seconds.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from bridge.domain.operations import DatabaseOverview
from bridge.web import markup
from bridge.web.access import is_by_cookie, wants_page
from bridge.web.markup import Html, table, tag
from bridge.web.overview import Overview, Sample
from bridge.web.problems import Problem

__all__ = ["PAGES", "PageContext", "add_routes", "render"]

_READ_SECONDS: Final = 30.0
_WIDTH, _HEIGHT = 720, 120
_EDIT: Final = "/edit_json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What the overview needs. ``can_edit``: the kept routes are served, and with them the links."""

    view_tokens: tuple[bytes, ...]
    overview: Callable[[], Awaitable[Overview]]
    can_edit: bool
    refresh_seconds: int = 5


PAGES: Final = web.AppKey("pages", PageContext)


def add_routes(app: web.Application, context: PageContext) -> None:
    """Add the page."""
    app[PAGES] = context
    app.router.add_get("/", _show)


async def _show(request: web.Request) -> web.StreamResponse:
    context = request.app[PAGES]
    try:
        async with asyncio.timeout(_READ_SECONDS):
            overview = await context.overview()
    except TimeoutError:
        raise Problem(503, "the database did not answer in time", retry_after=10) from None
    if not wants_page(request):
        return web.Response(body=as_json(overview), content_type="application/json")
    return markup.respond(
        render(
            overview,
            refresh_seconds=context.refresh_seconds,
            can_edit=context.can_edit,
            can_leave=is_by_cookie(request),
        )
    )


def as_json(overview: Overview) -> bytes:
    """Return the overview as data."""
    return orjson.dumps(
        {"drain_forecast_seconds": overview.drain_seconds, **_data(overview)},
        option=orjson.OPT_NON_STR_KEYS,
    )


def _data(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {
            field.name: _data(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    return dict(value) if isinstance(value, dict) else value


def render(
    overview: Overview, *, refresh_seconds: int, can_edit: bool, can_leave: bool = False
) -> str:
    """Return the page; pure."""
    leave = tag("form", tag("button", "Leave"), method="post", action="/logout")
    header = tag(
        "header",
        tag("h1", "erpcrm"),
        tag("span", f"{overview.worker_id}, {_time(overview.at)}", class_="quiet"),
        tag("a", "Parked webhooks", href=_EDIT) if can_edit else None,
        tag("a", "HTTP routes", href="/docs") if can_edit else None,
        leave if can_leave else None,
    )
    database = overview.database
    if database is None:
        trouble = f"The database cannot be asked: {overview.trouble}"
        parts: list[Html] = [tag("p", trouble, class_="bad")]
    else:
        parts = [_tiles(overview, database)]
    parts += [tag("h2", "The last hour"), timeline(overview.samples)]
    if database is not None:
        parts += _sections(database, can_edit=can_edit)
    parts += [tag("h2", "This daemon"), _process(overview)]
    if database is not None:
        parts += [tag("h2", "All figures of the database"), _figures(database)]
    parts.append(
        tag("p", "Times of the database are in its own zone, others in UTC.", class_="quiet")
    )
    return markup.page("erpcrm", header, *parts, refresh_seconds=refresh_seconds)


# --------------------------------------------------------------------------- parts


def _tiles(overview: Overview, database: DatabaseOverview) -> Html:
    figures = database.metrics

    def count(name: str) -> int:
        return int(figures.get(name, 0))

    conflicts = database.conflicts[0].conflicts if database.conflicts else 0
    live = sum(worker.is_live == "S" for worker in database.workers)
    process, quota = overview.process, overview.quota
    tiles: list[tuple[str, object, bool]] = [
        ("waiting to go to the CRM", f"{count('outbox_pending'):,}", False),
        ("in flight", f"{count('outbox_inflight'):,}", False),
        ("drained at the quota in", _duration(overview.drain_seconds), False),
        ("oldest waits for", _duration(figures.get("outbox_oldest_age_seconds")), False),
        ("waiting to come in", f"{count('inbox_pending'):,}", False),
        ("claim to delivery, p50 / p95", _pair(process.delivery_seconds_p50,
                                               process.delivery_seconds_p95), False),
        ("parked", f"{count('outbox_parked') + count('inbox_parked'):,}",
         count("outbox_parked") + count("inbox_parked") > 0),
        ("open conflicts", f"{conflicts:,}", conflicts > 0),
        ("open capture gaps", f"{count('capture_gaps_open'):,}", count("capture_gaps_open") > 0),
        ("records agreed, hourly", f"{count('records_agreed'):,} of {count('records_total'):,}", False),
        ("live daemons", f"{live:,}", live == 0),
        ("quota of this daemon", f"{quota.used:,} of {quota.limit:,}", quota.pause_seconds > 0),
    ]  # fmt: skip
    return tag(
        "dl",
        *(
            tag("div", tag("dt", name), tag("dd", value, class_="bad" if is_bad else None))
            for name, value, is_bad in tiles
        ),
    )


def _sections(database: DatabaseOverview, *, can_edit: bool) -> list[Html]:
    parked_note = tag(
        "p", "erpcrm parked replay ID | erpcrm parked skip ID --because …", class_="quiet"
    )
    return [
        tag("h2", "Backlog"),
        _rows(
            ["state", "origin", "changes", "records", "oldest"],
            [[b.status, b.origin, b.events, b.records, _time(b.oldest_on)] for b in database.backlog],
            "Nothing waits.",
        ),
        tag("h2", "Parked: by reason"),
        _rows(
            ["direction", "reason", "items"],
            [[r.direction, r.reason_class, r.items] for r in database.reasons],
            "Nothing is parked.",
        ),
        tag("h2", "Parked last"),
        _rows(
            ["direction", "id", "record", "lead", "attempts", "reason", "parked", "why"],
            [
                [
                    item.direction,
                    tag("a", item.event_id, href=f"{_EDIT}/{item.event_id}")
                    if can_edit and item.direction == "INBOX"
                    else str(item.event_id),
                    item.record_key,
                    item.crm_id and str(item.crm_id),
                    item.attempts,
                    item.reason_class,
                    _time(item.parked_on),
                    item.detail,
                ]
                for item in database.parked
            ],
            "Nothing is parked.",
        ),
        parked_note if database.parked else Html(""),
        tag("h2", "Open conflicts"),
        _rows(
            ["id", "record", "field", "opened"],
            [
                [str(c.conflict_id), c.record_key, c.field_name, _time(c.opened_on)]
                for c in database.conflicts
            ],
            "No conflict is open.",
        ),
        tag("p", "erpcrm conflicts show ID | erpcrm conflicts resolve ID …", class_="quiet")
        if database.conflicts
        else Html(""),
        tag("h2", "Daemons"),
        _rows(
            ["daemon", "alive", "last heartbeat", "first seen"],
            [
                [w.worker_id, "yes" if w.is_live == "S" else "no", _time(w.heartbeat_on),
                 _time(w.first_seen)]
                for w in database.workers
            ],
            "No daemon has shown itself.",
        ),
        tag("h2", "Comparisons of whole tables"),
        _rows(
            ["run", "engine", "state", "rows", "differences", "began", "ended"],
            [
                [str(d.run_id), d.engine, d.status, d.rows_compared, d.differences,
                 _time(d.started_on), _time(d.finished_on)]
                for d in database.diffs
            ],
            "None yet: erpcrm diff.",
        ),
    ]  # fmt: skip


def _process(overview: Overview) -> Html:
    process, quota = overview.process, overview.quota
    waiting = ", ".join(f"{lane} {n}" for lane, n in process.quota_waiting.items() if n) or "none"
    pause = f"held back for {quota.pause_seconds:.0f} s" if quota.pause_seconds else "no"
    return table(
        ["what", "since it began"],
        [
            ["changes delivered", process.delivered],
            ["attempts that ended otherwise", process.not_delivered],
            ["webhooks stored", process.webhooks_stored],
            ["webhooks turned away", process.webhooks_refused],
            ["webhooks handled", process.inbound_handled],
            ["calls to the CRM answered with a success", process.calls_ok],
            ["other calls to the CRM", process.calls_failed],
            [
                "call to the CRM, p50 / p95",
                _pair(process.call_seconds_p50, process.call_seconds_p95),
            ],
            ["share of the quota", f"{quota.limit} of {quota.calls} calls in {quota.seconds:g} s"],
            ["calls that wait for the quota, by lane", waiting],
            ["calls held back", pause],
        ],
    )


def _figures(database: DatabaseOverview) -> Html:
    return table(
        ["metric", "value"],
        [[name, f"{value:,.10g}"] for name, value in sorted(database.metrics.items())],
    )


def _rows(columns: list[str], rows: list[list[object]], empty: str) -> Html:
    return table(columns, rows) if rows else tag("p", empty, class_="quiet")


# --------------------------------------------------------------------------- time line


def timeline(samples: Sequence[Sample]) -> Html:
    """Return the backlog, and what went out and came in, as lines over time."""
    if len(samples) < 2:
        return tag("p", "It begins to show within a minute.", class_="quiet")
    most = max((sample.waiting or 0) for sample in samples)
    moved = max(max(sample.delivered, sample.handled) for sample in samples)
    lines = tag(
        "svg",
        _line([sample.waiting for sample in samples], most, "backlog"),
        _line([sample.delivered for sample in samples], moved, "out"),
        _line([sample.handled for sample in samples], moved, "in"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label="backlog, deliveries and webhooks over the last hour",
    )
    legend = (
        f"{_time(samples[0].at)} to {_time(samples[-1].at)} · red: backlog, at most {most:,} · "
        f"blue: delivered, green: webhooks handled, at most {moved:,} between two samples"
    )
    return Html(lines + tag("p", legend, class_="quiet"))


def _line(values: Sequence[int | None], most: int, name: str) -> Html:
    step = _WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{number * step:.1f},{_HEIGHT - 4 - (_HEIGHT - 8) * value / max(1, most):.1f}"
        for number, value in enumerate(values)
        if value is not None
    )
    return tag("polyline", points=points, class_=name)


# --------------------------------------------------------------------------- texts


def _time(moment: dt.datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _pair(first: float | None, second: float | None) -> str:
    return f"{_duration(first)} / {_duration(second)}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
