"""Both sides of the boundary, read from their files: the API of the database and what the daemon knows of it."""

from __future__ import annotations

import ast
import enum
import re
from pathlib import Path
from typing import Any

import pytest
from deployed_world import Deployed

from bridge import API_VERSION, OLDEST_API_VERSION
from bridge.domain import changes
from bridge.domain.changes import ApplyResult, InboxOutcome, Operation, Outcome
from bridge.domain.mapping import SHARED_FIELDS
from bridge.errors import DatabaseError, DataRejected, StaleClaim
from bridge.oracle import codec, queries
from bridge.oracle.errors import CLASSES, translate
from bridge.web.problems import DATABASE_ERRORS

ROOT = Path(__file__).resolve().parents[2]
API = (ROOT / "plsql/api/crm_bridge_api.pks").read_text(encoding="utf-8")
API_BODY = (ROOT / "plsql/api/crm_bridge_api.pkb").read_text(encoding="utf-8")
ERR = (ROOT / "plsql/core/crm_err.pks").read_text(encoding="utf-8")
TYPES = (ROOT / "plsql/core/crm_types.pks").read_text(encoding="utf-8")
MIGRATIONS = "".join(
    p.read_text(encoding="utf-8") for p in sorted((ROOT / "migrations").glob("V*.sql"))
)
STATEMENTS = queries.load("CRM_SYNC")
SPARK_STATEMENTS = (ROOT / "spark_offload/queries.sql").read_text(encoding="utf-8")
_ROUTINE = re.compile(
    r"^   (?:procedure|function) (\w+)(?:\((.*?)\))?(?: return \w+)?;", re.M | re.S
)


