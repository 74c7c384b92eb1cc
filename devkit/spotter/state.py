"""The tenant's records and every change to them, without any HTTP.

Whoever writes (the API or a user's screen) comes through here, so that both leave the same trace:
one :class:`Write`, handed to the observers (ledger, webhooks).
"""

from __future__ import annotations

import copy
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devkit.spotter.catalog import DISCARDED, Catalog, CustomField, default_catalog, stage_key
from devkit.spotter.leads import Lead, SpotterError, parse_lead
from devkit.spotter.ledger import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.spotter.settings import Settings
    from devkit.spotter.store import Store

FIRST_LEAD_ID = 10_000_001
FIRST_PERSON_ID = 20_000_001
HANDOVER_STAGE = "Passagem de bastão"
AFTER_HANDOVER_STAGE = "Desenvolvimento/Orçamento"
PERSON_FIELDS = ("name", "email", "jobTitle", "ddiPhone1", "phone1", "mainContact")


@dataclass(slots=True)
class Person:
    id: int
    lead_id: int
    values: dict[str, Any]


@dataclass(slots=True)
class Write:
    """One applied write. ``event`` names the webhook it causes."""

    actor: str  # 'api' or 'user'
    operation: str
    event: str  # 'lead_updated', 'lead_converted', 'lead_discarded', 'lead_sold', 'person_updated'
    lead_id: int
    person_id: int | None = None
    changed: list[Change] = field(default_factory=list)


