"""A run over the whole set: order, pauses, patience, and what one bad lead costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
from patience import STALL

from bridge.core.polling import Poller
from bridge.core.runs import WholeSetRun
from bridge.crm.spotter_pages import earlier
from bridge.domain.runs import (
    Cursor,
    Entity,
    Page,
    PageResult,
    PersonsPolled,
    Run,
    RunEnd,
    RunKind,
    Totals,
)
from bridge.errors import (
    CrmError,
    CrmNotSent,
    CrmPaused,
    CrmRefused,
    DatabaseUnavailable,
    DataRejected,
    RunLost,
    RunStuck,
)
from bridge.testing import ManualClock

Waiter = Callable[[Callable[[], bool]], Awaitable[None]]


class Source:
    """Two leads a page; ``failing`` is raised, one after the other, before anything is read."""

    def __init__(self, *ids: int, absent: Sequence[int] = ()) -> None:
        self.ids = ids
        self.absent = absent
        self.failing: list[CrmError] = []
        self.reads: list[tuple[str, int, str | None]] = []
        self.failing_persons: CrmError | None = None
        self.can_filter_by_time = True
        self.is_filtered = True
        self.newest: str | None = "2026-01-01T00:00:00"
        self.held: asyncio.Event | None = None

    async def read(self, entity: Entity, cursor: Cursor, *, since: str | None = None) -> Page:
        self.reads.append((entity.value, cursor.after, since))
        if self.held is not None:
            await self.held.wait()
        if self.failing:
            raise self.failing.pop(0)
        left = [number for number in self.ids if number > cursor.after]
        page = left[:2]
        return Page(
            rows=_rows(entity, page),
            following=Cursor(after=page[-1]) if len(left) > 2 else None,
            total=len(left),
            newest=self.newest,
            is_filtered=self.is_filtered or since is None,
        )

    async def look_up(self, entity: Entity, ids: Sequence[int]) -> Page:
        self.reads.append((f"look up {entity.value}", ids[0], None))
        return Page(rows=_rows(entity, [n for n in ids if n not in self.absent]))

    async def persons_of(self, crm_ids: Sequence[int]) -> Page:
        self.reads.append(("persons of", crm_ids[0], None))
        if self.failing_persons is not None:
            raise self.failing_persons
        return Page(rows=_rows(Entity.CONTACTS, [900 + number for number in crm_ids]))

    async def newest_change(self) -> str | None:
        self.reads.append(("newest", 0, None))
        return self.newest


def _rows(entity: Entity, ids: Sequence[int]) -> tuple[Mapping[str, Any], ...]:
    name = "crm_id" if entity is Entity.LEADS else "person_id"
    return tuple({name: number} for number in ids)


class Store:
    """Remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.to_apply: frozenset[int] = frozenset()
        self.rejected: frozenset[int] = frozenset()
        self.unseen: list[int] = []
        self.clients: list[int] = []
        self.pause_at: int | None = None
        self.failing: Exception | None = None
        self.position: Mapping[str, Any] = {}
        self.turn = True
        self.left = 0

    async def begin_page(self, run: Run) -> tuple[str, bool]:
        if self.failing is not None:
            raise self.failing
        self.told.append(("mark",))
        marks = sum(item == ("mark",) for item in self.told)
        return f"mark {marks}", marks == self.pause_at

    async def store_page(
        self, run: Run, entity: Entity, mark: str, rows: Sequence[Mapping[str, Any]]
    ) -> PageResult:
        self.told.append(("page", mark, [next(iter(row.values())) for row in rows]))
        return PageResult(equal=len(rows), to_apply=self.to_apply, left=self.left)

    async def apply_lead(self, run: Run, mark: str, row: Mapping[str, Any]) -> bool:
        self.told.append(("apply", mark, row["crm_id"]))
        if row["crm_id"] in self.rejected:
            raise DataRejected(code="ORA-20020", statement="apply_run_lead")
        return True

    async def leave_lead(self, run: Run, crm_id: int) -> None:
        self.told.append(("leave", crm_id))

    async def finish_page(self, run: Run, position: Mapping[str, Any], totals: Totals) -> None:
        self.told.append(("finish", dict(position), totals))
        self.position = position

    async def find_unseen(
        self, run: Run, entity: Entity, *, after: int, limit: int
    ) -> Sequence[int]:
        return (
            [number for number in self.unseen if number > after] if entity is Entity.LEADS else []
        )

    async def note_missing(self, run: Run, entity: Entity, ids: Sequence[int]) -> int:
        self.told.append(("missing", list(ids)))
        return len(ids)

    async def look_for_unsent(self, run: Run, *, after: int, limit: int) -> tuple[int, int | None]:
        self.told.append(("unsent", after))
        return 2, next((client for client in self.clients if client > after), None)

    async def end(self, run: Run, end: RunEnd, detail: str | None = None) -> None:
        self.told.append(("end", end))

    async def take_poll(self, *, every_seconds: float, by: str) -> Run | None:
        if self.failing is not None:
            raise self.failing
        if not self.turn:
            return None
        return Run(run_id=1, token=1, kind=None, entity=Entity.LEADS, position=self.position)

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [item[1:] for item in self.told if item[0] == kind]