def routines() -> dict[str, list[tuple[str, str, bool]]]:
    """Each routine of the API: parameter, mode, whether it has a default."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for name, parameters in _ROUTINE.findall(API):
        found[name] = [
            (parameter, " ".join(mode.split()), "default" in rest)
            for parameter, mode, rest in re.findall(
                r"^\s*(\w+)\s+(in out|in|out)\s+([^,\n]*)", parameters, re.M
            )
        ]
    return found


ROUTINES = routines()


def called(statement: str) -> tuple[str, list[str]] | None:
    """The routine of a statement and the names with which it is called."""
    match = re.search(r"crm_sync\.crm_bridge_api\.(\w+)\(", statement)
    return None if match is None else (match[1], re.findall(r"(\w+)\s*=>", statement))


CALLS = {name: call for name, text in STATEMENTS.items() if (call := called(text)) is not None}


# --------------------------------------------------------------------------- routines


# For people and jobs in the database; no command calls them yet.
BY_HAND = {"end_expired_leases", "request_discard", "request_stage"}
#: served for daemons of the version before, which know no calls in pieces
BEFORE = {"look_for_unsent", "request_initial_load"}


def test_the_daemon_calls_every_routine_but_those_for_the_comparison_and_for_people() -> None:
    spark = set(re.findall(r"crm_bridge_api\.(\w+)\(", SPARK_STATEMENTS))
    called = {routine for routine, _ in CALLS.values()}

    assert called | spark | BY_HAND | BEFORE == set(ROUTINES)
    assert not called & (BY_HAND | BEFORE)


@pytest.mark.parametrize("statement", CALLS)
def test_a_call_names_the_parameters_in_their_order(statement: str) -> None:
    routine, names = CALLS[statement]

    assert names == [parameter for parameter, _, _ in ROUTINES[routine]]


@pytest.mark.parametrize("statement", CALLS)
def test_binds_are_named_like_their_parameters(statement: str) -> None:
    text = STATEMENTS[statement]

    for parameter, bind in re.findall(r"(\w+)\s*=>\s*:(\w+)", text):
        assert parameter == bind


def test_modes_are_those_of_the_prefixes() -> None:
    prefixes = {"in": "in", "out": "out", "io": "in out"}
    for routine, parameters in ROUTINES.items():
        for parameter, mode, _ in parameters:
            assert prefixes[parameter.partition("_")[0]] == mode, f"{routine}.{parameter}"


def test_every_statement_is_sent_by_somebody() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "bridge").rglob("*.py"))

    assert [name for name in STATEMENTS if f'"{name}"' not in source] == []


def test_the_binds_of_the_settlements_are_those_of_the_routines() -> None:
    change = changes.Change(
        event_id=1, record_key=changes.RecordKey("1-1"), version=1, operation=Operation.UPSERT,
        fence_token=1, attempt=1, idempotency_key="k", crm_id=None, is_in_doubt=False, document={},
        agreed_image=None, changed_fields=frozenset(),
    )  # fmt: skip
    webhook = changes.Webhook(
        inbox_id=1,
        event_type="LEAD_UPDATED",
        crm_id=None,
        record_key=None,
        fence_token=1,
        attempt=1,
    )
    outbound = codec.settlement_binds(change, changes.Settlement(outcome=Outcome.DELIVERED))
    inbound = codec.webhook_settlement_binds(
        webhook, changes.WebhookSettlement(outcome=InboxOutcome.DONE)
    )

    assert list(outbound) == [name for name, _, _ in ROUTINES["settle_change"]]
    assert list(inbound) == [name for name, _, _ in ROUTINES["settle_webhook"]]


@pytest.mark.parametrize(
    ("routine", "function"), [("claim_changes", codec.change), ("claim_webhooks", codec.webhook)]
)
def test_the_columns_of_a_claim_are_those_that_the_daemon_reads(
    routine: str, function: Any
) -> None:
    text = re.search(rf"procedure {routine}\(.*?open out_\w+ for\s+select (.*?);", API_BODY, re.S)
    assert text is not None
    # the last word of each expression is its name
    flat, depth = "", 0
    for part in re.split(r"([()])", text[1]):
        depth -= part == ")"
        flat += part if depth == 0 else ""
        depth += part == "("
    flat = re.split(r"\s+from\s", flat)[0]
    sent = {re.split(r"[\s.]", part.strip())[-1].upper() for part in flat.split(",")}
    source = (ROOT / "bridge/oracle/codec.py").read_text(encoding="utf-8")
    node = next(
        n
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.FunctionDef) and n.name == function.__name__
    )
    read = set(re.findall(r'value(?:\.get\(|\[)"(\w+)"', ast.unparse(node).replace("'", '"')))

    assert read == sent


def test_the_version_is_the_same_on_both_sides() -> None:
    assert re.search(r"co_api_version\s+constant pls_integer := (\d+);", API)[1] == str(API_VERSION)  # type: ignore[index]


def test_the_version_before_is_served_and_spoken() -> None:
    """Database and daemons are replaced one after the other, in either order."""
    served = int(re.search(r"co_oldest_api_version\s+constant pls_integer := (\d+);", API)[1])  # type: ignore[index]

    assert served <= max(1, API_VERSION - 1)
    assert max(1, API_VERSION - 1) >= OLDEST_API_VERSION


# --------------------------------------------------------------------------- errors

PRAGMAS = {name: int(n) for name, n in re.findall(r"pragma exception_init\(e_(\w+), (-\d+)\)", ERR)}
NUMBERS = {
    name: int(n) for name, n in re.findall(r"co_(\w+)\s+constant pls_integer := (-\d+);", ERR)
}


def test_each_pragma_is_its_constant() -> None:
    assert {name: PRAGMAS[name] for name in NUMBERS} == NUMBERS
    assert all(-20999 <= number <= -20000 for number in NUMBERS.values())


def test_no_number_is_used_twice() -> None:
    assert len(set(PRAGMAS.values())) == len(PRAGMAS)


def test_each_error_has_a_sentence() -> None:
    body = (ROOT / "plsql/core/crm_err.pkb").read_text(encoding="utf-8")

    assert set(re.findall(r"when co_(\w+) then", body)) == set(NUMBERS)


def test_each_error_is_raised_somewhere() -> None:
    source = "".join(
        p.read_text(encoding="utf-8")
        for p in (ROOT / "plsql").rglob("*.*")
        if p.suffix in {".pkb", ".trg", ".prc"}
    )

    assert [name for name in NUMBERS if f"crm_err.co_{name}" not in source] == []


@pytest.mark.parametrize("name", NUMBERS)
def test_each_error_of_the_catalogue_has_its_class_in_the_daemon(name: str) -> None:
    class _Detail:
        full_code = f"ORA-{-NUMBERS[name]}"
        is_session_dead = False
        isrecoverable = False

    import oracledb

    translated = translate(oracledb.DatabaseError(_Detail()), "x")

    assert type(translated) is (StaleClaim if name == "stale_claim" else DataRejected)


def test_the_daemon_knows_no_number_that_the_catalogue_has_not() -> None:
    own = {-int(code[4:]) for code in CLASSES if code.startswith("ORA-20")}

    assert own <= set(NUMBERS.values())
    assert all(issubclass(kind, DatabaseError) for kind in CLASSES.values())


# --------------------------------------------------------------------------- states

CONSTANTS = dict(re.findall(r"co_(\w+)\s+constant [\w() ]+ := '(\w+)';", TYPES))


def states(constraint: str) -> set[str]:
    """The values that a check constraint lists."""
    match = re.search(rf"constraint {constraint} check \(\s*\w+ in \((.*?)\)", MIGRATIONS, re.S)
    assert match is not None, constraint
    return set(re.findall(r"'(\w+)'", match[1]))


def values(kind: type[enum.Enum]) -> set[str]:
    return {str(member.value) for member in kind}


def test_outcomes_are_the_same_in_both() -> None:
    assert values(Outcome) | {"LOST"} == states("crm_outbox_attempts_outcome_ck")
    assert values(Outcome) <= set(CONSTANTS.values())
    assert values(InboxOutcome) == {"RETRY", "PARKED", "DONE"}


def test_outcomes_are_those_that_the_package_accepts() -> None:
    body = (ROOT / "plsql/outbox/crm_outbox.pkb").read_text(encoding="utf-8")
    match = re.search(r"in_outcome not in \((.*?)\)", body, re.S)
    assert match is not None

    assert {CONSTANTS[name] for name in re.findall(r"co_(\w+)", match[1])} == values(Outcome)


def test_operations_are_the_same_in_both() -> None:
    assert values(Operation) == states("crm_outbox_events_operation_ck")
    assert values(Operation) == {CONSTANTS["upsert"], CONSTANTS["remove"]}


def test_results_of_applying_are_states_of_the_inbox() -> None:
    assert values(ApplyResult) <= set(CONSTANTS.values())
    # a deferred webhook waits on: that is no state of its own
    assert values(ApplyResult) - {"DEFERRED"} <= states("crm_inbox_events_status_ck")


@pytest.mark.parametrize(
    "constraint",
    ["crm_outbox_events_status_ck", "crm_inbox_events_status_ck", "crm_outbox_events_origin_ck"],
)
def test_every_state_of_a_table_has_a_constant(constraint: str) -> None:
    assert states(constraint) <= set(CONSTANTS.values())


def test_event_types_fit_their_column() -> None:
    assert max(len(value) for value in values(changes.EventType)) <= 30


# --------------------------------------------------------------------------- fields


def test_the_shared_fields_are_those_of_the_policies(deployed_world: Deployed) -> None:
    policies = [
        name
        for (name,) in deployed_world.rows(
            "select field_name from crm_field_policies order by position"
        )
    ]

    assert set(policies) == {*SHARED_FIELDS, "client_code"}


def test_the_view_has_the_neutral_names_in_their_order(deployed_world: Deployed) -> None:
    columns = [
        name.lower()
        for (name,) in deployed_world.rows(
            "select column_name from all_tab_columns where owner = 'CRM_SYNC' and table_name = 'VW_CRM_CLIENTS'"
            " order by column_id"
        )
    ]

    assert columns[:3] == ["record_key", "client_code", "branch_code"]
    assert columns[-1] == "crm_id"
    assert set(SHARED_FIELDS) <= set(columns)


def test_the_errors_that_the_web_server_tells_are_those_of_the_catalogue() -> None:
    numbers = dict(re.findall(r"co_(\w+)\s+constant pls_integer := -(\d+);", ERR))
    names = ("unknown_event", "not_parked", "invalid_json", "invalid_action")

    assert set(DATABASE_ERRORS) == {f"ORA-{numbers[name]}" for name in names}
