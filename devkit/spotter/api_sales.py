"""Proposals (recommended products) and sales."""

from __future__ import annotations

from devkit.spotter.calls import Answer, Call, Routes, Tenant, created, listing
from devkit.spotter.leads import BINDING_ERROR, SpotterError


def list_proposal(tenant: Tenant, call: Call) -> Answer:
    lines = tenant.state.proposals.get(call.number(), [])
    return listing(tenant, call, lines, "recommendedProducts")


def add_proposal_line(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    tenant.state.add_products(body.get("leadId"), body.get("products"), actor="api")
    return created(int(body["leadId"]))


def remove_proposal_line(tenant: Tenant, call: Call) -> Answer:
    """Replacing a line is remove, then add: readers see the state between (trap S16)."""
    product = call.query.get("productId", "")
    if not product.isdigit():
        raise SpotterError(400, BINDING_ERROR)
    tenant.state.remove_product(call.number(), int(product), actor="api")
    return Answer(204)


def sell_lead(tenant: Tenant, call: Call) -> Answer:
    body = call.members()
    tenant.state.sell_lead(body.get("leadId"), body, actor="api")
    return created(int(body["leadId"]))


def list_sales(tenant: Tenant, call: Call) -> Answer:
    rows = [sale for _, sale in sorted(tenant.state.sales.items())]
    return listing(tenant, call, rows, "LeadsSold")


ROUTES: Routes = {
    ("GET", "recommendedproducts", 2): list_proposal,
    ("POST", "recommendedproductsadd", 1): add_proposal_line,
    ("DELETE", "recommendedproductsremove", 2): remove_proposal_line,
    ("POST", "leadswon", 1): sell_lead,
    ("GET", "leadssold", 1): list_sales,
}