class Silent:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.parts: list[tuple[str, int | None]] = []

    def begin(self, what: str, *, total: int | None) -> None:
        self.parts.append((what, total))

    def advance(self, totals: Totals) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)

    def mark(self, part: str) -> None:
        pass


@pytest.fixture
def store() -> Store:
    return Store()


def job(
    store: Store,
    source: Source,
    *,
    position: Mapping[str, Any] | None = None,
    entity: Entity = Entity.ALL,
    contacts: bool = False,
    progress: Silent | None = None,
    clock: ManualClock | None = None,
) -> WholeSetRun:
    run = Run(
        run_id=1,
        token=1,
        kind=RunKind.RESYNC,
        entity=entity,
        position=position or {},
        has_contacts=contacts,
    )
    return WholeSetRun(
        run,
        store=store,
        pages=source,
        progress=progress or Silent(),
        clock=clock or ManualClock(),
    )


async def test_every_page_is_stored_under_the_mark_taken_before_it_was_read(store: Store) -> None:
    assert await job(store, Source(1, 2, 3, 4, 5)).run() is RunEnd.DONE

    assert store.of("page") == [
        ("mark 1", [1, 2]),
        ("mark 2", [3, 4]),
        ("mark 3", [5]),
    ]
    assert [position for position, _ in store.of("finish")] == [
        {"part": "leads", "after": 2},
        {"part": "leads", "after": 4},
        {"part": "unseen leads", "after": 0},
    ]
    assert store.told[-2:] == [("unsent", 0), ("end", RunEnd.DONE)]


async def test_branches_without_a_lead_are_looked_for_in_pieces_that_count_by_themselves(
    store: Store,
) -> None:
    store.clients = [1000, 2000]
    progress = Silent()

    assert await job(store, Source(), entity=Entity.LEADS, progress=progress).run() is RunEnd.DONE

    assert store.of("unsent") == [(0,), (1000,), (2000,)]
    assert [position for position, _ in store.of("finish")][-2:] == [
        {"part": "unsent", "after": 1000},
        {"part": "unsent", "after": 2000},
    ]
    assert progress.notes == ["branches without a lead: 6"]


async def test_a_pause_between_two_pieces_is_resumed_with_the_next(store: Store) -> None:
    store.clients = [1000, 2000]
    position = {"part": "unsent", "after": 1000}
    store.pause_at = 2

    assert await job(store, Source(), position=position).run() is RunEnd.PAUSED
    assert store.of("unsent") == [(1000,)]
    assert store.position == {"part": "unsent", "after": 2000}


