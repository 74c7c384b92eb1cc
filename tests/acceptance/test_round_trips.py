"""An edit on one side arrives at the other, once, and the pair goes quiet."""

from __future__ import annotations

from typing import Any

import pytest
from deployed_world import LATE_STAGE, Branch, Deployed, Watch, update_of

from devkit.erp import user

#: a CRM user's edit, what the ERP must hold afterwards, by the column of VW_CRM_CLIENTS
CRM_EDITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "phone": ({"ddiPhone": "55", "phone": "11955554444"}, {"phone": "11955554444"}),
    "industry": ({"industry": "Papel e celulose"}, {"industry": "Papel e celulose"}),
    "sales rep": (
        {"customFields": [{"id": "_cod.gestores", "options": [{"value": "17"}]}]},
        {"sales_rep": 17},
    ),
    "financial analysis": (
        {
            "customFields": [
                {"id": "_analisefinanceira", "value": "Revisão à parte: não há pendências"}
            ]
        },
        {"financial_analysis": "Revisão à parte: não há pendências"},
    ),
}


def seen(world: Deployed, branch: Branch) -> dict[str, Any]:
    """The branch as the integration sees it in the ERP."""
    names = ("phone", "industry", "sales_rep", "financial_analysis", "name", "address_street")
    (row,) = world.rows(
        f"select {', '.join(names)} from vw_crm_clients where record_key = :key", key=branch.key
    )
    return dict(zip(names, row, strict=True))


# --------------------------------------------------------------------------- ERP → CRM


