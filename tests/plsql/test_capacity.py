"""docs/capacity.md: every periodic statement is in it with an index that fits its predicate; its sizes are current."""

from __future__ import annotations

import re
from pathlib import Path

import periodic_statements as periodic
import pytest
import table_sizes

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/capacity.md").read_text(encoding="utf-8")
_ROW = r"^\| `([\w.]+)` \| `([\w.]+)` \| (?:`(\w+)`|all of it) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$"
ROWS = re.findall(_ROW, PAGE, re.M)
FOUND = periodic.periodic()
# Reading a whole table is for these only; each is once an hour, once a run, or on request, or a min/max of an index.
WHOLE = {
    "crm_convergence_v",
    "crm_reconcile.find_missing_ids",
    "crm_retention.empty_forgotten",
    "crm_status_v",
    "crm_values.capture_changed",
    "crm_watch.count_sizes",
}


def accesses() -> set[periodic.Access]:
    return {access for found in FOUND for access in periodic.accesses(found)}


def shown(access: periodic.Access) -> str:
    return f"{access.routine} {access.table}: {access.way}"


def test_the_page_has_every_periodic_statement_with_its_access_path_and_no_other() -> None:
    found = {shown(access) for access in accesses() if access.way != "key"}
    listed = {f"{routine} {table}: {index or 'all'}" for routine, table, index, *_ in ROWS}

    assert found - listed == set(), "not on the page"
    assert listed - found == set(), "on the page, but not (or not so) in the code"


def test_no_statement_reads_a_whole_table_but_those_that_are_known_to() -> None:
    assert {access.routine for access in accesses() if access.way == "all"} == WHOLE


def test_the_work_that_is_known_to_be_periodic_is_found() -> None:
    """The search has not lost its way: what everybody knows to be periodic is in what it finds."""
    reached = {found.routine for found in FOUND}

    assert reached >= {
        "crm_outbox.claim",
        "crm_inbox.claim_unknown_leads",
        "crm_record.end_expired",
        "crm_retention.empty_changes",
        "crm_reconcile.repair_gaps",
        "crm_status_v",
        "crm_runs.take_poll",
        "crm_values.capture_changed",
    }
    assert len(FOUND) > 150


_SIZE = r"^\| `(\w+)` \| (?:changes|branches) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| [\d,]+ MB \|$"


def _sizes(text: str) -> dict[str, tuple[int, ...]]:
    return {
        table: tuple(int(n.replace(",", "")) for n in numbers)
        for table, *numbers in re.findall(_SIZE, text, re.M)
    }


def test_the_sizes_are_those_of_the_schema() -> None:
    """To a tenth: a column more does not make the page wrong. `table_sizes.lines()` are the rows anew."""
    shown, computed = _sizes(PAGE), _sizes("\n".join(table_sizes.lines()))

    assert shown.keys() == computed.keys()
    assert {
        table: (shown[table], computed[table])
        for table in computed
        if shown[table] != pytest.approx(computed[table], rel=0.1)
    } == {}


def test_every_growing_table_has_a_size() -> None:
    sized = set(table_sizes.PER_MILLION_CHANGES) | set(table_sizes.PER_MILLION_BRANCHES)
    # a handful of rows, or named in the text below the table
    few = periodic.SMALL | {
        "crm_convergence_history",
        "crm_erasures",
        "crm_figures",
        "crm_forgotten_records",
        "crm_migrations",
    }

    assert set(table_sizes.columns()) - sized - few == set()


# --------------------------------------------------------------------------- the reading of statements


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("select e.a from crm_outbox_events e where e.event_id = in_id", {"key"}),
        (
            "select e.a from crm_outbox_events e where e.status = 'READY'",
            {"crm_outbox_events_status_idx"},
        ),
        ("select e.a from crm_outbox_events e where e.created_on < in_x", {"all"}),
        # an OR lets every row through
        (
            "select e.a from crm_outbox_events e where ( in_x is null or e.event_id = in_x )",
            {"all"},
        ),
        # the second column of an index is not its first
        ("select e.a from crm_outbox_events e where e.version = in_x", {"all"}),
        # a join narrows only what is joined to something narrow
        (
            "select e.a from crm_outbox_events e join crm_records r on r.record_key = e.record_key"
            " where r.lease_owner = in_x",
            {"crm_records_lease_owner_idx", "crm_outbox_events_version_uk"},
        ),
        (
            "select e.a from crm_outbox_events e join crm_records r on r.record_key = e.record_key",
            {"all"},
        ),
        # what is looked for in a sub-select does not narrow what is around it
        (
            "select r.a from crm_records r where not exists ( select null from crm_outbox_events e"
            " where e.status = 'READY' and e.record_key = r.record_key )",
            {"all", "crm_outbox_events_status_idx"},
        ),
    ],
)
def test_the_way_to_a_row_is_told_by_the_predicate(text: str, ways: set[str]) -> None:
    found = periodic.accesses(periodic.Found("a.b", "SELECT", text))

    assert {access.way for access in found} == ways


def test_a_scrape_counts_no_state_of_outbox_and_inbox_without_a_bound() -> None:
    view = (ROOT / "plsql/views/crm_status_v.vw").read_text(encoding="utf-8")
    states = re.findall(r"where \w\.status (?:=|in) [^\n]*\n\s+and rownum <= 100000\n", view)
    counted = re.findall(r"from crm_(?:outbox|inbox)_events \w\n\s*where \w\.status", view)

    assert len(states) == len(counted) == 6