async def test_the_mark_of_a_page_is_older_than_its_reading(store: Store) -> None:
    """What happens between the mark and the answer makes the record busy; the other way it would be lost."""
    source = Source(1, 2, 3)
    known: list[int] = []
    reads = source.read

    async def read(entity: Entity, cursor: Cursor, *, since: str | None = None) -> Page:
        known.append(len(store.of("mark")))
        return await reads(entity, cursor, since=since)

    source.read = read  # type: ignore[method-assign]
    await job(store, source, entity=Entity.LEADS).run()

    assert known == [1, 2]


async def test_a_run_goes_on_at_its_position(store: Store) -> None:
    source = Source(1, 2, 3, 4, 5)

    await job(store, source, position={"part": "leads", "after": 2}).run()

    assert store.of("page") == [("mark 1", [3, 4]), ("mark 2", [5])]


async def test_a_page_is_finished_only_after_its_leads_are_applied(store: Store) -> None:
    store.to_apply = frozenset({2})

    await job(store, Source(1, 2), entity=Entity.LEADS).run()

    kinds = [item[0] for item in store.told if item[0] in {"page", "apply", "finish"}]
    assert kinds == ["page", "apply", "finish"]
    assert store.of("apply") == [("mark 1", 2)]
    assert store.of("finish")[0][1].applied == 1


async def test_a_lead_that_the_database_refuses_costs_only_itself(store: Store) -> None:
    store.to_apply = frozenset({1, 2})
    store.rejected = frozenset({1})

    assert await job(store, Source(1, 2, 3)).run() is RunEnd.DONE

    assert store.of("leave") == [(1,)]
    totals = store.of("finish")[0][1]
    assert (totals.applied, totals.left) == (1, 1)


async def test_what_no_page_showed_is_looked_up_before_it_counts_as_missing(store: Store) -> None:
    store.unseen = [7, 8, 9]

    await job(store, Source(1, absent=[8])).run()

    assert store.of("missing") == [([8],)]
    assert ("mark 2", [7, 9]) in store.of("page")


async def test_contacts_that_take_no_part_are_not_read_and_it_is_said(store: Store) -> None:
    source, progress = Source(1), Silent()

    await job(store, source, progress=progress).run()

    assert {entity for entity, _, _ in source.reads} == {"LEADS"}
    assert any("send_steps" in note for note in progress.notes)


async def test_contacts_are_read_after_the_leads(store: Store) -> None:
    source = Source(1)

    await job(store, source, contacts=True).run()

    assert [entity for entity, _, _ in source.reads] == ["LEADS", "CONTACTS"]


async def test_a_pause_that_is_wanted_comes_before_the_next_page(store: Store) -> None:
    store.pause_at = 2

    assert await job(store, Source(1, 2, 3, 4, 5)).run() is RunEnd.PAUSED

    assert store.of("page") == [("mark 1", [1, 2])]
    assert store.told[-1] == ("end", RunEnd.PAUSED)


async def test_a_stop_ends_the_wait_for_the_crm(store: Store, until: Waiter) -> None:
    source = Source(1)
    source.held = asyncio.Event()
    work = job(store, source)
    running = asyncio.create_task(work.run())
    await until(lambda: bool(source.reads))

    work.stop()

    async with asyncio.timeout(STALL):
        assert await running is RunEnd.PAUSED


async def test_while_calls_are_held_back_the_run_waits(
    store: Store, clock: ManualClock, until: Waiter
) -> None:
    source = Source(1)
    source.failing = [CrmPaused(seconds=30), CrmNotSent()]
    running = asyncio.create_task(job(store, source, clock=clock).run())

    await until(lambda: len(source.reads) == 1)
    await asyncio.sleep(0.02)
    assert len(source.reads) == 1
    for _ in range(8):
        clock.advance(31)
        await asyncio.sleep(0.01)

    async with asyncio.timeout(STALL):
        assert await running is RunEnd.DONE