def test_a_branch_that_joins_becomes_one_lead(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take(in_crm=False)

    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    watch.assert_made_once(branch)
    assert watch.outbox(branch) == {"DELIVERED": 1}
    assert world.branch_row(branch)["id_crm"] == world.lead(branch)["id"]


def test_a_branch_inserted_with_its_client_becomes_one_lead(world: Deployed, watch: Watch) -> None:
    branch = Branch(990001, 1, "11444777000161")
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute("insert into clients (code, name) values (990001, 'Padaria São João Ltda')")
        cursor.execute(
            "insert into branches (client_code, code, taxid, address_street, address_number, address_zipcode,"
            " city_id, phone, integrate_crm) values (990001, 1, '11444777000161', 'Rua Nova', 'S/N', '01001000',"
            " (select min(id) from cities), '11912345678', 'S')"
        )
        erp.commit()
    watch.settle(branch)

    assert [write["operation"] for write in watch.writes(branch)] == ["create_lead"]
    assert world.lead(branch)["lead"] == "Padaria São João Ltda"


@pytest.mark.parametrize("kind", user.KINDS)
def test_an_edit_of_each_kind_is_one_update(world: Deployed, watch: Watch, kind: str) -> None:
    (branch,) = world.take()
    with world.erp_session() as erp:
        edits = user.edit_branch(erp, branch.key, kind, seed=31)
    watch.settle(branch)

    (write,) = watch.writes(branch)
    assert edits
    assert write["operation"] == "update_lead"
    assert len([call for call in watch.calls("PUT") if call["lead_id"] == write["lead_id"]]) == 1


def test_an_update_sends_the_changed_field_and_no_other(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()

    world.set_branch(branch, phone="11987650001")
    watch.settle(branch)

    assert watch.changed(branch) == {"phone1": "11987650001"}


def test_a_column_that_is_not_shared_is_not_sent(world: Deployed, watch: Watch) -> None:
    quiet, loud = world.take(2)

    world.set_branch(quiet)  # only updated_on
    world.set_branch(loud, phone="11987650002")
    watch.settle(quiet, loud)

    assert watch.outbox(quiet) == {}
    assert watch.writes(quiet) == []


def test_ten_edits_of_one_record_are_one_call(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with world.held():
        for number in range(10):
            world.set_branch(branch, phone=f"1198760000{number}")
    watch.settle(branch)

    assert watch.outbox(branch) == {"SUPERSEDED": 9, "DELIVERED": 1}
    assert len(watch.writes(branch)) == 1
    assert watch.changed(branch) == {"phone1": "11987600009"}


def test_edits_that_cancel_out_are_no_call(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    before = world.branch_row(branch)["phone"]
    with world.held():
        world.set_branch(branch, phone="11987600100")
        world.set_branch(branch, phone=before)
    watch.settle(branch)

    assert watch.outbox(branch) == {"SUPERSEDED": 1, "UNCHANGED": 1}
    assert watch.calls() == []


def test_a_rolled_back_edit_is_never_sent(world: Deployed, watch: Watch) -> None:
    undone, done = world.take(2)
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute(*update_of(undone, {"phone": "11900000001"}))
        cursor.execute("savepoint before_second")
        cursor.execute(*update_of(undone, {"address_street": "Rua do Rollback"}))
        cursor.execute("rollback to before_second")
        erp.rollback()
    world.set_branch(done, phone="11987600200")
    watch.settle(undone, done)

    assert watch.outbox_total() == {"DELIVERED": 1}
    assert [write["lead_id"] for write in watch.writes()] == [world.lead(done)["id"]]


def test_a_statement_undone_to_its_savepoint_is_not_sent(world: Deployed, watch: Watch) -> None:
    kept, undone = world.take(2)
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute(*update_of(kept, {"phone": "11987600300"}))
        cursor.execute("savepoint here")
        cursor.execute(*update_of(undone, {"phone": "11900000002"}))
        cursor.execute("rollback to here")
        erp.commit()
    watch.settle(kept, undone)

    assert watch.outbox(kept) == {"DELIVERED": 1}
    assert watch.outbox(undone) == {}


def test_a_branch_that_leaves_has_its_lead_discarded(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()

    world.set_branch(branch, integrate_crm="N")
    watch.settle()

    assert [write["operation"] for write in watch.writes(branch)] == ["discard_lead"]
    assert watch.outbox(branch) == {"DELIVERED": 1}


def test_a_branch_that_comes_back_has_its_lead_where_it_was(world: Deployed, watch: Watch) -> None:
    """Whether the discard went out in between or not: two edits of the ERP end the same, however fast they come."""
    (branch,) = world.take()
    world.edit_lead(branch)
    watch.settle(branch)
    world.set_branch(branch, integrate_crm="N")
    watch.settle()
    assert world.lead(branch)["stage"] == "Descartado"

    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    lead = world.lead(branch)
    assert lead["stage"].replace("\u00a0", " ") == LATE_STAGE
    ended = "select count(*) from leads where id = :lead and ended_on is not null"
    assert world.value(ended, lead=lead["id"]) == 0, "the mirror has it again"


def test_a_deleted_branch_has_its_lead_discarded(world: Deployed, watch: Watch) -> None:
    branch = Branch(990002, 1, "04252011000110")
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute("insert into clients (code, name) values (990002, 'Loja Breve Ltda')")
        cursor.execute(
            "insert into branches (client_code, code, taxid, integrate_crm)"
            " values (990002, 1, '04252011000110', 'S')"
        )
        erp.commit()
        watch.settle(branch)
        cursor.execute("delete from branches where client_code = 990002")
        erp.commit()
    watch.settle()

    assert [write["operation"] for write in watch.writes(branch)] == ["create_lead", "discard_lead"]


def test_a_branch_that_comes_and_goes_unseen_is_no_call(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take(in_crm=False)
    with world.held():
        world.set_branch(branch, integrate_crm="S")
        world.set_branch(branch, integrate_crm="N")
    watch.settle()

    assert watch.outbox(branch) == {"SUPERSEDED": 1, "UNCHANGED": 1}
    assert watch.calls() == []


def test_an_edit_in_the_erp_changes_nothing_in_the_erp(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    # among several persons a webhook may hide which is the main one, and they would be read
    world.erp(
        "delete from contacts where client_code = :c and branch_code = :b",
        c=branch.client,
        b=branch.code,
    )
    world.edit_lead(branch)  # to a stage whose webhooks are applied
    watch.settle(branch)
    echo = world.watch()

    world.set_branch(branch, address_street="Rua do Eco")
    edited = world.branch_row(branch)
    echo.settle(branch)

    assert len(echo.writes(branch)) == 1
    assert echo.inbox(branch) == {"UNCHANGED": 1}
    assert echo.outbox(branch) == {"DELIVERED": 1}
    assert world.branch_row(branch) == edited
    # what the webhook shows is what was agreed: nothing needed to be read
    assert echo.reads(branch) == []


# --------------------------------------------------------------------------- CRM → ERP


@pytest.mark.parametrize("kind", CRM_EDITS)
def test_an_edit_of_a_crm_user_reaches_the_erp_and_does_not_come_back(
    world: Deployed, watch: Watch, kind: str
) -> None:
    (branch,) = world.take()
    # other values than those of the edits, whatever the sample has given the branch
    world.set_branch(branch, phone="11955550000", sales_rep=3, industry_id=1)
    watch.settle(branch)
    watch = world.watch()
    edit, expected = CRM_EDITS[kind]

    world.edit_lead(branch, **edit)
    watch.settle(branch)

    assert expected.items() <= seen(world, branch).items()
    assert watch.inbox(branch) == {"APPLIED": 1}
    assert watch.outbox(branch) == {}
    assert watch.writes() == []
    assert {call["method"] for call in watch.calls()} == {"GET"}


def test_the_mirror_shows_the_lead_that_was_applied(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()

    world.edit_lead(branch, ddiPhone="55", phone="11955550001")
    watch.settle(branch)

    lead = world.lead(branch)["id"]
    assert world.rows("select phone, stage, taxid from leads where id = :id", id=lead) == [
        ("11955550001", LATE_STAGE, branch.taxid)
    ]


def test_a_lead_of_an_early_stage_stays_out_of_the_erp(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    before = world.branch_row(branch)

    world.crm_admin("PATCH", f"/leads/{world.lead(branch)['id']}", {"phone": "11955550002"})
    watch.settle()

    assert watch.inbox(branch) == {"IGNORED": 1}
    assert world.branch_row(branch) == before
    assert watch.writes() == []


def test_a_lead_that_the_erp_does_not_know_is_left_alone(world: Deployed, watch: Watch) -> None:
    number = world.crm_admin("POST", "/leads", {"name": "Desconhecida S.A.", "stage": LATE_STAGE})[
        "id"
    ]
    watch.settle()

    assert watch.inbox() == {"IGNORED": 1}
    assert watch.outbox_total() == {}
    assert world.rows("select id from leads where id = :id", id=number) == []


# --------------------------------------------------------------------------- both at once


def test_edits_of_different_fields_on_both_sides_both_survive(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    with world.held():
        world.set_branch(branch, address_street="Rua dos Dois Lados")
        world.edit_lead(branch, ddiPhone="55", phone="11955550003")
    watch.settle(branch)

    now = seen(world, branch)
    assert (now["address_street"], now["phone"]) == ("Rua dos Dois Lados", "11955550003")
    assert watch.changed(branch) == {"street": "Rua dos Dois Lados"}


def test_a_webhook_waits_while_an_erp_user_holds_the_branch(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute(*update_of(branch, {"address_street": "Rua Demorada"}))
        world.edit_lead(branch, ddiPhone="55", phone="11955550004")
        world.wait_for(
            lambda: world.value(
                "select count(*) from crm_inbox_events where detail = 'the branch is locked in the ERP'"
                " and crm_id = :lead",
                lead=world.lead(branch)["id"],
            ),
            "the webhook to be put off",
        )
        erp.commit()
    watch.settle(branch)

    now = seen(world, branch)
    assert (now["address_street"], now["phone"]) == ("Rua Demorada", "11955550004")


def test_the_erp_wins_a_field_that_it_owns(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with world.held():
        world.set_branch(branch, address_street="Rua da ERP")
        world.edit_lead(branch, address="Rua do CRM")
    watch.settle(branch)

    assert seen(world, branch)["address_street"] == "Rua da ERP"
    assert world.lead(branch)["street"] == "Rua da ERP"


def test_an_edit_in_the_crm_of_a_field_that_the_erp_owns_is_undone(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    before = seen(world, branch)["name"]

    world.edit_lead(branch, name="Outro Nome Ltda")
    watch.settle(branch)

    assert seen(world, branch)["name"] == before
    assert world.lead(branch)["lead"] == before
    assert len(watch.writes(branch)) == 1


def test_the_crm_wins_a_field_that_it_owns(world: Deployed, watch: Watch) -> None:
    """The webhook is stored when the daemon takes up work: whatever it claims first, the CRM wins."""
    (branch,) = world.take()
    dying = world.daemon(ERPCRM_FAILPOINT="inbound_after_store_commit:kill")
    world.edit_lead(branch, ddiPhone="55", phone="11955550005")
    world.wait_for_death(dying)
    world.set_branch(branch, phone="11944440001")
    world.daemon()
    watch.settle(branch)

    assert world.lead(branch)["phone1"] == "11955550005"
    assert seen(world, branch)["phone"] == "11955550005"
