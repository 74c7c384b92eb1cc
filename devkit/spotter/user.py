"""A person at the CRM's screen who edits leads: rep, phone, industry, financial analysis."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.sample import FINANCIAL_ANALYSES
from devkit.spotter.leads import SpotterError

if TYPE_CHECKING:
    from devkit.spotter.state import State

_AREA_CODES = ("11", "19", "21", "31", "41", "47", "51", "62", "71", "81", "85", "92")


@dataclass(slots=True)
class Edit:
    """One field that changed, under its inside name."""

    lead_id: int
    tax_id: str | None
    field: str
    old: Any
    new: Any


def edit_random(state: State, count: int, *, seed: int, stage: str | None = None) -> list[Edit]:
    """Edit ``count`` different leads, one or two fields each; ``stage`` moves them there too."""
    rng = random.Random(seed)
    if count > len(state.leads):
        raise SpotterError(400, f"only {len(state.leads)} leads")
    edits: list[Edit] = []
    for number in rng.sample(sorted(state.leads), count):
        lead = state.leads[number]
        body: dict[str, Any] = {"stage": stage} if stage else {}
        for kind in rng.sample(("rep", "phone", "industry", "analysis"), rng.choice((1, 2))):
            if kind == "phone":
                body |= {
                    "ddiPhone": "55",
                    "phone": f"{rng.choice(_AREA_CODES)}9{rng.randrange(10**8):08}",
                }
            elif kind == "industry":
                others = [i for i in state.catalog.industries if i != lead.values.get("industry")]
                body["industry"] = rng.choice(others)
            else:
                body.setdefault("customFields", []).append(_custom(state, rng, kind, lead.custom))
        write = state.update_lead(number, body, actor="user")
        edits += [
            Edit(number, lead.values.get("cnpj"), change.field, change.old, change.new)
            for change in write.changed
        ]
    return edits


def _custom(state: State, rng: random.Random, kind: str, now: dict[str, str]) -> dict[str, Any]:
    if kind == "rep":
        definition = state.catalog.custom_field("_cod.gestores")
        options = definition.options if definition else []
        others = [option for option in options if option != now.get("_cod.gestores")]
        return {"id": "_cod.gestores", "options": [{"value": rng.choice(others)}]}
    others = [text for text in FINANCIAL_ANALYSES if text != now.get("_analisefinanceira")]
    return {"id": "_analisefinanceira", "value": rng.choice(others)}
