"""The deployed world with the other CRM: the same database and daemon, HubSpot's simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deployed_world import LATE_STAGE, Branch, Deployed

from devkit.demo.processes import Child, python

__all__ = ["LATE_STAGE", "Branch", "HubSpotWorld"]

# names under which the proof reads a lead: property of a company
_SHOWN = {
    "lead": "name",
    "cnpj": "erp_taxid",
    "phone1": "phone",
    "street": "address",
    "number": "erp_address_number",
    "complement": "address2",
    "district": "erp_district",
    "cep": "zip",
    "city": "city",
    "state": "state",
}


class HubSpotWorld(Deployed):
    """Leads are shown in the form in which the proof compares them, which is not HubSpot's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, branches=90, loaded=60)

    def prepare(self) -> None:
        # the simulator keeps no records, so only the database is a copy
        self.bring_deployed()
        self.start_crm()
        self.load()

    def start_crm(
        self,
        *,
        quota: str = "off",
        webhooks: bool = True,
        state: Path | None = None,
        **settings: Any,
    ) -> None:
        arguments = ["--port", "0", "--set", "burst_requests=0"]
        if webhooks:
            url = f"http://127.0.0.1:{self.web_port}/webhooks/hubspot"
            arguments += ["--webhook-url", url]
        self.crm = Child(
            "HubSpot's simulator",
            python("-m", "devkit.hubspot", *arguments),
            log=self.folder / "crm.log",
        )
        self.simulator = self.crm.first_line()

    def settings(self, **extra: str) -> dict[str, str]:
        values = super().settings(
            ERPCRM_CRM__ADAPTER="hubspot",
            ERPCRM_WEB__PUBLIC_URL=f"http://127.0.0.1:{self.web_port}",
        )
        if self.simulator:
            values |= {
                "ERPCRM_CRM__APP_SECRET": str(self.simulator["app_secret"]),
                "ERPCRM_CRM__APP_ID": str(self.simulator["app_id"]),
            }
        # this CRM takes no token with its webhooks, and needs none
        del values["ERPCRM_WEB__TOKEN"]
        # nor are the kept routes served for it
        del values["ERPCRM_WEB__API_TOKEN"]
        return {**values, **extra}

    def leads(self) -> list[dict[str, Any]]:
        return [_as_lead(company) for company in self.crm_admin("GET", "/companies")]

    def company(self, branch: Branch) -> dict[str, Any]:
        """The company of a branch with all its properties; it must be the only one."""
        (found,) = [
            row for row in self.crm_admin("GET", "/companies") if row["erp_taxid"] == branch.taxid
        ]
        return dict(found)

    def edit_lead(self, branch: Branch, **fields: Any) -> None:
        """A CRM user edits properties of a company in a late stage."""
        number = self.company(branch)["id"]
        self.crm_admin("PATCH", f"/companies/{number}", {"erp_stage": LATE_STAGE, **fields})


def _as_lead(company: dict[str, Any]) -> dict[str, Any]:
    registration = company.get("erp_tax_registration")
    return {
        "id": company["id"],
        **{shown: company.get(name) for shown, name in _SHOWN.items()},
        "industry": {"value": company.get("erp_industry")},
        "customFields": {
            "_inscricaoestadual": "99" if registration == "ISENTO" else registration,
            "_cod.gestores": company.get("erp_sales_rep"),
            "_analisefinanceira": company.get("erp_financial_analysis"),
            "_cod.cliente": company.get("erp_client_code"),
        },
    }
