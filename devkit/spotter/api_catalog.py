"""Catalogues, stage history, and ``$metadata``, the machine-readable description of the tenant."""

from __future__ import annotations

from typing import Any

from devkit.spotter import catalog as lists
from devkit.spotter.calls import Answer, Call, Handler, Routes, Tenant, listing
from devkit.spotter.leads import NUMBER_FIELDS, TEXT_FIELDS


def list_stages(tenant: Tenant, call: Call) -> Answer:
    """The discarded state is not among them (trap S6)."""
    return listing(tenant, call, lists.Catalog.rows(tenant.state.catalog.stages), "Stages")


def list_industries(tenant: Tenant, call: Call) -> Answer:
    return listing(tenant, call, lists.Catalog.rows(tenant.state.catalog.industries), "Industries")


def list_sources(tenant: Tenant, call: Call) -> Answer:
    return listing(tenant, call, lists.Catalog.rows(tenant.state.catalog.sources), "Sources")


def list_custom_fields(tenant: Tenant, call: Call) -> Answer:
    numeric = tenant.settings.custom_fields == "numeric"
    rows = [
        {
            "id": item.number,
            "key": str(item.number) if numeric else item.key,
            "name": item.name,
            "type": item.type,
            "options": [{"id": n, "value": v} for n, v in enumerate(item.options, start=1)],
        }
        for item in tenant.state.catalog.custom_fields
    ]
    return listing(tenant, call, rows, "CustomFields")


def list_stage_history(tenant: Tenant, call: Call) -> Answer:
    """``$filter`` is accepted and ignored (trap S19)."""
    query = {name: value for name, value in call.query.items() if name != "$filter"}
    unfiltered = Call(call.method, call.parts, query, None, call.url)
    return listing(tenant, unfiltered, tenant.state.stage_history, "StagesLead")


def list_pipeline_history(tenant: Tenant, call: Call) -> Answer:
    answer = list_stage_history(tenant, call)
    answer.delay = tenant.settings.pipeline_seconds
    return answer


def _fixed(rows: list[dict[str, Any]], entity: str) -> Handler:
    def list_fixed(tenant: Tenant, call: Call) -> Answer:
        return listing(tenant, call, rows, entity)

    list_fixed.__name__ = f"list_{entity.lower()}"
    return list_fixed


def read_metadata(tenant: Tenant, call: Call) -> Answer:
    properties = [f'<Property Name="{name}" Type="Edm.String"/>' for name in TEXT_FIELDS]
    properties += [f'<Property Name="{name}" Type="Edm.Int32"/>' for name in NUMBER_FIELDS]
    if tenant.settings.custom_fields == "accepted":
        properties.append(
            '<Property Name="customFields" Type="Collection(Exact.CustomFieldODataDTO)"/>'
        )
    sets = "".join(f'<EntitySet Name="{name}" EntityType="Exact.{name}"/>' for name in ENTITY_SETS)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        '<edmx:DataServices><Schema Namespace="Exact" '
        'xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'<ComplexType Name="LeadEstruturaCriacaoODataDTO">{"".join(properties)}</ComplexType>'
        f'<EntityContainer Name="Container">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )
    return Answer(200, text=text, content_type="application/xml")


ENTITY_SETS = (
    "Leads", "LeadsAndPersons", "LeadsAdd", "LeadsUpdate", "LeadsLost", "LeadsRecover", "Losts",
    "leadsWon", "LeadsSold", "ChangeFunnel", "leadsQualification", "qualificationHistories", "stages", "Funnels",
    "StagesLead", "LeadStages", "LeadPipelineStages", "Persons", "personsAdd", "PersonsUpdate",
    "CustomFields", "LeadsCustomFields", "leadsCustomFieldsAdd", "recommendedProducts",
    "recommendedProductsAdd", "recommendedProductsRemove", "products", "industries", "sources",
    "discardReasons", "cities", "sdrs", "sellers",
)  # fmt: skip

ROUTES: Routes = {
    ("GET", "stages", 1): list_stages,
    ("GET", "funnels", 1): _fixed(lists.FUNNELS, "Funnels"),
    ("GET", "stageslead", 1): list_stage_history,
    ("GET", "leadstages", 1): list_stage_history,
    ("GET", "leadpipelinestages", 1): list_pipeline_history,
    ("GET", "customfields", 1): list_custom_fields,
    ("GET", "products", 1): _fixed(lists.PRODUCTS, "Products"),
    ("GET", "industries", 1): list_industries,
    ("GET", "sources", 1): list_sources,
    ("GET", "discardreasons", 1): _fixed(lists.DISCARD_REASONS, "DiscardReasons"),
    ("GET", "cities", 1): _fixed(lists.CITIES, "Cities"),
    ("GET", "sdrs", 1): _fixed(lists.SDRS, "Sdrs"),
    ("GET", "sellers", 1): _fixed(lists.SELLERS, "Sellers"),
    ("GET", "$metadata", 1): read_metadata,
}
