"""What must hold of every merge, tried on the PL/SQL itself: crm_merge, and the whole of crm_apply.

Many cases go in one call. The reference here is not a second merge: each test states one promise of the policies
(``crm_field_policies``) and judges what came out by it.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import oracledb

pytestmark = [
    pytest.mark.devkit,
    pytest.mark.timeout(7200),
    # a failing example is long
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning"),
]

Fields = dict[str, str | None]
Case = dict[str, Any]

#: fields that the ERP takes from the CRM, so that their policy may be any
OPEN: Final = ("phone", "industry", "sales_rep", "financial_analysis")
#: fields whose policy is ERP whatever the tenant wants
CLOSED: Final = ("name", "address_street", "city", "tax_registration")
FIELDS: Final = (*OPEN, *CLOSED)
FOLDED: Final = frozenset({"industry", "city"})
POLICIES: Final = ("ERP", "CRM", "LATEST", "MANUAL")
EARLY, LATE = "2026-01-01T10:00:00", "2026-01-01T10:00:01"

#: few, so that both sides often meet in one; some differ only in form
_VALUES = st.none() | st.sampled_from(
    ["1", "2", "Ação", "Ac\u0327a\u0303o", "AÇÃO", "acao", " 1", "1\u00a0", "Têxtil", "textil"]
)
_POLICY = st.fixed_dictionaries({field: st.sampled_from(POLICIES) for field in OPEN})
_SIDE = st.fixed_dictionaries(dict.fromkeys(FIELDS, _VALUES))
_EDIT = st.dictionaries(st.sampled_from(FIELDS), _VALUES, max_size=4)
_TIMES = st.sampled_from([(EARLY, LATE), (LATE, EARLY), (LATE, LATE), (None, LATE), (LATE, None)])


def canonical(value: str | None) -> str | None:
    """NFC, no-break spaces as spaces, trimmed; nothing is null."""
    if value is None:
        return None
    return unicodedata.normalize("NFC", value).replace("\u00a0", " ").strip(" ") or None


def key(field: str, value: str | None) -> str | None:
    """Two values of a field are equal when their keys are."""
    text = canonical(value)
    if text is None or field not in FOLDED:
        return text
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def same(field: str, left: str | None, right: str | None) -> bool:
    return key(field, left) == key(field, right)


def merged(connection: oracledb.Connection, cases: list[Case]) -> list[dict[str, Any]]:
    """The result of each case, in one call; nothing stays."""
    return called(connection, "merge_batch", cases)


def called(connection: oracledb.Connection, name: str, cases: list[Case]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        out = cursor.var(oracledb_clob())
        try:
            cursor.execute(
                f"begin crm_sync.crm_test_properties.{name}(:cases, :results); end;",
                cases=json.dumps(cases),
                results=out,
            )
            value = out.getvalue()
            found: list[dict[str, Any]] = json.loads(
                value if isinstance(value, str) else value.read()
            )
        finally:
            connection.rollback()
    return found


def oracledb_clob() -> Any:
    import oracledb

    return oracledb.DB_TYPE_CLOB


def case(
    policies: dict[str, str], base: Fields, erp: Fields, crm: Fields, times: tuple[Any, Any]
) -> Case:
    return {
        "policies": policies,
        "base": base,
        "erp": erp,
        "crm": crm,
        "erp_time": times[0],
        "crm_time": times[1],
    }


_CASE = st.builds(
    lambda policies, base, erp, crm, unread, times: case(
        policies,
        base,
        {**base, **erp},
        {field: value for field, value in {**base, **crm}.items() if field not in unread},
        times,
    ),
    _POLICY,
    _SIDE,
    _EDIT,
    _EDIT,
    st.sets(st.sampled_from(FIELDS), max_size=2),
    _TIMES,
)
_CASES = st.lists(_CASE, min_size=25, max_size=40)


def policy_of(one: Case, field: str) -> str:
    return str(one["policies"].get(field, "ERP"))


def decided(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {decision["field_name"]: decision for decision in result["decisions"]}


@given(cases=_CASES)
def test_an_edit_of_one_side_alone_is_never_lost(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    for one, result in zip(cases, merged(batches, cases), strict=True):
        for field in FIELDS:
            base, erp = one["base"][field], one["erp"][field]
            crm = one["crm"].get(field, base)
            now = result["merged"][field]
            if same(field, crm, base):
                assert now == erp, (field, one)
                assert field not in decided(result)
            elif same(field, erp, base) and policy_of(one, field) != "ERP":
                assert same(field, now, crm), (field, one)
                assert field not in decided(result)
            elif same(field, erp, base):
                # what the ERP owns does not come in, and the books say so
                assert now == erp
                assert decided(result)[field]["taken"] == "ERP"


@given(cases=_CASES)
def test_what_both_sides_changed_goes_by_the_policy(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    for one, result in zip(cases, merged(batches, cases), strict=True):
        erp_time, crm_time = one["erp_time"], one["crm_time"]
        is_crm_later = bool(erp_time and crm_time and crm_time > erp_time)
        for field in FIELDS:
            base, erp = one["base"][field], one["erp"][field]
            crm = one["crm"].get(field, base)
            if same(field, crm, base) or same(field, erp, base):
                continue
            if same(field, erp, crm):
                assert field not in decided(result), "both to the same is no conflict"
                assert result["merged"][field] == erp
                continue
            winner = {
                "ERP": "ERP",
                "CRM": "CRM",
                "LATEST": "CRM" if is_crm_later else "ERP",
                "MANUAL": None,
            }[policy_of(one, field)]
            decision = decided(result)[field]
            assert decision["taken"] == winner, (field, one)
            assert result["merged"][field] == (canonical(crm) if winner == "CRM" else erp)
            assert decision["erp_value"] == erp
            assert decision["crm_value"] == crm


@given(cases=_CASES)
def test_merging_the_result_again_changes_nothing(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    """After a merge the agreed image is what was read, so the same read again is an echo."""
    first = merged(batches, cases)
    again = [
        {**one, "base": {**one["base"], **one["crm"]}, "erp": result["merged"]}
        for one, result in zip(cases, first, strict=True)
    ]
    for one, result, second in zip(cases, first, merged(batches, again), strict=True):
        assert second["merged"] == result["merged"], one
        assert second["is_accepted"] is False
        assert second["is_echo"] is True
        assert second["decisions"] == []


@given(cases=_CASES, data=st.data())
def test_edits_of_different_fields_end_equal_in_either_order(
    batches: oracledb.Connection, cases: list[Case], data: st.DataObject
) -> None:
    pairs = []
    for one in cases:
        base = one["base"]
        split = data.draw(st.integers(0, len(FIELDS)), label="split")
        erp_fields, crm_fields = FIELDS[:split], FIELDS[split:]
        erp = {**base, **{field: one["erp"][field] for field in erp_fields}}
        crm = {**base, **{f: one["crm"].get(f, base[f]) for f in crm_fields}}
        pairs.append((one, base, erp, crm))
    erp_first = merged(batches, [{**one, "base": b, "erp": e, "crm": c} for one, b, e, c in pairs])
    read_first = merged(batches, [{**one, "base": b, "erp": b, "crm": c} for one, b, e, c in pairs])
    then_erp = merged(
        batches,
        [
            {
                **one,
                "base": c,
                "erp": {
                    **result["merged"],
                    **{f: e[f] for f in FIELDS if not same(f, e[f], b[f])},
                },
                "crm": c,
            }
            for (one, b, e, c), result in zip(pairs, read_first, strict=True)
        ],
    )
    for (one, *_), left, right in zip(pairs, erp_first, then_erp, strict=True):
        for field in FIELDS:
            assert same(field, left["merged"][field], right["merged"][field]), (field, one)


@given(cases=_CASES)
def test_a_value_in_another_form_is_no_change(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    forms = {
        "phone": lambda text: f"\u00a0{text} ",
        "industry": lambda text: unicodedata.normalize("NFD", text).upper(),
        "city": lambda text: unicodedata.normalize("NFD", text).swapcase(),
    }
    plain = [
        {
            **one,
            "erp": one["base"],
            "crm": {
                field: None
                if canonical(value) is None
                else forms.get(field, lambda text: unicodedata.normalize("NFD", text))(value)
                for field, value in one["base"].items()
            },
        }
        for one in cases
    ]
    for one, result in zip(plain, merged(batches, plain), strict=True):
        assert result["is_echo"] is True, one
        assert result["is_accepted"] is False
        assert result["decisions"] == []
        assert {field: result["merged"][field] for field in FIELDS} == one["erp"]


@given(cases=_CASES)
def test_null_against_a_value_is_a_change_in_both_directions(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    crm_owned = dict.fromkeys(OPEN, "CRM")
    emptied = [
        {
            **one,
            "policies": crm_owned,
            "base": dict.fromkeys(FIELDS, "v"),
            "erp": dict.fromkeys(FIELDS, "v"),
            "crm": dict.fromkeys(FIELDS),
        }
        for one in cases[:2]
    ]
    filled = [
        {
            **one,
            "policies": crm_owned,
            "base": dict.fromkeys(FIELDS),
            "erp": dict.fromkeys(FIELDS),
            "crm": dict.fromkeys(FIELDS, "v"),
        }
        for one in cases[:2]
    ]
    for result in merged(batches, emptied):
        assert {field: result["merged"][field] for field in OPEN} == dict.fromkeys(OPEN)
        assert {field: result["merged"][field] for field in CLOSED} == dict.fromkeys(CLOSED, "v")
    for result in merged(batches, filled):
        assert {field: result["merged"][field] for field in OPEN} == dict.fromkeys(OPEN, "v")
        assert {field: result["merged"][field] for field in CLOSED} == dict.fromkeys(CLOSED)


# --------------------------------------------------------------------------- the whole of an apply

#: a case is some twenty statements
_FEWER = settings(max_examples=settings().max_examples // 3)
_INDUSTRIES: Final = {990001: "Cerâmica de Teste", 990002: "Têxtil de Teste"}
_PHONES = st.sampled_from(["1133330001", "1133330002", "1133330003"])
_ANALYSES = st.sampled_from(["Aprovado", "Reprovado", "Em análise"])
_FLOW = st.fixed_dictionaries(
    {
        "policies": _POLICY,
        "erp": st.fixed_dictionaries(
            {},
            optional={
                "phone": _PHONES | st.none(),
                "sales_rep": st.sampled_from([990001, 990002, None]),
                "industry_id": st.sampled_from([*_INDUSTRIES, None]),
                "address_street": st.sampled_from(["Rua B", "Rua C"]),
                "financial_analysis": _ANALYSES,
            },
        ),
        "crm": st.fixed_dictionaries(
            {},
            optional={
                "phone": _PHONES | st.none(),
                # the last one is not known to the ERP
                "sales_rep": st.sampled_from(["990001", "990002", "777"]),
                "industry": st.sampled_from([*_INDUSTRIES.values(), "CERAMICA DE TESTE", "Outra"]),
                "address_street": st.sampled_from(["Rua B", "Rua D"]),
                "financial_analysis": _ANALYSES,
            },
        ),
    }
)


@_FEWER
@given(cases=st.lists(_FLOW, min_size=8, max_size=12))
def test_the_same_read_applied_twice_changes_nothing(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    for one, result in zip(cases, called(batches, "apply_batch", cases), strict=True):
        assert result["after_again"] == result["after_apply"], one
        assert result["credit_rows"][1] == result["credit_rows"][2], "one decision, not two"
        assert result["results"][1] == "UNCHANGED", one


@_FEWER
@given(cases=st.lists(_FLOW, min_size=8, max_size=12))
def test_after_apply_and_delivery_both_sides_are_equal_or_in_conflict(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    shared = (*OPEN, "address_street", "name")
    for one, result in zip(cases, called(batches, "apply_batch", cases), strict=True):
        open_conflicts = set(result["conflicts"])
        assert result["deliveries"] <= 1, "the pair goes quiet"
        for field in shared:
            erp, crm = (text(result[side][field]) for side in ("after_all", "crm"))
            if field in open_conflicts:
                assert policy_of(one, field) == "MANUAL"
                assert not same(field, erp, crm)
            else:
                assert same(field, erp, crm), (field, one)
        assert result["is_hashed"] == (not open_conflicts), one


@_FEWER
@given(cases=st.lists(_FLOW, min_size=8, max_size=12))
def test_an_edit_of_one_side_alone_is_there_at_the_end(
    batches: oracledb.Connection, cases: list[Case]
) -> None:
    for one, result in zip(cases, called(batches, "apply_batch", cases), strict=True):
        for field in ("phone", "sales_rep", "address_street", "financial_analysis"):
            before, end = (text(result[side][field]) for side in ("before", "after_all"))
            erp = text(one["erp"].get(field, before))
            crm = text(one["crm"].get(field, before))
            if crm == before:
                assert end == erp, (field, one)
            elif erp == before and policy_of(one, field) != "ERP" and crm != "777":
                assert end == crm, (field, one)


def text(value: Any) -> str | None:
    return None if value is None else str(value)
