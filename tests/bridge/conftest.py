"""Shared by the tests of the daemon: ports in memory, no database, no sleeping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import stamina
from patience import until_async

from bridge.domain.changes import Change, CrmId, Operation, RecordKey
from bridge.testing import ManualClock, MemoryCrm, MemoryInbox, MemoryOutbox

DOCUMENT = {
    "record_key": "1001-1",
    "client_code": 1001,
    "branch_code": 1,
    "taxid": "12ABC34501DE35",
    "name": "Padaria São João",
    "tax_registration": "110042490114",
    "industry": "Alimentos e bebidas",
    "phone": "11987654321",
    "address_street": "Rua das Flores",
    "address_number": "S/N",
    "address_complement": None,
    "address_district": "Centro",
    "address_zipcode": "01310100",
    "city": "São Paulo",
    "state": "SP",
    "sales_rep": 12,
    "financial_analysis": "Crédito aprovado",
    "crm_id": None,
}


@pytest.fixture(autouse=True)
def _short_retries() -> object:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def outbox(clock: ManualClock) -> MemoryOutbox:
    return MemoryOutbox(clock)


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm()


def make_change(**changes: object) -> Change:
    """A first attempt to create the sample record; arguments replace fields."""
    values: dict[str, object] = {
        "event_id": 1,
        "record_key": RecordKey("1001-1"),
        "version": 1,
        "operation": Operation.UPSERT,
        "fence_token": 1,
        "attempt": 1,
        "idempotency_key": "erp:1001-1:1",
        "crm_id": None,
        "is_in_doubt": False,
        "document": DOCUMENT,
        "agreed_image": None,
        "changed_fields": frozenset(DOCUMENT),
        **changes,
    }
    return Change(**values)  # type: ignore[arg-type]


@pytest.fixture
def change() -> Callable[..., Change]:
    return make_change


@pytest.fixture
def lead_of() -> Callable[[int], CrmId]:
    return CrmId


Waiter = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def until() -> Waiter:
    return until_async
