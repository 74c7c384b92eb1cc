"""The checker on histories made by hand: right ones pass, and each wrong one is named."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.demo.proof import Difference
from devkit.faults.campaign import without_sold
from devkit.faults.checker import (
    GUARD_SECONDS,
    Call,
    Check,
    Contact,
    Once,
    Register,
    Side,
    Violation,
    Write,
    check_calls,
    check_contacts,
    check_creations,
    check_register,
)
from devkit.faults.truth import Record, Truth


def user(order: int, value: str, at: float = 0.0) -> Write:
    return Write(order, "user", value, at=at)


def sync(order: int, value: str, *, called: int = 0, at: float = 0.0) -> Write:
    return Write(order, "sync", value, called_order=called or order - 1, called_at=at)


def register(erp: list[Write], crm: list[Write], **more: Any) -> Register:
    """A field that held 'b' on both sides; it ends as it was written last."""
    return Register(
        entity="contact",
        subject="1-1",
        name="phone",
        erp=Side("b", erp, erp[-1].value if erp else "b"),
        crm=Side("b", crm, crm[-1].value if crm else "b"),
        **more,
    )


def rules(check: Check) -> list[str]:
    return [found.rule for found in check.violations]


# --------------------------------------------------------------------------- right


@pytest.mark.parametrize(
    ("erp", "crm"),
    [
        ([], []),
        ([user(1, "e")], [sync(2, "e")]),
        ([sync(1, "c")], [user(1, "c")]),
        ([user(1, "e"), user(2, "f")], [sync(2, "f")]),
        ([user(1, "e")], [sync(2, "e"), sync(4, "e")]),
        # the ERP's user edits what came from the CRM
        ([sync(1, "c"), user(2, "e")], [user(1, "c"), sync(3, "e")]),
        # both enter the same
        ([user(1, "x")], [user(1, "x")]),
        # the user takes the edit back
        ([user(1, "e"), user(2, "b")], []),
    ],
    ids=["nothing", "erp", "crm", "coalesced", "sent twice", "later edit", "same", "taken back"],
)
def test_a_history_of_which_every_edit_arrived_is_right(erp: list[Write], crm: list[Write]) -> None:
    assert rules(check_register(register(erp, crm))) == []


def test_who_gives_way_by_an_audit_row_is_no_loss() -> None:
    both = register([user(1, "e"), sync(2, "c")], [user(1, "c")])

    assert rules(check_register(both)) == ["overwritten"]
    both.told = frozenset({"e"})
    assert rules(check_register(both)) == []


# --------------------------------------------------------------------------- wrong


def test_an_edit_that_never_arrives_is_seen() -> None:
    assert rules(check_register(register([user(1, "e")], []))) == ["equal"]
    assert rules(check_register(register([], [user(1, "c")]))) == ["equal"]


def test_an_edit_of_the_crm_that_is_overwritten_unread_is_seen() -> None:
    lost = register([user(1, "e")], [user(5, "c", at=5.0), sync(9, "e", called=8, at=9.0)])

    assert rules(check_register(lost)) == ["overwritten"]
    # read before the call, and overwritten all the same
    lost.readings = [Call(6, 6.0)]
    assert rules(check_register(lost)) == ["overwritten"]


def test_the_moment_between_reading_and_writing_is_counted_and_has_a_bound() -> None:
    lost = register([user(1, "e")], [user(5, "c", at=5.0), sync(9, "e", called=8, at=9.0)])

    lost.readings = [Call(4, 4.0)]
    check = check_register(lost)
    assert rules(check) == []
    assert check.allowed == {"decision 0010": 1}

    # nobody read it for this call
    lost.readings = [Call(4, 9.0 - GUARD_SECONDS - 1)]
    assert rules(check_register(lost)) == ["overwritten"]


def test_a_reading_shows_what_was_there_before_the_lag() -> None:
    lost = register([user(1, "e")], [user(5, "c", at=5.0), sync(9, "e", called=8, at=9.0)])
    lost.readings = [Call(6, 5.3)]

    assert rules(check_register(lost)) == ["overwritten"]
    lost.lag = 0.5
    assert rules(check_register(lost)) == []


def test_an_edit_that_is_made_while_the_call_is_on_its_way_is_in_the_moment() -> None:
    lost = register([user(1, "e")], [user(5, "c", at=5.0), sync(9, "e", called=4, at=4.0)])

    assert rules(check_register(lost)) == []


def test_a_field_of_the_erp_takes_nothing_from_the_crm_and_is_put_right() -> None:
    owned = register([], [user(1, "c"), sync(3, "b")], owner="ERP")

    check = check_register(owned)
    assert rules(check) == []
    assert check.allowed == {"a field that the ERP owns": 1}

    taken = register([sync(1, "c")], [user(1, "c")], owner="ERP")
    assert rules(check_register(taken)) == ["foreign"]


def test_a_value_that_nobody_entered_is_seen() -> None:
    assert rules(check_register(register([], [sync(1, "x"), user(2, "b")]))) == ["phantom"]
    assert rules(check_register(register([sync(1, "x"), user(2, "b")], []))) == ["phantom"]


def test_a_value_that_was_rolled_back_is_seen() -> None:
    sent = register([], [sync(1, "r"), sync(3, "b")], rolled_back=frozenset({"r"}))

    assert rules(check_register(sent)) == ["rolled back"]


def test_a_history_with_a_hole_proves_nothing() -> None:
    holed = register([user(1, "e")], [sync(2, "e")])
    holed.crm.after = holed.erp.after = "z"

    assert rules(check_register(holed)) == ["untold", "untold"]


def test_a_branch_that_takes_no_part_may_differ() -> None:
    assert rules(check_register(register([user(1, "e")], [], is_integrated=False))) == []


# --------------------------------------------------------------------------- existence, calls


def contact(in_erp: int, in_crm: int, **more: bool) -> Contact:
    return Contact("1-1 #7", in_erp, in_crm, **more)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (contact(1, 1), []),
        (contact(1, 0), ["lost"]),
        (contact(0, 1), ["lost"]),
        (contact(1, 2), ["doubled"]),
        (contact(2, 1), ["doubled"]),
        (contact(0, 1, removed_in_erp=True), []),
        (contact(1, 1, removed_in_erp=True), ["removed"]),
        (contact(1, 0, removed_in_crm=True), []),
        (contact(1, 1, removed_in_crm=True), ["removed"]),
        (contact(1, 1, removed_in_crm=True, edited_in_erp=True), []),
        (contact(1, 0, is_integrated=False), []),
        (contact(1, 2, is_integrated=False), ["doubled"]),
    ],
)
def test_a_contact_is_there_once_on_each_side_and_does_not_come_back(
    found: Contact, expected: list[str]
) -> None:
    assert rules(check_contacts([found])) == expected


def test_a_creation_is_made_once() -> None:
    assert rules(check_creations("lead", {"a": 1}, wanted=["a"])) == []
    assert rules(check_creations("lead", {"a": 2}, wanted=["a"])) == ["doubled"]
    assert rules(check_creations("lead", {}, wanted=["a"])) == ["lost"]


def test_no_window_holds_more_calls_than_the_quota() -> None:
    even = [0.1 * n for n in range(100)]

    assert rules(check_calls(even, limit=10, seconds=1.0, slack=0.05)) == []
    assert rules(check_calls([*even, 5.01, 5.02], limit=10, seconds=1.0, slack=0.05)) == ["quota"]
    # a window that begins anew at a restart
    twice = [0.0] * 10 + [0.5] * 10
    (found,) = check_calls(twice, limit=10, seconds=1.0).violations
    assert found.detail == "20 calls in 1 s, allowed 10"


# --------------------------------------------------------------------------- sold stages, told once


@pytest.mark.parametrize(
    ("field", "in_erp", "in_crm", "was", "stands", "is_left"),
    [
        # an order of a lead that stands in a sold stage does not sell it
        ("sale", "True", "False", True, True, False),
        # moved back, or never there: it has to be sold
        ("sale", "True", "False", True, False, True),
        ("sale", "True", "False", False, False, True),
        # nobody ordered, and it was sold: wherever it stands
        ("sale", "False", "True", True, True, True),
        # a value that came up meanwhile counts as sent, also when the lead comes back
        ("proposal", "[1]", "[]", True, True, False),
        ("proposal", "[1]", "[]", True, False, False),
        ("proposal", "[1]", "[]", False, False, True),
    ],
)
def test_a_lead_in_a_sold_stage_takes_no_sale_and_no_proposal(
    field: str, in_erp: str, in_crm: str, was: bool, stands: bool, is_left: bool
) -> None:
    record = Record("1-1", 1, 1, "t", was_in_sold_stage=was, is_in_sold_stage=stands)
    other = Difference("2-1", field, in_erp, in_crm)
    check = Check()
    left = without_sold(
        [Difference("1-1", field, in_erp, in_crm), other], Truth([record], []), check
    )

    assert (len(left) == 2) is is_left
    assert other in left
    assert sum(check.allowed.values()) == (0 if is_left else 1)


def equal(entity: str, subject: str, detail: str = "") -> Violation:
    return Violation("equal", entity, subject, detail)


def test_what_stays_wrong_is_told_once_and_again_when_it_comes_back() -> None:
    once = Once()
    told = []
    for violations in (
        [equal("sale", "1-1 sale"), equal("sale", "1-1 sale")],
        [equal("sale", "1-1 sale"), equal("sale", "2-1 sale")],
        [],
        [equal("sale", "1-1 sale")],
    ):
        check = Check(violations=list(violations))
        once.reduce(check)
        told.append([violation.subject for violation in check.violations])

    assert told == [["1-1 sale"], ["2-1 sale"], [], ["1-1 sale"]]


def test_a_field_that_two_rules_see_is_told_once() -> None:
    check = Check(
        violations=[
            equal("lead", "1-1 phone"),
            equal("branch", "1-1 phone"),
            equal("branch", "1-1 city"),
        ]
    )
    Once().reduce(check)

    assert [(v.entity, v.subject) for v in check.violations] == [
        ("lead", "1-1 phone"),
        ("branch", "1-1 city"),
    ]


def test_each_overwritten_edit_is_one_of_its_own() -> None:
    once = Once()
    counts = []
    for detail in ("a by b", "c by d"):
        check = Check(violations=2 * [Violation("overwritten", "lead", "1-1 phone", detail)])
        once.reduce(check)
        counts.append(len(check.violations))

    assert counts == [1, 1]


def test_checks_add_up() -> None:
    total = Check()
    total.add(check_register(register([], [])))
    total.add(check_contacts([contact(1, 0)]))

    assert total.comparisons == {"contact": 2}
    assert [str(found) for found in total.violations] == ["lost: contact 1-1 #7: is not in the CRM"]
