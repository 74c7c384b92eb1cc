"""Leads: reading, adding, updating, discarding, moving through the stages, custom field values."""

from __future__ import annotations

import re
from typing import Any

from devkit.spotter.api_persons import person_row
from devkit.spotter.calls import Answer, Call, Routes, Tenant, created, listing
from devkit.spotter.leads import BINDING_ERROR, Lead, SpotterError, parse_custom_item, read_lead


def _row(tenant: Tenant, lead: Lead) -> dict[str, Any]:
    return read_lead(lead, catalog=tenant.state.catalog, settings=tenant.settings)


_BY_ID = re.compile(r"\s*id eq \d+(?: or id eq \d+)*\s*", re.IGNORECASE)
_BY_LEAD_ID = re.compile(r"\s*leadId eq \d+(?: or leadId eq \d+)*\s*", re.IGNORECASE)
_BY_TAX_ID = re.compile(r"\s*cnpj eq '([^']*)'\s*", re.IGNORECASE)


def _candidates(tenant: Tenant, call: Call, by_id: re.Pattern[str]) -> list[Lead]:
    """All leads, or those that the commonest filters can find: a row is costly to build."""
    leads = tenant.state.visible_leads()
    condition = call.query.get("$filter", "")
    if by_id.fullmatch(condition):
        wanted = {int(number) for number in re.findall(r"\d+", condition)}
        return [lead for lead in leads if lead.id in wanted]
    if found := _BY_TAX_ID.fullmatch(condition):
        return [lead for lead in leads if lead.values.get("cnpj") == found[1]]
    return leads


def list_leads(tenant: Tenant, call: Call) -> Answer:
    rows = [_row(tenant, lead) for lead in _candidates(tenant, call, _BY_ID)]
    return listing(tenant, call, rows, "Leads")


def list_leads_and_persons(tenant: Tenant, call: Call) -> Answer:
    rows = [
        {
            **_row(tenant, lead),
            "persons": [person_row(person) for person in tenant.state.persons_of(lead.id)],
        }
        for lead in tenant.state.visible_leads()
    ]
    return listing(tenant, call, rows, "LeadsAndPersons")


def _flag(value: Any) -> bool:
    """A boolean, or its text (trap S12)."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value is None or isinstance(value, bool):
        return bool(value)
    raise SpotterError(400, BINDING_ERROR)


def _envelope(call: Call, allowed: frozenset[str]) -> tuple[dict[str, Any], bool]:
    body = call.members()
    lead = body.get("lead")
    if not isinstance(lead, dict) or not body.keys() <= allowed:
        raise SpotterError(400, BINDING_ERROR)
    return lead, _flag(body.get("duplicityValidation"))


def add_lead(tenant: Tenant, call: Call) -> Answer:
    allowed = frozenset({"lead", "duplicityValidation", "validateEmail"})
    lead, check = _envelope(call, allowed)
    return created(tenant.state.create_lead(lead, actor="api", check_duplicity=check))


def update_lead(tenant: Tenant, call: Call) -> Answer:
    lead, check = _envelope(call, frozenset({"lead", "duplicityValidation"}))
    number = call.number()
    tenant.state.update_lead(number, lead, actor="api", check_duplicity=check)
    return created(number)


def discard_lead(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    if not body.get("reason") or not body.get("userEmail"):
        raise SpotterError(400, "Reason and UserEmail are required")
    tenant.state.discard_lead(body.get("leadId"), str(body["reason"]), actor="api")
    return created(int(body["leadId"]))


def recover_lead(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    tenant.state.recover_lead(body.get("leadId"), actor="api")
    return created(int(body["leadId"]))


def list_losts(tenant: Tenant, call: Call) -> Answer:
    return listing(tenant, call, tenant.state.losts, "Losts")


def change_funnel(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    stage_id = body.get("stageId")
    if not isinstance(stage_id, int):
        raise SpotterError(400, BINDING_ERROR)
    stage = tenant.state.catalog.stage_by_id(stage_id)
    tenant.state.change_stage(body.get("leadId"), stage, actor="api")
    return created(int(body["leadId"]))


def answer_qualification(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    answers = body.get("answersList")
    if not isinstance(answers, list) or len(answers) != 1:
        raise SpotterError(400, "One question at a time")
    question = answers[0].get("questionId")
    if not isinstance(question, int):
        raise SpotterError(400, BINDING_ERROR)
    tenant.state.answer_question(body.get("leadId"), question, actor="api")
    return created(int(body["leadId"]))


def list_qualification_histories(tenant: Tenant, call: Call) -> Answer:
    """Which questions of a lead are answered (the entity set is documented, its shape is not)."""
    rows = [
        {"leadId": lead.id, "questionId": question}
        for lead in tenant.state.visible_leads()
        for question in lead.answers
    ]
    return listing(tenant, call, rows, "qualificationHistories")


def list_lead_custom_fields(tenant: Tenant, call: Call) -> Answer:
    """Text stands in ``value``, a list choice in ``options``."""
    numeric = tenant.settings.custom_fields == "numeric"
    rows = []
    for lead in _candidates(tenant, call, _BY_LEAD_ID):
        for key, value in lead.custom.items():
            definition = tenant.state.catalog.custom_field(key)
            if definition is None:
                continue
            is_list = definition.type == "list"
            rows.append(
                {
                    "id": definition.number if numeric else key,
                    "leadId": lead.id,
                    "value": "" if is_list else value,
                    "options": [{"value": value}] if is_list and value else [],
                }
            )
    return listing(tenant, call, rows, "LeadsCustomFields")


def add_lead_custom_fields(tenant: Tenant, call: Call) -> Answer:
    """The old way to write values: by number, in a call of its own (trap S10)."""
    body = call.members()
    items = body.get("customFields")
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("id"), int) for item in items
    ):
        raise SpotterError(400, BINDING_ERROR)
    custom = dict(parse_custom_item(item, catalog=tenant.state.catalog) for item in items)
    tenant.state.set_custom(body.get("leadId"), custom, actor="api")
    return created(int(body["leadId"]))


ROUTES: Routes = {
    ("GET", "leads", 1): list_leads,
    ("GET", "leadsandpersons", 1): list_leads_and_persons,
    ("POST", "leadsadd", 1): add_lead,
    ("PUT", "leadsupdate", 2): update_lead,
    ("POST", "leadslost", 1): discard_lead,
    ("POST", "leadsrecover", 1): recover_lead,
    ("GET", "losts", 1): list_losts,
    ("POST", "changefunnel", 1): change_funnel,
    ("POST", "leadsqualification", 1): answer_qualification,
    ("GET", "qualificationhistories", 1): list_qualification_histories,
    ("GET", "leadscustomfields", 1): list_lead_custom_fields,
    ("POST", "leadscustomfieldsadd", 1): add_lead_custom_fields,
}
