"""What merging and mapping add to a change, held against the same way of the change without them."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Collection, Mapping
from typing import Any

import oracledb

from bench.measure import Measurement
from bridge.core.delivery import Delivery
from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter, Change, CrmId, Operation, Outcome, RecordKey
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.testing import ManualClock, MemoryOutbox
from devkit.demo.world import World

_AREA = "Merge and mapping"
_ROW = {
    "id": 1, "stage": "Ativação", "lead": "Padaria São João", "cnpj": "11222333000181",
    "industry": {"id": 1, "value": "Saúde"}, "phone1": "11987654321", "street": "Rua das Flores",
    "number": "12", "complement": None, "district": "Centro", "cep": "01001000",
    "city": "São Paulo", "state": "SP",
}  # fmt: skip
_CUSTOM = [
    {"id": "_cod.gestores", "leadId": 1, "value": "", "options": [{"value": "7"}]},
    {"id": "_cod.cliente", "leadId": 1, "value": "1001", "options": []},
    {"id": "_inscricaoestadual", "leadId": 1, "value": "110042490114", "options": []},
    {"id": "_analisefinanceira", "leadId": 1, "value": "A", "options": []},
]
# crm_merge may be called by this name only, besides the product; dropped afterwards.
_PACKAGE = """
create or replace package crm_sync.crm_test_merge authid definer is
   procedure run(in_count in pls_integer, in_image in varchar2, in_is_merging in varchar2);
end crm_test_merge;"""
_BODY = """
create or replace package body crm_sync.crm_test_merge is
   procedure run(in_count in pls_integer, in_image in varchar2, in_is_merging in varchar2)
   is
      co_image constant json_object_t := json_object_t.parse(in_image);
      t_keys   constant json_key_list := co_image.get_keys;
      t_base   crm_types.fields_type;
      t_crm    crm_types.fields_type;
      r_merge  crm_merge.merge_type;
   begin
      for i in 1 .. t_keys.count loop
         t_base(t_keys(i)) := co_image.get_string(t_keys(i));
      end loop;
      t_crm := t_base;
      t_crm('phone') := '11900000001';
      for i in 1 .. in_count loop
         if in_is_merging = 'S' then
            r_merge := crm_merge.merge_fields(in_base => t_base, in_erp => t_base, in_crm => t_crm);
         end if;
      end loop;
   end run;
