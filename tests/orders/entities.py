"""What users of both sides edit of one record, and what must hold of it at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from actors import Sides, User

__all__ = ["LATE_STAGE", "Edit", "Entities", "Place", "prepare"]

LATE_STAGE: Final = "Desenvolvimento/Orçamento"
PERSONS: Final = ("ana", "bia", "caio")
#: whom a user of the ERP adds
NEW: Final = "duda"
_PERSON_FIELDS: Final = {"name": "name", "phone": "phone1", "job_title": "jobTitle"}


@dataclass(frozen=True, slots=True)
class Place:
    """Something that both sides hold."""

    name: str
    #: under which it stands in CRM_MERGE_AUDIT
    field: str
    erp: Callable[[], Any]
    crm: Callable[[], Any]
    set_erp: Callable[[Any], None]
    set_crm: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a user has set, and what the user saw there before."""

    place: Place
    side: str
    value: Any
    before: Any
    #: made between the reading and the writing of a delivery, which no CRM without preconditions can tell
    is_in_the_gap: bool


class Entities:
    """The places of the one record; see ``prepare``."""

    def __init__(self, sides: Sides, client: int, code: int) -> None:
        self.sides = sides
        self.client, self.code = client, code
        self.lead_id = 0
        self.places = {
            place.name: place
            for place in (
                self._lead("phone", "phone1", "phone"),
                self._lead("industry", "industry", "industry", column="industry_id"),
                self._lead("street", "street", "address", field="address_street"),
                *(self._person(name, field) for name in PERSONS for field in _PERSON_FIELDS),
                Place(NEW, "name", self._is_contact, self._is_person, self._add_or_delete, _refuse),
                Place("main", "is_primary", self._main_erp, self._main_crm, self._choose_erp, self._choose_crm),
            )
        }  # fmt: skip

    @property
    def key(self) -> str:
        return f"{self.client}-{self.code}"

    def user(self, side: str, name: str, value: Any) -> User:
        """Somebody who sets a place on one side; who deletes waits for what there is to be deleted."""
        place = self.places[name]

        def act(sides: Sides) -> None:
            read, write = (
                (place.erp, place.set_erp) if side == "ERP" else (place.crm, place.set_crm)
            )
            gap = side == "CRM" and sides.is_about_to_write
            sides.edits.append(Edit(place, side, value, read(), gap))
            write(value)

        if value is False:
            return User(f"{side} {name} again", side, act, lambda sides: bool(place.erp()))
        return User(f"{side} {name}", side, act)

    # ----------------------------------------------------------------- the lead

    def _branch(self, assignment: str, value: Any) -> None:
        self.sides.execute(
            f"update erp.branches set {assignment}, updated_on = sysdate"
            " where client_code = :client and code = :code",
            v=value,
            client=self.client,
            code=self.code,
        )

    def _lead(
        self, name: str, read: str, write: str, *, field: str = "", column: str = ""
    ) -> Place:
        field = field or name
        column = column or field
        assignment = (
            "industry_id = (select id from erp.industries where description = :v)"
            if name == "industry"
            else f"{column} = :v"
        )
        extra = {"ddiPhone": "55"} if name == "phone" else {}
        return Place(
            name,
            field,
            lambda: self._shown(field),
            lambda: self.lead().values.get(read),
            lambda value: self._branch(assignment, value),
            lambda value: self._edit_lead({write: value, **extra}),
        )

    def _shown(self, field: str) -> Any:
        value = self.sides.value(
            f"select {field} from vw_crm_clients where record_key = :key", key=self.key
        )
        if field != "industry":
            return value
        return self.sides.value(
            "select i.description from erp.branches b join erp.industries i on i.id = b.industry_id"
            " where b.client_code = :client and b.code = :code",
            client=self.client,
            code=self.code,
        )

    def lead(self) -> Any:
        return self.sides.simulator.state.leads[self.lead_id]

    def _edit_lead(self, body: dict[str, Any]) -> None:
        self.sides.simulator.state.update_lead(self.lead_id, body, actor="user")

    # ----------------------------------------------------------------- persons

    def contact(self, person: str, column: str) -> Any:
        rows = self.sides.rows(
            f"select {column} from erp.contacts where client_code = :client and branch_code = :code"
            " and email = :email",
            client=self.client,
            code=self.code,
            email=f"{person}@example.com",
        )
        assert len(rows) < 2, f"{person} is there {len(rows)} times"
        return rows[0][0] if rows else None

    def _row(self, person: str) -> Any:
        found = [
            row
            for row in self.sides.simulator.state.persons_of(self.lead_id)
            if row.values.get("email") == f"{person}@example.com"
        ]
        assert len(found) < 2, f"{person} is {len(found)} persons"
        return found[0] if found else None

    def _person(self, person: str, column: str) -> Place:
        def in_crm() -> Any:
            row = self._row(person)
            return None if row is None else row.values.get(_PERSON_FIELDS[column])

        return Place(
            f"{person} {column}",
            column,
            lambda: self.contact(person, column),
            in_crm,
            lambda value: self._contact(f"{column} = :v", person, value),
            lambda value: self._edit_person(person, {_PERSON_FIELDS[column]: value}),
        )

    def _contact(self, assignment: str, person: str, value: Any) -> None:
        self.sides.execute(
            f"update erp.contacts set {assignment} where client_code = :client and branch_code = :code"
            " and email = :email",
            v=value,
            client=self.client,
            code=self.code,
            email=f"{person}@example.com",
        )

    def _edit_person(self, person: str, body: dict[str, Any]) -> None:
        row = self._row(person)
        self.sides.simulator.state.update_person(row.id, body, actor="user")

    def _is_contact(self) -> bool:
        return self.contact(NEW, "id") is not None

    def _is_person(self) -> bool:
        return self._row(NEW) is not None

    def _add_or_delete(self, is_there: bool) -> None:
        key = {"client": self.client, "code": self.code, "email": f"{NEW}@example.com"}
        if is_there:
            self.sides.execute(
                "insert into erp.contacts (client_code, branch_code, name, email, is_primary)"
                " values (:client, :code, 'Duda', :email, 'N')",
                **key,
            )
        else:
            self.sides.execute(
                "delete from erp.contacts where client_code = :client and branch_code = :code"
                " and email = :email",
                **key,
            )

    def _main_erp(self) -> Any:
        return self._only([p for p in PERSONS if self.contact(p, "is_primary") == "S"])

    def _main_crm(self) -> Any:
        mains = [p for p in PERSONS if (row := self._row(p)) and row.values.get("mainContact")]
        return self._only(mains)

    @staticmethod
    def _only(mains: list[str]) -> Any:
        return mains[0] if len(mains) == 1 else tuple(mains)

    def _choose_erp(self, person: str) -> None:
        for other in PERSONS:
            if other != person and self.contact(other, "is_primary") == "S":
                self._contact("is_primary = :v", other, "N")
        self._contact("is_primary = :v", person, "S")

    def _choose_crm(self, person: str) -> None:
        self._edit_person(person, {"mainContact": True})

    # ----------------------------------------------------------------- what must hold

    def problems(self) -> list[str]:
        """What does not hold, both sides being at rest."""
        sides = self.sides
        ends = {name: (place.erp(), place.crm()) for name, place in self.places.items()}
        found = [
            f"{name}: ERP {erp!r}, CRM {crm!r}" for name, (erp, crm) in ends.items() if erp != crm
        ]
        for table in ("crm_outbox_events", "crm_inbox_events"):
            found += [
                f"parked in {table}: {detail}"
                for (detail,) in sides.rows(f"select detail from {table} where status = 'PARKED'")
            ]
        if len(sides.simulator.state.leads) != 1:
            found.append(f"{len(sides.simulator.state.leads)} leads")
        decided = sides.rows("select field_name, erp_value, crm_value from crm_merge_audit")
        decided += sides.rows("select field_name, erp_value, crm_value from crm_conflicts")
        for edit in sides.edits:
            # what is deleted in the ERP stays in the CRM
            end = ends[edit.place.name][0 if edit.value is False else 1]
            later = sides.edits[sides.edits.index(edit) + 1 :]
            is_replaced = any(o.place is edit.place and o.before == edit.value for o in later)
            if end == edit.value or is_replaced:
                continue
            if not self._is_decided(edit, decided):
                lost = "overwritten in the gap" if edit.is_in_the_gap else "lost"
                found.append(f"{lost}: {edit.side} {edit.place.name} {edit.value!r}, is {end!r}")
        return found

    @staticmethod
    def _is_decided(edit: Edit, decided: list[tuple[Any, ...]]) -> bool:
        if edit.place.name == "main":
            # the row is of the contact that was not taken, and says S or N
            return any(field == edit.place.field for field, _, _ in decided)
        return any(
            field == edit.place.field and str(edit.value) in (erp, crm)
            for field, erp, crm in decided
        )


def _refuse(value: Any) -> None:
    raise NotImplementedError("the CRM lets no program do this")


async def prepare(sides: Sides) -> Entities:
    """Bring a branch with three contacts to the CRM, in a late stage; both sides are at rest."""
    client, code = sides.rows(
        "select client_code, code from erp.branches where integrate_crm = 'S' order by 1, 2"
    )[0]
    entities = Entities(sides, client, code)
    key = {"client": client, "code": code}
    sides.execute(
        "delete from erp.contacts where client_code = :client and branch_code = :code", **key
    )
    for number, person in enumerate(PERSONS):
        sides.execute(
            "insert into erp.contacts (client_code, branch_code, name, email, phone, job_title, is_primary)"
            " values (:client, :code, :name, :email, :phone, 'Compras', :main)",
            name=person.title(),
            email=f"{person}@example.com",
            phone=f"1191111000{number}",
            main="N" if number else "S",
            **key,
        )
    entities._branch("phone = :v", "11900000000")
    await sides.rest()
    (entities.lead_id,) = sides.simulator.state.leads
    entities._edit_lead({"stage": LATE_STAGE})
    await sides.rest()
    assert entities.problems() == []
    sides.keep()
    return entities
