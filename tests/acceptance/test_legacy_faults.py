"""The thirteen faults of the system before this one, each by its number: none of them comes back.

F1 to F13 as in docs/jobs.md, which maps each to all tests that guard it. These go through the whole pair.
"""

from __future__ import annotations

import http.client
import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch

ROOT = Path(__file__).parents[2]
WEBHOOKS = ("/atualizalead", "/convertedlead", "/leaddescartada")


def post(
    world: Deployed, path: str, body: bytes, *, token: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON answer of one POST, with the true token unless another is given."""
    word = world.settings()["ERPCRM_WEB__TOKEN"] if token is None else token
    connection = http.client.HTTPConnection("127.0.0.1", world.web_port, timeout=60)
    try:
        headers = {"Content-Type": "application/json", "X-Webhook-Token": word}
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}
    finally:
        connection.close()


def lead_body(lead_id: int, **shown: Any) -> bytes:
    return json.dumps({"Lead": {"Id": lead_id, **shown}}).encode()


def stored(world: Deployed) -> int:
    return int(world.value("select count(*) from crm_inbox_events"))


def late(world: Deployed, *, count: int = 1) -> list[Branch]:
    """Branches whose leads are in a stage that is mirrored."""
    branches = world.take(count)
    for branch in branches:
        world.edit_lead(branch)
    world.drain()
    return branches


def test_f01_nobody_writes_without_a_token_and_no_payload_becomes_sql(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = late(world)
    lead = world.lead(branch)["id"]
    before = stored(world)
    for path in WEBHOOKS:
        assert post(world, path, lead_body(lead), token="wrong")[0] == 401
        assert post(world, path, lead_body(lead), token="")[0] == 401
    assert stored(world) == before
    watch = world.watch()

    evil = "x'); delete from leads; --"
    world.edit_lead(
        branch, customFields=[{"id": "_analisefinanceira", "value": evil}], phone="1133330001"
    )
    status, _ = post(world, WEBHOOKS[0], lead_body(lead, Company=evil, CpfCnpj=evil, Stage=evil))
    watch.settle(branch)

    assert status == 202
    assert world.rows("select financial_analysis from leads where id = :id", id=lead) == [(evil,)]


def test_f02_an_item_is_done_by_its_own_result_and_a_batch_never_skips_the_rest(
    world: Deployed, watch: Watch
) -> None:
    """One statement on 25 branches, a daemon that dies after its first result, and one item that fails."""
    branches = world.take(25)
    failing = branches[3]
    world.fault(
        action="status", status=503, path=f"LeadsUpdate/{world.lead(failing)['id']}", count=2
    )
    world.daemon(ERPCRM_FAILPOINT="after_settle_commit:kill")
    keys = ",".join(f"({b.client},{b.code})" for b in branches)
    world.erp(
        f"update branches set address_complement = 'Doca F2' where (client_code, code) in ({keys})"
    )
    assert world.wait_for_death(world.bridge) == -signal.SIGKILL
    # results of the moment of its death are kept, perhaps the failure among them; the rest is not marked as done
    done = sum(watch.outbox(branch)["DELIVERED"] for branch in branches)
    assert done < len(branches)
    assert world.value(
        "select count(*) from crm_outbox_attempts where outcome is not null"
        " and started_on > systimestamp - interval '1' minute"
    )

    world.daemon()
    watch.settle(*branches)

    assert [watch.outbox(branch) for branch in branches] == [{"DELIVERED": 1}] * len(branches)


def test_f03_a_call_has_an_end_and_a_poisonous_item_is_parked_while_others_flow(
    world: Deployed, watch: Watch
) -> None:
    slow, poisonous, good = world.take(3)
    world.daemon(ERPCRM_CRM__TIMEOUT_SECONDS="1")
    world.fault(action="delay", seconds=60, path=f"LeadsUpdate/{world.lead(slow)['id']}")
    poison = f"LeadsUpdate/{world.lead(poisonous)['id']}"
    world.fault(action="status", status=400, path=poison, count=1000)
    started = time.monotonic()

    for branch in (slow, poisonous, good):
        world.set_branch(branch, address_complement="Doca F3")
    world.wait_for(lambda: watch.outbox(good)["DELIVERED"] == 1, "the good record")
    world.wait_for(lambda: watch.outbox(slow)["DELIVERED"] == 1, "the slow record")
    world.wait_for(lambda: watch.outbox(poisonous)["PARKED"] == 1, "the parking")

    assert time.monotonic() - started < 60, "nobody waited for the slow answer"
    tries = [call for call in watch.calls("PUT") if poison.lower() in call["path"].lower()]
    assert len(tries) == 1, "a refusal is not repeated"
    world.crm_admin("DELETE", "/faults")
    world.cli("parked", "replay", "--record", poisonous.key)
    world.daemon()
    watch.settle(slow, poisonous, good)


def test_f04_a_crash_between_creating_and_storing_the_id_makes_one_lead(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    world.daemon(ERPCRM_FAILPOINT="after_call:kill")
    world.set_branch(branch, integrate_crm="S")
    assert world.wait_for_death(world.bridge) == -signal.SIGKILL
    assert world.branch_row(branch)["id_crm"] is None, "the id was lost with the daemon"

    world.daemon()
    watch.settle(branch)

    watch.assert_made_once(branch)
    assert world.branch_row(branch)["id_crm"] == world.lead(branch)["id"]


def test_f05_bad_input_is_refused_and_a_success_is_told_after_the_commit(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = late(world)
    lead = world.lead(branch)["id"]
    before = stored(world)
    for path in WEBHOOKS:
        for body in (b"{not json", b"", b"[1]", b"\xff\xfe"):
            status, answer = post(world, path, body)
            assert status == 400, (path, body)
            assert answer["title"], "each route says why"
    assert stored(world) == before

    for number, path in enumerate(WEBHOOKS, 1):
        status, answer = post(world, path, lead_body(lead, Nonce=time.monotonic_ns()))
        assert (status, answer["status"]) == (202, "stored")
        assert stored(world) == before + number, "committed before it was answered"
    watch.settle(branch)


def test_f06_two_changes_in_one_second_are_two_events_in_their_order(
    world: Deployed, watch: Watch
) -> None:
    first, second = late(world, count=2)
    watch = world.watch()
    with world.held():
        # edits of one second, of two companies with one name, and twice of the same
        for phone in ("1133330061", "1133330062"):
            world.set_branch(first, phone=phone)
        for branch in (first, second):
            world.crm_admin(
                "PATCH", f"/leads/{world.lead(branch)['id']}", {"description": "Mesmo nome"}
            )
        versions = world.rows(
            "select event_id, version from crm_outbox_events where record_key = :key and status = 'READY'"
            " order by event_id",
            key=first.key,
        )
    assert len(versions) == 2
    assert versions[0][1] < versions[1][1], "the order is that of the versions"
    watch.settle(first, second)

    assert world.lead(first)["phone1"] == "1133330062"
    told = {call for call, in world.rows(
        "select distinct crm_id from crm_inbox_events where crm_id in (:first, :second)"
        " and received_on > systimestamp - interval '1' minute",
        first=world.lead(first)["id"],
        second=world.lead(second)["id"],
    )}  # fmt: skip
    assert told == {world.lead(first)["id"], world.lead(second)["id"]}


def test_f07_a_value_that_moves_to_the_next_field_is_seen_and_equal_content_is_not_sent(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    world.set_branch(branch, address_complement="Ponte", address_district=None)
    watch.settle(branch)

    watch = world.watch()
    world.set_branch(branch, address_complement=None, address_district="Ponte")
    watch.settle(branch)
    changed = {field: value or None for field, value in watch.changed(branch).items()}
    assert changed == {"complement": None, "district": "Ponte"}

    watch = world.watch()
    with world.held():
        world.set_branch(branch, address_district="Outra")
        world.set_branch(branch, address_district="Ponte")
    watch.settle(branch)
    assert watch.calls() == []


#: forms that one of the sides changes on its way
CONVERTED: dict[str, Any] = {
    "phone": "(011) 3333-4488",
    "address_number": None,
    "address_street": "  Rua\u00a0da Conversa\u0303o ",
    "tax_registration": "isento",
    "sales_rep": None,
}


@pytest.mark.parametrize("column", CONVERTED)
def test_f08_a_conversion_of_one_side_makes_no_endless_updates(
    world: Deployed, watch: Watch, column: str
) -> None:
    (branch,) = late(world)
    watch = world.watch()

    world.set_branch(branch, **{column: CONVERTED[column]})
    watch.settle()
    assert len(watch.writes(branch)) <= 1
    quiet = world.watch()
    lead = world.lead(branch)["id"]
    # read again, as after any webhook: nothing differs
    assert post(world, WEBHOOKS[0], lead_body(lead, Nonce=time.monotonic_ns()))[0] == 202
    quiet.settle()

    assert quiet.writes(branch) == []
    assert quiet.outbox(branch) == {}
    assert set(quiet.inbox(branch)) == {"UNCHANGED"}


def test_f09_the_same_analysis_and_new_values_add_no_credit_decision(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = late(world)

    def decisions() -> int:
        return int(
            world.value(
                "select count(*) from erp.credit_limit_history where client_code = :client and branch_code = :code",
                client=branch.client,
                code=branch.code,
            )
        )

    edit = [{"id": "_analisefinanceira", "value": "Aprovado pela F9"}]
    before = decisions()
    world.edit_lead(branch, customFields=edit)
    world.drain()
    assert decisions() == before + 1

    world.edit_lead(branch, customFields=edit)
    lead = world.lead(branch)["id"]
    post(world, WEBHOOKS[0], lead_body(lead, Nonce=time.monotonic_ns()))
    world.drain()
    # what orders and budgets wrote to LEADS fired the trigger of old
    for column in ("budget_value", "order_value"):
        assert world.administer(f"update leads set {column} = 10 where id = :id", id=lead) == 1
    watch.settle(branch)

    assert decisions() == before + 1


@pytest.mark.parametrize("column", ["phone", "address_complement", "address_district"])
def test_f10_a_null_that_becomes_a_value_and_back_is_seen(
    world: Deployed, watch: Watch, column: str
) -> None:
    shown = {"phone": "phone1", "address_complement": "complement", "address_district": "district"}
    (branch,) = world.take()
    value = "11955551010"
    for step in (None, value, None):
        world.set_branch(branch, **{column: step})
        watch.settle(branch)
        assert (world.lead(branch)[shown[column]] or None) == step
    assert world.branch_row(branch)[column] is None


def test_f11_identifiers_are_text_from_end_to_end(world: Deployed, watch: Watch) -> None:
    """Leading zeros, letters in a CNPJ, a house number that is none."""
    branches = []
    for number, taxid in ((991101, "00100200000116"), (991102, "A1B2C3D4E5F668")):
        with world.erp_session() as erp, erp.cursor() as cursor:
            cursor.execute("insert into clients (code, name) values (:1, 'Texto Ltda')", [number])
            cursor.execute(
                "insert into branches (client_code, code, taxid, address_street, address_number, address_zipcode,"
                " city_id, phone, integrate_crm) values (:1, 1, :2, 'Rua Texto', 'S/N', '01001000',"
                " (select min(id) from cities), '0800123456', 'S')",
                [number, taxid],
            )
            erp.commit()
        branches.append(Branch(number, 1, taxid))
    watch.settle(*branches)

    for branch in branches:
        lead = world.lead(branch)
        assert (lead["cnpj"], lead["cep"], lead["number"]) == (branch.taxid, "01001000", "S/N")
        world.edit_lead(branch, ddiPhone="55", phone="1133331101")
    watch.settle(*branches)
    for branch in branches:
        assert world.rows(
            "select taxid, address_zipcode, address_number, phone from leads where id = :id",
            id=world.lead(branch)["id"],
        ) == [(branch.taxid, "01001000", "S/N", "1133331101")]


def test_f12_absence_deletes_nothing_and_one_bad_item_stops_nobody(
    world: Deployed, watch: Watch
) -> None:
    gone, good = late(world, count=2)
    lead = world.lead(gone)["id"]
    before = world.branch_row(gone)
    world.crm_admin("DELETE", f"/leads/{lead}")

    post(world, WEBHOOKS[0], lead_body(lead, Nonce=time.monotonic_ns()))
    assert post(world, WEBHOOKS[0], b'{"Lead": {"Company": "sem id"}}')[0] == 202
    world.edit_lead(good, ddiPhone="55", phone="11955551212", stage="Ativação")
    world.wait_for(
        lambda: world.branch_row(good)["phone"] == "11955551212", "the good lead behind the bad"
    )
    world.wait_for(
        lambda: world.value(
            "select count(*) from crm_inbox_events where crm_id = :lead and missing_on is not null",
            lead=lead,
        ),
        "the first look",
    )

    assert world.branch_row(gone) == before
    assert world.value("select count(*) from leads where id = :lead", lead=lead) == 1
    assert world.value(
        "select count(*) from crm_inbox_events where status = 'PARKED' and crm_id is null"
    )
    # out of the way of the tests that follow
    world.administer(
        "update crm_inbox_events set status = 'DONE', settled_on = systimestamp"
        " where crm_id = :lead and status = 'READY'",
        lead=lead,
    )
    world.administer(
        "update crm_inbox_events set status = 'SKIPPED' where status = 'PARKED' and crm_id is null"
    )


def test_f12_several_leads_of_a_tax_number_are_a_conflict_and_none_is_taken(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    for name in ("Um", "Dois"):
        world.crm_admin("POST", "/leads", {"name": name, "cpfcnpj": branch.taxid})
    world.drain()

    world.set_branch(branch, integrate_crm="S")
    world.wait_for(lambda: watch.outbox(branch)["PARKED"] == 1, "the parking")

    assert watch.writes() == []
    assert world.branch_row(branch)["id_crm"] is None
    (parked,) = world.rows(
        "select reason_class, detail from crm_outbox_events where record_key = :key", key=branch.key
    )
    assert parked == ("conflict", "2 leads are this record")
    world.cli("parked", "skip", "--record", branch.key, "--because", "the end of the test")


def test_f13_what_belongs_to_a_tenant_is_data() -> None:
    """Neither the daemon nor the database code knows a lead, a company, a product or an address of one.

    Codes of clients stand in examples of help texts (``erpcrm why 1001-1``), so those are looked for in SQL only:
    ``test_no_shipped_sql_holds_a_constant_of_a_tenant``.
    """
    constants = re.compile(
        r"\b12345678\b|EXAMPLE_COMPANY|\b10001\b|\b999999999999\b|[a-z0-9._]+@[a-z0-9]+\.com"
    )
    shipped = [
        path
        for folder in ("bridge", "plsql", "migrations", "spark_offload")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".pks", ".pkb", ".prc", ".trg", ".vw", ".tps"}
    ]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in shipped
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if constants.search(line)
    ]
    assert len(shipped) > 100
    assert found == []


def test_every_fault_has_a_test_of_its_number() -> None:
    numbers = {int(n) for n in re.findall(r"^def test_f(\d\d)_", Path(__file__).read_text(), re.M)}
    assert numbers == set(range(1, 14))


def test_the_page_that_maps_the_faults_names_tests_that_there_are() -> None:
    """docs/jobs.md: each fault has its row, and each test that it names is somewhere."""
    page = (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| F(\d+) [^|]*\|([^|]*)\|$", page, re.M))
    assert set(rows) == {str(n) for n in range(1, 14)}
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "tests").rglob("*")
        if path.suffix in {".py", ".pks"}
    )
    missing = [
        (fault, name)
        for fault, names in rows.items()
        for name in re.findall(r"`([^`]+)`", names)
        if f"def {name}(" not in source and f"--%test({name})" not in source
    ]
    assert missing == []