async def test_a_crm_that_refuses_the_question_is_not_asked_again(store: Store) -> None:
    source = Source(1)
    source.failing = [CrmRefused(status=401, reason_class="auth", detail="no")] * 3

    with pytest.raises(RunStuck, match="refuses"):
        await job(store, source).run()

    assert len(source.reads) == 1
    assert store.of("end") == []


async def test_a_run_that_was_taken_over_stops(store: Store) -> None:
    store.failing = RunLost()

    with pytest.raises(RunLost):
        await job(store, Source(1)).run()


# --------------------------------------------------------------------------- polling


def poller(
    store: Store,
    source: Source,
    persons: PersonsPolled = PersonsPolled.NEVER,
    person_pages: int = 1,
) -> Poller:
    return Poller(
        store=store,
        pages=source,
        worker_id="w",
        every_seconds=60,
        overlap_seconds=120,
        earlier=earlier,
        progress=Silent(),
        persons=persons,
        person_pages=person_pages,
    )


async def test_the_first_round_only_notes_where_the_crm_is(store: Store) -> None:
    source = Source(1)

    await poller(store, source).round()

    assert store.position == {"since": "2026-01-01T00:00:00"}
    assert store.of("page") == []


async def test_a_round_reads_again_a_little_and_moves_after_its_last_page(store: Store) -> None:
    source = Source(1, 2, 3)
    source.newest = "2026-01-01T10:00:00"
    store.position = {"since": "2026-01-01T09:00:00"}

    await poller(store, source).round()

    assert {since for _, _, since in source.reads} == {"2026-01-01T08:58:00"}
    assert [position for position, _ in store.of("finish")] == [
        {"since": "2026-01-01T09:00:00"},
        {"since": "2026-01-01T10:00:00"},
    ]


async def test_the_watermark_never_goes_back(store: Store) -> None:
    source = Source(1)
    source.newest = "2026-01-01T08:59:00"
    store.position = {"since": "2026-01-01T09:00:00"}

    await poller(store, source).round()

    assert store.position == {"since": "2026-01-01T09:00:00"}


async def test_a_filter_that_lets_everything_through_is_given_up(store: Store) -> None:
    source = Source(1, 2, 3)
    source.is_filtered = False
    store.position = {"since": "2026-01-01T09:00:00"}
    part = poller(store, source)

    since = {"since": "2026-01-01T09:00:00"}
    await part.round()
    assert store.position == {"rolling": True, **since}
    await part.round()
    assert store.position == {"rolling": True, "after": 2, **since}
    await part.round()

    # everything was read: the filter is tried again, from where it was trusted last
    assert store.position == since
    assert store.of("page") == [("mark 2", [1, 2]), ("mark 3", [3])]
    source.is_filtered = True
    await part.round()
    assert source.reads[-2] == ("LEADS", 0, "2026-01-01T08:58:00")


async def test_without_the_filter_all_is_read_in_turn_and_the_watermark_stays(store: Store) -> None:
    source = Source(1, 2, 3)
    source.can_filter_by_time = False
    store.position = {"since": "2026-01-01T09:00:00"}
    part = poller(store, source)

    await part.round()
    assert store.position == {"since": "2026-01-01T09:00:00", "after": 2}
    await part.round()

    assert store.position == {"since": "2026-01-01T09:00:00"}
    assert store.of("page") == [("mark 1", [1, 2]), ("mark 2", [3])]


async def test_a_filter_that_keeps_the_newest_change_back_is_given_up(store: Store) -> None:
    source = Source()
    store.position = {"since": "2026-01-01T00:00:00"}

    await poller(store, source).round()

    assert store.position == {"rolling": True, "since": "2026-01-01T00:00:00"}