class State:
    """All records of the tenant. A method that raises :class:`SpotterError` changed nothing."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.observers: list[Callable[[Write], None]] = []
        self._store = store
        self._wall = wall
        self._monotonic = monotonic
        self._load()

    def _load(self) -> None:
        self.catalog: Catalog = default_catalog(nbsp=self.settings.nbsp_in_stages)
        for _, body in self._store.all("catalog"):
            body["custom_fields"] = [CustomField(**item) for item in body["custom_fields"]]
            self.catalog = Catalog(**body)
        self.leads = {n: Lead(**body) for n, body in self._store.all("lead")}
        self.persons = {n: Person(**body) for n, body in self._store.all("person")}
        self.proposals: dict[int, list[dict[str, Any]]] = dict(self._store.all("proposal"))
        self.sales: dict[int, dict[str, Any]] = dict(self._store.all("sale"))
        self.stage_history: list[dict[str, Any]] = [b for _, b in self._store.all("stage_history")]
        self.losts: list[dict[str, Any]] = [b for _, b in self._store.all("lost")]
        counters = dict(self._store.all("counter"))
        self._next_lead = int(counters.get(1, FIRST_LEAD_ID))
        self._next_person = int(counters.get(2, FIRST_PERSON_ID))
        self._before: dict[int, list[tuple[float, Lead]]] = {}

    def reset(self) -> None:
        self._store.clear()
        self._load()

    # ------------------------------------------------------------------ reading

    def now_text(self) -> str:
        """Wall time in the tenant's zone, without naming it (trap S24)."""
        local = self._wall() + timedelta(hours=self.settings.utc_offset_hours)
        return local.replace(tzinfo=None).isoformat(timespec="milliseconds")

    def lead(self, lead_id: object) -> Lead:
        found = self.leads.get(lead_id) if isinstance(lead_id, int) else None
        if found is None:
            raise SpotterError(404, "Lead not found")
        return found

    def visible_leads(self) -> list[Lead]:
        """The leads as a reader sees them: in order of age, some late when reads lag (trap S26)."""
        lag = self.settings.read_lag_seconds
        rows = [self.leads[number] for number in sorted(self.leads)]
        if lag <= 0:
            return rows
        limit = self._monotonic() - lag
        shown = []
        for lead in rows:
            for moment, before in self._before.get(lead.id, []):
                if moment > limit:
                    lead = before
                    break
            if lead.values:
                shown.append(lead)
        return shown

    def persons_of(self, lead_id: int) -> list[Person]:
        return [person for _, person in sorted(self.persons.items()) if person.lead_id == lead_id]

    # ------------------------------------------------------------------ leads

    def create_lead(self, body: Mapping[str, Any], *, actor: str, check_duplicity: bool) -> int:
        values, custom = self._parse(body, actor)
        if not values.get("lead"):
            raise SpotterError(400, "Name is required")
        self._check_unique(None, values, custom, check_duplicity=check_duplicity)
        values.setdefault("stage", self.catalog.stage(self.settings.default_stage))
        values.setdefault("funnelId", 1)
        now = self.now_text()
        lead = Lead(self._next_lead, values, custom, now, now)
        self._next_lead += 1
        self._store.put("counter", 1, self._next_lead)
        self._remember(Lead(lead.id, {}, {}, now, now))
        self.leads[lead.id] = lead
        self._note_stage(lead)
        changed = [Change(name, None, value) for name, value in (values | custom).items()]
        self._save(lead, Write(actor, "create_lead", "lead_updated", lead.id, changed=changed))
        return lead.id

    def update_lead(
        self, lead_id: object, body: Mapping[str, Any], *, actor: str, check_duplicity: bool = False
    ) -> Write:
        """Fields not sent stay as they are (trap S14). A new stage makes it a conversion."""
        lead = self.lead(lead_id)
        values, custom = self._parse(body, actor)
        if "lead" in values and not values["lead"]:
            raise SpotterError(400, "Name is required")
        self._check_unique(lead.id, values, custom, check_duplicity=check_duplicity)
        changed = [
            Change(name, target.get(name), value)
            for target, new in ((lead.values, values), (lead.custom, custom))
            for name, value in new.items()
            if target.get(name) != value
        ]
        self._remember(lead)
        old_stage = lead.values["stage"]
        lead.values.update(values)
        lead.custom.update(custom)
        event = "lead_updated"
        if lead.values["stage"] != old_stage:
            lead.discarded_stage = lead.discard_date = None
            self._note_stage(lead)
            event = "lead_converted"
        write = Write(actor, "update_lead", event, lead.id, changed=changed)
        self._save(lead, write)
        return write

    def change_stage(self, lead_id: object, stage: str | None, *, actor: str) -> None:
        lead = self.lead(lead_id)
        if stage is None:
            raise SpotterError(400, "Stage not found")
        self._remember(lead)
        changed = [Change("stage", lead.shown_stage, stage)]
        lead.values["stage"] = stage
        lead.discarded_stage = lead.discard_date = None
        self._note_stage(lead)
        self._save(lead, Write(actor, "change_stage", "lead_converted", lead.id, changed=changed))

    def discard_lead(self, lead_id: object, reason: str, *, actor: str) -> None:
        lead = self.lead(lead_id)
        self._remember(lead)
        changed = [Change("stage", lead.shown_stage, DISCARDED)]
        lead.discarded_stage = str(lead.values["stage"])
        lead.discard_date = self.now_text()
        lost = {"leadId": lead.id, "date": lead.discard_date, "reason": reason}
        self.losts.append(lost)
        self._store.put("lost", len(self.losts), lost)
        self._save(lead, Write(actor, "discard_lead", "lead_discarded", lead.id, changed=changed))

    def recover_lead(self, lead_id: object, *, actor: str) -> None:
        lead = self.lead(lead_id)
        if lead.discarded_stage is None:
            raise SpotterError(400, "Lead is not discarded")
        self.change_stage(lead.id, lead.discarded_stage, actor=actor)

    def delete_lead(self, lead_id: object) -> None:
        """What a user may do on the screen; the API has no such call (trap S4). No webhook."""
        lead = self.lead(lead_id)
        for person in self.persons_of(lead.id):
            del self.persons[person.id]
            self._store.delete("person", person.id)
        del self.leads[lead.id]
        self._store.delete("lead", lead.id)

    def answer_question(self, lead_id: object, question: int, *, actor: str) -> None:
        """One qualification answer; the stage moves after the last one only (trap S17)."""
        lead = self.lead(lead_id)
        if question not in lead.answers:
            lead.answers.append(question)
        at_handover = stage_key(lead.shown_stage) == HANDOVER_STAGE
        if at_handover and len(lead.answers) >= self.settings.qualification_answers:
            self.change_stage(lead.id, self.catalog.stage(AFTER_HANDOVER_STAGE), actor=actor)
        else:
            self._save(lead, Write(actor, "answer_question", "lead_updated", lead.id))

    def set_custom(self, lead_id: object, custom: dict[str, str], *, actor: str) -> None:
        lead = self.lead(lead_id)
        self._check_unique(lead.id, {}, custom, check_duplicity=False)
        changed = [
            Change(k, lead.custom.get(k), v) for k, v in custom.items() if lead.custom.get(k) != v
        ]
        self._remember(lead)
        lead.custom.update(custom)
        self._save(lead, Write(actor, "set_custom", "lead_updated", lead.id, changed=changed))

    def add_option(self, key: str, value: str) -> None:
        """What an administrator of the tenant does to a custom field that is a list."""
        definition = self.catalog.custom_field(key)
        if definition is None:
            raise SpotterError(404, "Custom field not found")
        if value not in definition.options:
            definition.options.append(value)
            self._store.put("catalog", 1, asdict(self.catalog))

    # ------------------------------------------------------------------ persons

    def create_person(self, body: Mapping[str, Any], *, actor: str) -> int:
        lead = self.lead(body.get("leadId"))
        if not body.get("name"):
            raise SpotterError(400, "Name is required")
        values = self._person_values({k: v for k, v in body.items() if k != "leadId"})
        values.setdefault("mainContact", False)
        person = Person(self._next_person, lead.id, values)
        self._next_person += 1
        self._store.put("counter", 2, self._next_person)
        self.persons[person.id] = person
        changed = [Change(name, None, value) for name, value in values.items()]
        self._save_person(
            person, Write(actor, "create_person", "person_updated", lead.id, person.id, changed)
        )
        return person.id

    def update_person(self, person_id: object, body: Mapping[str, Any], *, actor: str) -> None:
        person = self.persons.get(person_id) if isinstance(person_id, int) else None
        if person is None:
            raise SpotterError(404, "Person not found")
        values = self._person_values(body)
        changed = [
            Change(name, person.values.get(name), value)
            for name, value in values.items()
            if person.values.get(name) != value
        ]
        person.values.update(values)
        write = Write(actor, "update_person", "person_updated", person.lead_id, person.id, changed)
        self._save_person(person, write)

    def delete_person(self, person_id: int) -> None:
        """What a user may do on the screen; the API has no such call."""
        person = self.persons.pop(person_id, None)
        if person is None:
            raise SpotterError(404, "Person not found")
        self._store.delete("person", person.id)
        lead = self.lead(person.lead_id)
        self._save_lead_of(
            lead, Write("user", "delete_person", "person_updated", lead.id, person.id)
        )

    def _person_values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in body.items():
            wanted = bool if name == "mainContact" else str
            if name not in PERSON_FIELDS or not (value is None or isinstance(value, wanted)):
                raise SpotterError(400, "dto : An error has occurred")
        return dict(body)

    def _save_person(self, person: Person, write: Write) -> None:
        if person.values.get("mainContact"):
            for other in self.persons_of(person.lead_id):
                if other.id != person.id and other.values.get("mainContact"):
                    other.values["mainContact"] = False
                    self._store.put("person", other.id, asdict(other))
        self._store.put("person", person.id, asdict(person))
        self._save_lead_of(self.lead(person.lead_id), write)

    def _save_lead_of(self, lead: Lead, write: Write) -> None:
        """After a change of a person: whether the lead's updateDate moves with it is said nowhere."""
        if self.settings.person_moves_lead:
            self._save(lead, write)
        else:
            self._tell(write)

    # ------------------------------------------------------------------ proposals and sales

    def add_products(self, lead_id: object, products: Any, *, actor: str) -> None:
        lead = self.lead(lead_id)
        if lead.sold:
            raise SpotterError(400, "Lead is sold")
        if not isinstance(products, list) or not all(isinstance(p, dict) for p in products):
            raise SpotterError(400, "dto : An error has occurred")
        lines = self.proposals.setdefault(lead.id, [])
        lines.extend(dict(product) for product in products)
        self._store.put("proposal", lead.id, lines)
        changed = [Change("products", None, lines)]
        self._save(lead, Write(actor, "add_products", "lead_updated", lead.id, changed=changed))

    def remove_product(self, lead_id: object, product_id: int, *, actor: str) -> None:
        lead = self.lead(lead_id)
        lines = self.proposals.get(lead.id, [])
        kept = [line for line in lines if line.get("productId") != product_id]
        if len(kept) == len(lines):
            raise SpotterError(404, "Product not found")
        self.proposals[lead.id] = kept
        self._store.put("proposal", lead.id, kept)
        changed = [Change("products", lines, kept)]
        self._save(lead, Write(actor, "remove_product", "lead_updated", lead.id, changed=changed))

    def sell_lead(self, lead_id: object, body: Mapping[str, Any], *, actor: str) -> None:
        lead = self.lead(lead_id)
        if lead.sold:
            raise SpotterError(400, "Lead is sold")
        products = body.get("products")
        if not isinstance(products, list):
            raise SpotterError(400, "dto : An error has occurred")
        total = sum(
            float(p.get("labelValue") or 0) * float(p.get("quantity") or 1) for p in products
        )
        self.sales[lead.id] = {
            "leadId": lead.id,
            "saleDate": self.now_text().partition(".")[0],
            "totalDealValue": total,
            "salesRepEmail": body.get("salesRepEmail"),
            "products": [
                {"id": p.get("productId"), "finalValue": p.get("labelValue")} for p in products
            ],
        }
        self._store.put("sale", lead.id, self.sales[lead.id])
        lead.sold = True
        changed = [Change("sold", False, True)]
        self._save(lead, Write(actor, "sell_lead", "lead_sold", lead.id, changed=changed))

    # ------------------------------------------------------------------ inside

    def _parse(self, body: Mapping[str, Any], actor: str) -> tuple[dict[str, Any], dict[str, str]]:
        before = (
            len(self.catalog.sub_sources),
            len(self.catalog.industries),
            len(self.catalog.sources),
        )
        parsed = parse_lead(
            body, catalog=self.catalog, settings=self.settings, by_user=actor == "user"
        )
        after = (
            len(self.catalog.sub_sources),
            len(self.catalog.industries),
            len(self.catalog.sources),
        )
        if before != after:
            self._store.put("catalog", 1, asdict(self.catalog))
        return parsed

    def _check_unique(
        self,
        lead_id: int | None,
        values: Mapping[str, Any],
        custom: Mapping[str, str],
        *,
        check_duplicity: bool,
    ) -> None:
        others = [lead for lead in self.leads.values() if lead.id != lead_id]
        tax_id = values.get("cnpj")
        if check_duplicity and tax_id and any(o.values.get("cnpj") == tax_id for o in others):
            raise SpotterError(400, f"Duplicated lead: cpfcnpj {tax_id}")
        for key in self.settings.unique_custom_fields:
            value = custom.get(key)
            if value and any(other.custom.get(key) == value for other in others):
                raise SpotterError(400, f"Duplicated Keys: {key}")

    def _remember(self, lead: Lead) -> None:
        if self.settings.read_lag_seconds > 0:
            self._before.setdefault(lead.id, []).append((self._monotonic(), copy.deepcopy(lead)))

    def _note_stage(self, lead: Lead) -> None:
        row = {"leadId": lead.id, "stage": lead.values["stage"], "date": self.now_text()}
        self.stage_history.append(row)
        self._store.put("stage_history", len(self.stage_history), row)

    def _save(self, lead: Lead, write: Write) -> None:
        lead.update_date = self.now_text()
        self._store.put("lead", lead.id, asdict(lead))
        self._tell(write)

    def _tell(self, write: Write) -> None:
        for observer in self.observers:
            observer(write)
