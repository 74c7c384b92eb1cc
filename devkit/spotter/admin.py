"""The admin side, under ``/_admin/``: what a test or a demonstration does and reads.

No token and no quota: it is bound to the development machine.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.crm_server import CommonAdmin, as_json
from devkit.spotter import user
from devkit.spotter.api_persons import person_row
from devkit.spotter.leads import Lead, SpotterError, read_lead

if TYPE_CHECKING:
    from devkit.spotter.simulator import Simulator


def _number(request: web.Request) -> int:
    return int(request.match_info["id"])


class Admin(CommonAdmin):
    """Handlers of the admin side."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator, SpotterError)
        self._sim = simulator
        self.app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/leads", self.leads),
                web.post("/leads", self.create_lead),
                web.get("/leads/{id:\\d+}", self.lead),
                web.patch("/leads/{id:\\d+}", self.edit_lead),
                web.delete("/leads/{id:\\d+}", self.delete_lead),
                web.post("/leads/{id:\\d+}/discard", self.discard_lead),
                web.post("/leads/{id:\\d+}/recover", self.recover_lead),
                web.post("/persons", self.create_person),
                web.patch("/persons/{id:\\d+}", self.edit_person),
                web.delete("/persons/{id:\\d+}", self.delete_person),
                web.post("/custom_fields/{key}/options", self.add_option),
                web.post("/edit_random", self.edit_random),
                web.get("/webhooks", self.webhooks),
                web.put("/webhooks", self.subscribe),
                web.get("/webhooks/deliveries", self.deliveries),
                web.post("/reset", self.reset),
            ]
        )

    def _shown(self, lead: Lead) -> dict[str, Any]:
        state = self._sim.state
        return {
            **read_lead(lead, catalog=state.catalog, settings=self._sim.settings),
            "customFields": dict(lead.custom),
            "persons": [person_row(person) for person in state.persons_of(lead.id)],
            "proposal": state.proposals.get(lead.id, []),
            "sold": lead.sold,
            "sale": state.sales.get(lead.id),
        }

    async def health(self, request: web.Request) -> web.Response:
        return as_json(
            {"leads": len(self._sim.state.leads), "ledger": len(self._sim.ledger.entries)}
        )

    async def leads(self, request: web.Request) -> web.Response:
        """All leads, unpaged and without lag, with custom field values and persons."""
        leads = self._sim.state.leads
        return as_json([self._shown(leads[number]) for number in sorted(leads)])

    async def lead(self, request: web.Request) -> web.Response:
        return as_json(self._shown(self._sim.state.lead(_number(request))))

    async def create_lead(self, request: web.Request) -> web.Response:
        """Body: a lead by its write names, as a user's screen would store it."""
        number = self._sim.state.create_lead(
            await request.json(), actor="user", check_duplicity=False
        )
        return as_json({"id": number}, 201)

    async def edit_lead(self, request: web.Request) -> web.Response:
        """Body: write names; ``customFields`` in the API's form. Answers what changed."""
        write = self._sim.state.update_lead(_number(request), await request.json(), actor="user")
        return as_json([asdict(change) for change in write.changed])

    async def delete_lead(self, request: web.Request) -> web.Response:
        self._sim.state.delete_lead(_number(request))
        return as_json({})

    async def discard_lead(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        reason = str(body.get("reason", "Sem interesse"))
        self._sim.state.discard_lead(_number(request), reason, actor="user")
        return as_json({})

    async def recover_lead(self, request: web.Request) -> web.Response:
        self._sim.state.recover_lead(_number(request), actor="user")
        return as_json({})

    async def create_person(self, request: web.Request) -> web.Response:
        number = self._sim.state.create_person(await request.json(), actor="user")
        return as_json({"id": number}, 201)

    async def edit_person(self, request: web.Request) -> web.Response:
        self._sim.state.update_person(_number(request), await request.json(), actor="user")
        return as_json({})

    async def delete_person(self, request: web.Request) -> web.Response:
        self._sim.state.delete_person(_number(request))
        return as_json({})

    async def add_option(self, request: web.Request) -> web.Response:
        """Body: ``value``, one more choice of a list."""
        value = str((await request.json())["value"])
        self._sim.state.add_option(request.match_info["key"], value)
        return as_json({}, 201)

    async def edit_random(self, request: web.Request) -> web.Response:
        """Body: ``count``, optionally ``seed`` and ``stage``. Answers the edits."""
        body = await request.json()
        edits = user.edit_random(
            self._sim.state,
            int(body["count"]),
            seed=int(body.get("seed", 7)),
            stage=body.get("stage"),
        )
        return as_json([asdict(edit) for edit in edits])

    async def webhooks(self, request: web.Request) -> web.Response:
        return as_json({"urls": self._sim.webhooks.urls, "pending": self._sim.webhooks.pending()})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Body: event → URL; an empty URL ends the subscription."""
        self._sim.webhooks.subscribe(await request.json())
        return as_json({"urls": self._sim.webhooks.urls})

    async def deliveries(self, request: web.Request) -> web.Response:
        return as_json(self._sim.webhooks.as_list())

    async def reset(self, request: web.Request) -> web.Response:
        self._sim.reset()
        return as_json({})