end crm_test_merge;"""


class _Prepared(LeadMapper):
    """Hands out what was mapped before: the same way of a change without the mapping."""

    def __init__(self, names: FieldNames) -> None:
        super().__init__(names)
        self._body: dict[str, Any] | None = None

    def to_lead(
        self,
        document: Mapping[str, Any],
        fields: Collection[str] | None = None,
        *,
        custom_fields: bool = True,
    ) -> dict[str, Any]:
        if self._body is None:
            self._body = super().to_lead(document, fields, custom_fields=custom_fields)
        return self._body


def measure(world: World, *, short: bool) -> list[Measurement]:
    """Mapping in the daemon's language, merging in the database's."""
    return [*_mapping(world, short=short), *_merging(world, short=short)]


# --------------------------------------------------------------------------- mapping


def _mapping(world: World, *, short: bool) -> list[Measurement]:
    mapper = LeadMapper(FieldNames())
    document = dict(mapper.from_lead(_ROW, _CUSTOM).fields)
    fields = frozenset({"phone", "address_complement"})
    repeats = 2_000 if short else 20_000
    out = _cpu(lambda: mapper.to_lead(document, fields), repeats)
    back = _cpu(lambda: mapper.from_lead(_ROW, _CUSTOM), repeats)
    world.crm_admin("PATCH", "/settings", {"webhook_paused": True})
    count = 50 if short else 300
    bare = statistics.median(
        asyncio.run(_deliveries(world, document, fields, count)) for _ in range(5)
    )
    world.crm_admin("PATCH", "/settings", {"webhook_paused": False})
    world.drain()
    return [
        Measurement(
            _AREA, "CPU of a delivery in the daemon, mapping left out", f"{bare * 1000:.2f} ms", "",
            f"adapter, policy and HTTP, median of 5 rounds of {count}; without the database",
        ),
        Measurement(
            _AREA, "added by mapping a change for the CRM", f"{out * 1e6:.0f} µs, {out / bare:.1%}",
            "the delivery without it", f"two fields, mean of {repeats:,}",
        ),
        Measurement(
            _AREA, "mapping a lead that was read", f"{back * 1e6:.0f} µs", "",
            f"all fields, mean of {repeats:,}",
        ),
    ]  # fmt: skip


def _cpu(work: Any, repeats: int) -> float:
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats


async def _deliveries(
    world: World, document: Mapping[str, Any], fields: frozenset[str], count: int
) -> float:
    """CPU seconds of one delivery in this process."""
    lead = world.leads()[0]["id"]
    async with CrmClient(
        base_url=world.simulator["base_url"],
        headers={"token_exact": world.simulator["token"]},
        timeout_seconds=20,
    ) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=1_000_000,
            quota_seconds=1.0,
            breaker_failures=5,
            breaker_seconds=1.0,
        )
        crm = SpotterCrm(
            policy,
            mapper=_Prepared(FieldNames()),
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="",
            discard_reason="",
        )
        delivery = Delivery(
            crm,
            outbox=MemoryOutbox(ManualClock()),
            retry=RetryPolicy(base_seconds=1, cap_seconds=2),
        )
        # a field that nobody syncs takes the same way
        body = {"description": "bench", "website": "https://example.com/"}
        crm._mapper._body = body  # type: ignore[attr-defined]
        change = Change(
            event_id=1,
            record_key=RecordKey("1-1"),
            version=1,
            operation=Operation.UPSERT,
            fence_token=1,
            attempt=1,
            idempotency_key="bench",
            crm_id=CrmId(lead),
            is_in_doubt=False,
            document=document,
            agreed_image=document,
            changed_fields=fields,
        )
        started = time.process_time()
        for _ in range(count):
            settlement = await delivery.deliver(change, CallMeter())
            if settlement.outcome is not Outcome.DELIVERED:
                raise RuntimeError(f"the delivery ended as {settlement.outcome}")
        return (time.process_time() - started) / count


# --------------------------------------------------------------------------- merging


def _merging(world: World, *, short: bool) -> list[Measurement]:
    count = 50 if short else 500
    with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
        cursor.execute(
            "select r.crm_id, r.agreed_image from crm_sync.crm_records r where r.agreed_hash is not null"
            " fetch first 1 row only"
        )
        crm_id, image = cursor.fetchone() or (0, "")
        text = image if isinstance(image, str) else image.read()
        fields = {
            name: None if value is None else str(value) for name, value in json.loads(text).items()
        }
        cursor.execute(_PACKAGE)
        cursor.execute(_BODY)
        if cursor.warning is not None:
            raise RuntimeError(f"the package of the bench: {cursor.warning}")
        merging, idle = (
            min(_seconds(cursor, count, json.dumps(fields), flag) for _ in range(3))
            for flag in ("S", "N")
        )
        cursor.execute("drop package crm_sync.crm_test_merge")
        merge = (merging - idle) / count
        apply = statistics.median(
            _apply(admin, int(crm_id), fields, number) for number in range(5 if short else 15)
        )
    return [
        Measurement(
            _AREA, "apply of a lead with one changed field, merge left out",
            f"{(apply - merge) * 1000:.1f} ms", "",
            "on the stand-in, one session, wall time; rolled back",
        ),
        Measurement(
            _AREA, "added by the merge of all fields", f"{merge * 1000:.2f} ms, {merge / (apply - merge):.1%}",
            "the apply without it", f"mean of {count} calls of crm_merge.merge_fields, least of 3 rounds",
        ),
    ]  # fmt: skip


def _seconds(cursor: oracledb.Cursor, count: int, image: str, is_merging: str) -> float:
    started = time.perf_counter()
    cursor.execute(
        "begin crm_sync.crm_test_merge.run(:count_, :image, :flag); end;",
        count_=count,
        image=image,
        flag=is_merging,
    )
    return time.perf_counter() - started


def _apply(
    connection: oracledb.Connection, crm_id: int, fields: Mapping[str, Any], number: int
) -> float:
    """Seconds of one apply_lead; store and claim before it are not counted."""
    with connection.cursor() as cursor:
        inbox_id = cursor.var(oracledb.NUMBER)
        cursor.execute(
            "declare l_flag varchar2(1 char); begin crm_sync.crm_bridge_api.store_webhook("
            "'bench', 'LEAD_UPDATED', :key, :crm_id, null, :inbox_id, l_flag); end;",
            key=f"{number:064d}",
            crm_id=crm_id,
            inbox_id=inbox_id,
        )
        webhooks = cursor.var(oracledb.DB_TYPE_CURSOR)
        cursor.execute(
            "begin crm_sync.crm_bridge_api.claim_webhooks('bench', 1, 60, :webhooks); end;",
            webhooks=webhooks,
        )
        claimed = webhooks.getvalue()
        names = [column.name for column in claimed.description or ()]
        row = dict(zip(names, claimed.fetchone() or (), strict=True))
        result = cursor.var(str)
        lead = {**fields, "crm_id": crm_id, "stage": "Ativação", "phone": f"119{number:08d}"}
        started = time.perf_counter()
        cursor.execute(
            "begin crm_sync.crm_bridge_api.apply_lead(:inbox_id, :fence, :lead, :result); end;",
            inbox_id=row["INBOX_ID"],
            fence=row["FENCE_TOKEN"],
            lead=json.dumps(lead),
            result=result,
        )
        seconds = time.perf_counter() - started
        connection.rollback()
        if result.getvalue() != "APPLIED":
            raise RuntimeError(f"the lead was {result.getvalue()}")
    return seconds
