"""The kept HTTP routes: their handlers, and the one table that both the router and OpenAPI read.

Reads and small writes go straight to the CRM, under its quota. Several leads of one tax number are
a conflict for a person; the first of them is never taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from bridge.domain.identifiers import clean_text, taxid_spellings
from bridge.web import models
from bridge.web.desk import ApiContext, Row
from bridge.web.lead_routes import LEAD_ROUTES
from bridge.web.parked_routes import PARKED_ROUTES
from bridge.web.problems import Problem
from bridge.web.table import Answer, Asked, Handler, Route

__all__ = ["ROUTES"]

_SYNC_NOTE: Final = "Contato atualizado - Sincronizar"
_PLACEHOLDER: Final = {"name": "Contato", "ddiPhone1": "55", "phone1": "5500000000"}


async def _lead(context: ApiContext, asked: Asked) -> Row:
    lead = await context.desk.lead(asked.lead_id)
    if lead is None:
        raise Problem(404, "the CRM has no such lead")
    return lead


async def _lead_of_taxid(context: ApiContext, asked: Asked) -> Row:
    leads = await context.desk.leads_by_taxid(taxid_spellings(asked.path["cnpj"]))
    if not leads:
        raise Problem(404, "the CRM has no lead with this tax number")
    if len(leads) > 1:
        ids = ", ".join(str(lead["id"]) for lead in leads)
        raise Problem(409, f"several leads hold this tax number: {ids}")
    return leads[0]


def _texts(row: Row, **names: str) -> dict[str, str | None]:
    return {name: clean_text(row.get(read_name)) for name, read_name in names.items()}


async def _read_leads(context: ApiContext, _asked: Asked) -> Answer:
    return Answer(body={"value": await context.desk.leads()})


async def _read_lead(context: ApiContext, asked: Asked) -> Answer:
    return Answer(body=await _lead(context, asked))


async def _read_lead_id(context: ApiContext, asked: Asked) -> Answer:
    lead = await _lead_of_taxid(context, asked)
    return Answer(body=models.LeadId(id=int(lead["id"])))


async def _read_stage(context: ApiContext, asked: Asked) -> Answer:
    lead = await _lead_of_taxid(context, asked)
    return Answer(body=models.LeadStage(id=int(lead["id"]), stage=clean_text(lead.get("stage"))))


async def _read_info(context: ApiContext, asked: Asked) -> Answer:
    lead = await _lead(context, asked)
    texts = _texts(
        lead, number="number", complement="complement", district="district",
        city="city", state="state", phone="phone1",
    )  # fmt: skip
    return Answer(body=models.LeadInfo(**texts))


async def _read_address(context: ApiContext, asked: Asked) -> Answer:
    lead = await _lead(context, asked)
    texts = _texts(lead, number="number", street="street", district="district")
    return Answer(body=models.AddressOfLead(**texts))


async def _read_sales_reps(context: ApiContext, _asked: Asked) -> Answer:
    return Answer(body=models.Texts(value=await context.desk.sales_reps()))


async def _custom(context: ApiContext, asked: Asked, key: str) -> str | None:
    value = await context.desk.custom_value(asked.lead_id, key)
    if value is None:
        await _lead(context, asked)  # an empty field and a missing lead look alike
    return clean_text(value)


async def _read_sales_rep(context: ApiContext, asked: Asked) -> Answer:
    return Answer(body=models.Text(value=await _custom(context, asked, context.field_sales_rep)))


async def _read_registration(context: ApiContext, asked: Asked) -> Answer:
    value = await _custom(context, asked, context.field_tax_registration)
    is_exempt = value is None or value == context.exempt_tax_registration
    return Answer(body=models.Text(value="ISENTO" if is_exempt else value))


async def _read_analysis(context: ApiContext, asked: Asked) -> Answer:
    value = await _custom(context, asked, context.field_financial_analysis)
    return Answer(body=models.Text(value=value))


async def _read_contacts(context: ApiContext, asked: Asked) -> Answer:
    return Answer(body={"value": await context.desk.persons(asked.lead_id)})


async def _read_main_contact(context: ApiContext, asked: Asked) -> Answer:
    for person in await context.desk.persons(asked.lead_id):
        if person.get("id") == asked.path["contact_id"]:
            is_main = str(person.get("mainContact")).lower() == "true"
            return Answer(body=models.MainContact(value="S" if is_main else "N"))
    raise Problem(404, "the lead has no such contact")


async def _read_sale(context: ApiContext, asked: Asked) -> Answer:
    sale = await context.desk.sale(asked.lead_id)
    if sale is None:
        raise Problem(404, "the lead is not sold")
    return Answer(body=sale)


async def _read_industries(context: ApiContext, _asked: Asked) -> Answer:
    return Answer(body={"value": await context.desk.industries()})


async def _add_contact(context: ApiContext, asked: Asked) -> Answer:
    person = asked.body.model_dump(exclude_none=True)
    return await _add_person(context, person.pop("leadId"), person)


async def _add_placeholder(context: ApiContext, asked: Asked) -> Answer:
    await _lead(context, asked)
    return await _add_person(context, asked.lead_id, _PLACEHOLDER)


async def _add_person(context: ApiContext, lead_id: int, person: Mapping[str, Any]) -> Answer:
    person_id, is_new = await context.desk.add_person(lead_id, person)
    body = models.AddedContact(id=person_id, is_new=is_new)
    return Answer(body=body, status=201 if is_new else 200)


async def _update_contact(context: ApiContext, asked: Asked) -> Answer:
    person = asked.body.model_dump(exclude_none=True)
    await context.desk.update_person(asked.path["contact_id"], person)
    return Answer(body=models.Done(status="done"))


async def _describe(context: ApiContext, asked: Asked) -> Answer:
    """Write the given text; without one: flag S asks for a look, flag N takes that back."""
    default = _SYNC_NOTE if asked.path["flag"] == "S" else ""
    await context.desk.describe(asked.lead_id, asked.body.text if asked.body else default)
    return Answer(body=models.Done(status="done"))


async def _sell(context: ApiContext, asked: Asked) -> Answer:
    sale: models.Sale = asked.body
    product = {
        "productId": sale.productId, "quantity": sale.quantity, "labelValue": sale.value
    }  # fmt: skip
    sold_now = await context.desk.sell(
        sale.leadId,
        {"salesRepEmail": sale.salesRepEmail, "ignoreSalesRep": False, "products": [product]},
    )
    return Answer(
        body=models.Done(status="done" if sold_now else "already"), status=201 if sold_now else 200
    )


async def _propose(context: ApiContext, asked: Asked) -> Answer:
    line: models.Proposal = asked.body
    await context.desk.propose(asked.lead_id, line.productId, line.quantity, line.value)
    return Answer(body=models.Done(status="done"))


def _read(
    path: str,
    summary: str,
    handler: Handler,
    answer: type[BaseModel] | None = None,
    *refusals: int,
) -> Route:
    return Route(
        method="GET", path=path, summary=summary, handler=handler, answers={200: answer},
        refusals=refusals,
    )  # fmt: skip


_ONE_OR_NEW: Final = {200: models.AddedContact, 201: models.AddedContact}

ROUTES: Final[tuple[Route, ...]] = (
    _read("/leads", "All leads", _read_leads, models.Items),
    _read("/lead/{lead_id}", "One lead", _read_lead, None, 404),
    _read("/leadid/{cnpj}", "Id of the lead with a tax number", _read_lead_id,
          models.LeadId, 404, 409),
    _read("/leadstage/{cnpj}", "Stage of the lead with a tax number", _read_stage,
          models.LeadStage, 404, 409),
    _read("/leadaddinfo/{lead_id}", "What webhooks leave out of a lead", _read_info,
          models.LeadInfo, 404),
    _read("/endruanumero/{lead_id}", "Street, number and district of a lead", _read_address,
          models.AddressOfLead, 404),
    _read("/codgestores", "Sales reps that a lead can have", _read_sales_reps, models.Texts),
    _read("/representante/{lead_id}", "Sales rep of a lead", _read_sales_rep, models.Text, 404),
    _read("/inscricaoestadual/{lead_id}", "Tax registration of a lead, or ISENTO",
          _read_registration, models.Text, 404),
    _read("/analisefinanceira/{lead_id}", "Financial analysis of a lead", _read_analysis,
          models.Text, 404),
    _read("/buscacontato/{lead_id}", "Contacts of a lead", _read_contacts, models.Items),
    _read("/maincontact/{lead_id}/{contact_id}", "Whether a contact is the main one",
          _read_main_contact, models.MainContact, 404),
    _read("/leadvendida/{lead_id}", "Sale of a lead", _read_sale, None, 404),
    _read("/mercados", "Industries that a lead can have", _read_industries, models.Items),
    Route(method="POST", path="/inserecontato", summary="Add a contact, unless the lead has it",
          handler=_add_contact, body=models.NewContact, answers=_ONE_OR_NEW,
          refusals=(404, 409)),
    Route(method="POST", path="/dummycontact/{lead_id}", summary="Add a placeholder contact",
          handler=_add_placeholder, answers=_ONE_OR_NEW, refusals=(404, 409)),
    Route(method="POST", path="/atualizacontato/{contact_id}", summary="Write a contact",
          handler=_update_contact, body=models.ContactChange, answers={200: models.Done},
          refusals=(404, 409)),
    Route(method="POST", path="/contatoobs/{lead_id}/{flag}",
          summary="Write the description of a lead", handler=_describe, body=models.Note,
          is_body_optional=True, answers={200: models.Done}, refusals=(404, 409)),
    Route(method="POST", path="/vendelead", summary="Sell a lead; sold already is done",
          handler=_sell, body=models.Sale, answers={200: models.Done, 201: models.Done},
          refusals=(404, 409)),
    Route(method="POST", path="/orcalead/{lead_id}", summary="Replace the line of the proposal",
          handler=_propose, body=models.Proposal, answers={200: models.Done},
          refusals=(404, 409)),
    *LEAD_ROUTES,
    *PARKED_ROUTES,
)  # fmt: skip
