"""The overview page: what it shows, to whom, and that nothing of it can become code."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from patience import STALL
from prometheus_client import CollectorRegistry, Histogram
from web_desk import HEADERS, NOON, VIEW_TOKEN, Desk, running_desk

from bridge.domain.operations import (
    BacklogLine,
    DatabaseOverview,
    DiffRun,
    OpenConflict,
    ParkedItem,
    ReasonCount,
    Worker,
)
from bridge.errors import DatabaseUnavailable
from bridge.web import markup
from bridge.web.dashboard import timeline
from bridge.web.figures import quantile
from bridge.web.overview import Sample

SCRIPT = '"><script>alert(1)</script>'
BROWSER = {"Accept": "text/html", **HEADERS}


def figures(text: str = "x") -> DatabaseOverview:
    """Figures in which every text of the database is this one."""
    return DatabaseOverview(
        metrics={
            "outbox_pending": 1500, "outbox_inflight": 4, "outbox_parked": 2, "inbox_parked": 1,
            "outbox_oldest_age_seconds": 90, "inbox_pending": 7, "capture_gaps_open": 3,
            "records_total": 5000, "records_agreed": 4990, text: 1,
        },
        backlog=[BacklogLine(status=text, origin=text, events=1500, records=1400, oldest_on=NOON)],
        parked=[
            ParkedItem(
                direction=direction, event_id=41, record_key=text, crm_id=10000001, attempts=5,
                reason_class=text, detail=text, created_on=NOON, parked_on=NOON,
            )
            for direction in ("OUTBOX", "INBOX")
        ],
        reasons=[ReasonCount(direction="OUTBOX", reason_class=text, items=2)],
        conflicts=[
            OpenConflict(
                conflict_id=9, record_key=text, field_name=text, opened_on=NOON, conflicts=12
            )
        ],
        workers=[
            Worker(worker_id=text, first_seen=NOON, heartbeat_on=NOON, is_live="S"),
            Worker(worker_id="gone", first_seen=NOON, heartbeat_on=NOON, is_live="N"),
        ],
        diffs=[
            DiffRun(
                run_id=3, engine=text, status=text, rows_compared=5000, started_on=NOON,
                finished_on=None, differences=6,
            )
        ],
    )  # fmt: skip


class Tags(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        running.overview.figures = figures("validation")
        yield running


async def read(desk: Desk, **headers: str) -> tuple[int, str]:
    async with desk.client.get("/", headers=headers or BROWSER) as answer:
        return answer.status, await answer.text()


def tiles(text: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]*)</dt><dd[^>]*>([^<]*)</dd>", text))


async def test_the_page_shows_backlog_forecast_parked_conflicts_daemons_quota_and_runs(
    desk: Desk,
) -> None:
    status, text = await read(desk)
    shown = tiles(text)

    assert status == 200
    assert shown["waiting to go to the CRM"] == "1,500"
    # 1,504 changes at 30 calls in 20 s
    assert shown["drained at the quota in"] == "17 min"
    assert shown["oldest waits for"] == "90 s"
    assert (shown["parked"], shown["open conflicts"]) == ("3", "12")
    assert (shown["live daemons"], shown["quota of this daemon"]) == ("1", "4 of 15")
    assert shown["records agreed, hourly"] == "4,990 of 5,000"
    assert text.count("validation") > 8
    assert '<a href="/edit_json/41">41</a>' in text
    assert "15 of 30 calls in 20 s" in text


async def test_the_same_is_told_as_json(desk: Desk) -> None:
    status, body = await desk.get("/")

    assert status == 200
    assert body["database"]["metrics"]["outbox_pending"] == 1500
    assert body["database"]["conflicts"][0]["conflict_id"] == 9
    assert body["quota"]["limit"] == 15
    assert round(body["drain_forecast_seconds"]) == 1003


@pytest.mark.parametrize("headers", [{}, {"X-Api-Token": "wrong"}, {"Cookie": "erpcrm_session=x"}])
async def test_without_a_token_nothing_is_shown(desk: Desk, headers: dict[str, str]) -> None:
    async with desk.client.get("/", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (401, "application/problem+json")
    status, text = await read(desk, Accept="text/html", **headers)

    assert status == 401
    assert "validation" not in text
    assert desk.overview.reads == 0


async def test_the_viewers_token_shows_it(desk: Desk) -> None:
    assert (await read(desk, Accept="text/html", Authorization=f"Bearer {VIEW_TOKEN}"))[0] == 200


async def test_no_text_of_the_database_becomes_markup(desk: Desk) -> None:
    plain = [name for name, _ in Tags((await read(desk))[1]).found]
    desk.overview.figures = figures(SCRIPT)
    desk.clock.advance(3600)
    _, text = await read(desk)
    tags = Tags(text).found

    assert text.count("&lt;script&gt;") > 8
    assert "<script" not in text
    assert [name for name, _ in tags] == plain
    assert not [key for _, attributes in tags for key in attributes if key.startswith("on")]


async def test_the_policy_allows_no_script_and_nothing_from_elsewhere(desk: Desk) -> None:
    async with desk.client.get("/", headers=BROWSER) as answer:
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        text = await answer.text()
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    # what the policy would block must not be there: attributes of style, sources of anything
    tags = Tags(text).found
    assert not [name for name, attributes in tags if "style" in attributes or "src" in attributes]
    assert "://" not in text


async def test_it_reads_itself_anew(desk: Desk) -> None:
    metas = [attributes for name, attributes in Tags((await read(desk))[1]).found if name == "meta"]

    assert {"http-equiv": "refresh", "content": "5"} in metas


async def test_many_who_look_cost_the_database_one_reading(desk: Desk) -> None:
    for _ in range(4):
        await read(desk)
    assert desk.overview.reads == 1
    desk.clock.advance(3.1)
    await read(desk)

    assert desk.overview.reads == 2


async def test_while_the_database_is_away_the_page_says_so_and_shows_the_rest(desk: Desk) -> None:
    desk.overview.failing = DatabaseUnavailable(code="DPY-4011", statement="status")
    status, text = await read(desk)

    assert status == 200
    assert "The database cannot be asked: DPY-4011" in text
    assert "share of the quota" in text
    assert (await desk.get("/"))[1]["database"] is None


async def test_the_time_line_shows_what_was_sampled(desk: Desk) -> None:
    assert "begins to show" in (await read(desk))[1]
    for backlog in (0, 40, 20):
        desk.overview.backlog = backlog
        await desk.timeline.take()
    text = (await read(desk))[1]

    assert "at most 40" in text
    # side by side: what lies within another line is not drawn
    assert re.search(r"<svg[^>]*>(<polyline[^>]*></polyline>){3}</svg>", text)


async def test_a_sample_without_an_answer_of_the_database_is_a_gap(desk: Desk) -> None:
    desk.overview.failing = DatabaseUnavailable(code="DPY-4011", statement="overview_backlog")
    await desk.timeline.take()

    assert desk.timeline.samples[-1].waiting is None


def test_the_highest_backlog_is_at_the_top_and_none_at_the_bottom() -> None:
    def sample(waiting: int | None) -> Sample:
        return Sample(at=NOON + dt.timedelta(minutes=1), waiting=waiting, delivered=0, handled=0)

    drawn = timeline([sample(0), sample(None), sample(50)])
    points = re.search(r'points="([^"]*)" class="backlog"', drawn)

    assert points is not None
    assert points[1] == "0.0,116.0 720.0,4.0"


def test_markup_escapes_texts_and_attributes_and_keeps_its_own() -> None:
    made = markup.tag("p", "<i>", markup.tag("b", "&"), None, title='"', class_="x", hidden=False)

    assert made == '<p title="&quot;" class="x">&lt;i&gt;<b>&amp;</b></p>'


def test_an_estimate_of_a_histogram_lies_within_the_bucket() -> None:
    histogram = Histogram("h", "h", buckets=(1, 2, 4), registry=CollectorRegistry())
    assert quantile(histogram, 0.5) is None
    for value in (0.5, 1.5, 1.6, 1.7):
        histogram.observe(value)

    assert 1 < (quantile(histogram, 0.5) or 0) < 2
    histogram.observe(100)
    assert quantile(histogram, 0.99) == 4


async def test_the_forecast_is_that_of_the_command_line(desk: Desk) -> None:
    desk.overview.figures = replace(
        figures(), metrics={"outbox_pending": 29.0, "outbox_inflight": 1.0}
    )

    assert tiles((await read(desk))[1])["drained at the quota in"] == "20 s"


async def test_a_cookie_that_is_no_text_is_no_session() -> None:
    async with running_desk() as desk:
        server = desk.client.server
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Cookie: erpcrm_session=operator.9999999999.x.\xff\r\n\r\n"
        )
        async with asyncio.timeout(STALL):
            status = await reader.readline()
            writer.close()
            await writer.wait_closed()

        assert b" 401 " in status