async def test_persons_are_read_with_the_leads_that_changed_before_the_watermark_moves(
    store: Store,
) -> None:
    source = Source(1, 2, 3)
    source.newest = "2026-01-01T10:00:00"
    store.position = {"since": "2026-01-01T09:00:00"}

    await poller(store, source, PersonsPolled.WITH_LEAD).round()

    assert [read[:2] for read in source.reads] == [
        ("LEADS", 0), ("persons of", 1), ("LEADS", 2), ("persons of", 3),
    ]  # fmt: skip
    assert [ids for _, ids in store.of("page")] == [[901, 902], [1, 2], [903], [3]]
    assert [totals.read for _, totals in store.of("finish")] == [4, 2]
    assert store.position == {"since": "2026-01-01T10:00:00"}


async def test_persons_that_cannot_be_read_hold_the_watermark(store: Store) -> None:
    source = Source(1)
    source.newest = "2026-01-01T10:00:00"
    source.failing_persons = CrmNotSent()
    store.position = {"since": "2026-01-01T09:00:00"}

    await poller(store, source, PersonsPolled.WITH_LEAD).round()

    assert store.position == {"since": "2026-01-01T09:00:00"}


async def test_where_nothing_tells_persons_are_read_in_turn_and_begin_anew(store: Store) -> None:
    source = Source(1, 2, 3, 4, 5)
    since = {"since": "2026-01-01T00:00:00"}
    store.position = since
    part = poller(store, source, PersonsPolled.IN_TURN, person_pages=2)

    places = []
    for _ in range(3):
        await part.round()
        places.append(store.position)

    assert places == [{**since, "persons": {"after": 4}}, since, {**since, "persons": {"after": 4}}]
    # what the leads note on their way does not lose the place of the persons
    assert [read[1] for read in source.reads if read[0] == "CONTACTS"] == [0, 2, 4, 0, 2]


async def test_a_place_among_the_persons_outlives_a_filter_that_is_given_up(store: Store) -> None:
    source = Source(1, 2, 3)
    source.is_filtered = False
    since = {"since": "2026-01-01T09:00:00"}
    store.position = {**since, "persons": {"after": 1}}

    await poller(store, source, PersonsPolled.NEVER).round()

    assert store.position == {"rolling": True, **since, "persons": {"after": 1}}


async def test_without_the_times_of_leads_persons_are_read_in_turn(store: Store) -> None:
    source = Source(1, 2, 3)
    source.can_filter_by_time = False

    await poller(store, source, PersonsPolled.WITH_LEAD).round()

    assert [read[:2] for read in source.reads] == [("LEADS", 0), ("CONTACTS", 0)]
    assert store.position == {"after": 2, "persons": {"after": 2}}


async def test_while_another_daemon_has_the_turn_nothing_is_read(store: Store) -> None:
    source = Source(1)
    store.turn = False

    await poller(store, source).round()

    assert source.reads == []


@pytest.mark.parametrize(
    "error",
    [DatabaseUnavailable(code="DPY-4011", statement="take_poll"), RunLost(), CrmNotSent()],
)
async def test_a_round_that_fails_ends_and_moves_nothing(store: Store, error: Exception) -> None:
    source = Source(1)
    store.position = {"since": "2026-01-01T09:00:00"}
    if isinstance(error, CrmError):
        source.failing = [error]
    else:
        store.failing = error

    await poller(store, source).round()

    assert store.position == {"since": "2026-01-01T09:00:00"}
    assert store.of("finish") == []


async def test_without_a_period_nothing_is_polled_and_the_part_lives(
    store: Store, until: Waiter
) -> None:
    source = Source(1)
    part = Poller(
        store=store,
        pages=source,
        worker_id="w",
        every_seconds=0,
        overlap_seconds=1,
        earlier=earlier,
        progress=Silent(),
    )
    running = asyncio.create_task(part.run())
    await asyncio.sleep(0.05)
    part.stop()

    async with asyncio.timeout(STALL):
        await running
    assert source.reads == []
