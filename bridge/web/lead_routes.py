"""The kept routes that write leads, pass them over a stage, and store the CRM's industries."""

from __future__ import annotations

from typing import Final

from bridge.web import lead_models as models
from bridge.web.desk import ApiContext
from bridge.web.problems import Problem
from bridge.web.table import Answer, Asked, Route

__all__ = ["LEAD_ROUTES"]

_OWNERSHIP: Final = (
    "Written as by a user of the CRM. The CRM's webhook then brings the lead to the ERP, where the "
    "merge decides field by field: what the ERP owns is put back in the CRM."
)


async def _add_lead(context: ApiContext, asked: Asked) -> Answer:
    body: models.NewLead = asked.body
    options = {} if body.validateEmail is None else {"validateEmail": body.validateEmail}
    lead_id, is_new = await context.leads.add(models.given(body.lead), options=options)
    added = models.AddedLead(lead_id=lead_id, is_new=is_new)
    return Answer(body=added, status=201 if is_new else 200)


async def _write_lead(context: ApiContext, asked: Asked) -> Answer:
    body: models.LeadChange = asked.body
    status = await context.leads.update(asked.lead_id, models.given(body.lead))
    return Answer(body=models.Written(status=status))


async def _write_fields(context: ApiContext, asked: Asked) -> Answer:
    body: models.LeadFields = asked.body
    status = await context.leads.update_fields(body.Id, body.by_name())
    return Answer(body=models.Written(status=status))


async def _hand_over(context: ApiContext, asked: Asked) -> Answer:
    if not context.handover.is_configured:
        raise Problem(501, "the tenant's questions are not set: ERPCRM_CRM__HANDOVER_QUESTIONS")
    progress = await context.handover.advance(asked.lead_id)
    is_under_way = progress.next_in_seconds is not None
    body = models.HandoverProgress(
        status="under way" if is_under_way else "done",
        answered=progress.answered,
        questions=progress.questions,
        next_in_seconds=progress.next_in_seconds,
    )
    done_now = 201 if progress.answered_now else 200
    return Answer(
        body=body,
        status=202 if is_under_way else done_now,
        retry_after=progress.next_in_seconds,
    )


async def _store_industries(context: ApiContext, _asked: Asked) -> Answer:
    rows = await context.desk.industries()
    names = [str(row.get("value") or "") for row in rows if row.get("active") is not False]
    stored = await context.backoffice.store_industries(names)
    return Answer(
        body=models.IndustriesStored(added=stored.added, known=stored.known, refused=stored.refused)
    )


LEAD_ROUTES: Final[tuple[Route, ...]] = (
    Route(method="POST", path="/leads", summary="Add a lead, unless the CRM has it",
          description=f"{_OWNERSHIP} Looked for by tax number, else by client code, before it is "
          "added and after an attempt without an answer: repeating is safe.",
          handler=_add_lead, body=models.NewLead,
          answers={200: models.AddedLead, 201: models.AddedLead}, refusals=(409,)),
    Route(method="PUT", path="/leads", summary="Write fields of a lead, given as a list",
          description=_OWNERSHIP,
          handler=_write_fields, body=models.LeadFields, answers={200: models.Written},
          refusals=(404, 409)),
    Route(method="PUT", path="/atualizalead/{lead_id}", summary="Write fields of a lead",
          description=_OWNERSHIP,
          handler=_write_lead, body=models.LeadChange, answers={200: models.Written},
          refusals=(404, 409)),
    Route(method="POST", path="/passagemdebastao/{lead_id}",
          summary="Answer the qualification questions of a lead, so that its stage moves",
          description="202: the first open question is answered, the others follow by themselves. "
          "Asking again tells how far it is, and goes on where it stopped.",
          handler=_hand_over,
          answers={200: models.HandoverProgress, 201: models.HandoverProgress,
                   202: models.HandoverProgress},
          refusals=(404, 409, 501)),
    Route(method="POST", path="/mercados", summary="Store the CRM's industries in the ERP",
          description="What the ERP has, but for accents and case, is left as it is.",
          handler=_store_industries, answers={200: models.IndustriesStored}),
)  # fmt: skip
