"""The daemon: CPU per delivered change, and commit-to-CRM latency, each against a bare client's."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import oracledb

from bench.measure import Measurement, cpu_seconds
from devkit.demo.proof import latencies
from devkit.demo.world import World

_AREA = "The daemon"


def _touch(cursor: oracledb.Cursor, text: str, count: int) -> list[int]:
    """Change one field of ``count`` branches in one statement; their lead ids."""
    cursor.execute(
        "select id_crm from branches where id_crm is not null order by client_code, code"
        " fetch first :count_ rows only",
        count_=count,
    )
    leads = [int(row[0]) for row in cursor]
    cursor.executemany(
        "update branches set address_complement = :text where id_crm = :lead",
        [{"text": f"{text} {number}", "lead": lead} for number, lead in enumerate(leads)],
    )
    return leads


def measure_cpu(world: World, *, short: bool) -> list[Measurement]:
    """Deliver a burst; then a bare aiohttp client in a process of its own sends the same bodies."""
    count = 60 if short else 300
    rounds = 2 if short else 5
    ours: list[float] = []
    bare: list[float] = []
    with world.connect("ERP") as erp, erp.cursor() as cursor:
        for number in range(rounds):
            since = world.crm_admin("GET", "/ledger/summary")["last_seq"]
            before = cpu_seconds(world.bridge.pid)
            _touch(cursor, f"cpu {number}", count)
            erp.commit()
            world.drain()
            ours.append((cpu_seconds(world.bridge.pid) - before) / count)
            puts = [
                write
                for write in world.ledger("write", since=since)
                if write["operation"] == "update_lead"
            ]
            if len(puts) != count:
                raise RuntimeError(f"{len(puts)} calls for {count} changes")
            bare.append(_bare_client(world, puts) / count)
    ratio = statistics.median(ours) / statistics.median(bare)
    return [
        Measurement(
            _AREA, "CPU per delivered change", f"{statistics.median(ours) * 1000:.2f} ms", "",
            f"median of {rounds} bursts of {count}; claim, call, settle, echo webhook and its claim included",
        ),
        Measurement(
            _AREA, "CPU per call of a bare aiohttp client", f"{statistics.median(bare) * 1000:.2f} ms", "",
            "same bodies to the same simulator, 8 at a time",
        ),
        Measurement(_AREA, "ratio", f"{ratio:.1f} x", "the bare client", "medians of the same run"),
    ]  # fmt: skip


_CLIENT = """
import asyncio, json, resource, sys
import aiohttp

async def main():
    work = json.load(sys.stdin)
    gate = asyncio.Semaphore(8)
    async with aiohttp.ClientSession(headers={"token_exact": work["token"]}) as session:
        async def put(item):
            async with gate, session.put(work["base_url"] + item["path"], json=item["body"]) as reply:
                assert reply.status == 201, await reply.text()
                await reply.read()
        start = resource.getrusage(resource.RUSAGE_SELF)
        await asyncio.gather(*(put(item) for item in work["items"]))
        end = resource.getrusage(resource.RUSAGE_SELF)
    print((end.ru_utime + end.ru_stime) - (start.ru_utime + start.ru_stime))

asyncio.run(main())
"""


def _bare_client(world: World, writes: list[dict[str, Any]]) -> float:
    """CPU seconds of the bare client for these updates."""
    # the same shape and size as the daemon sent; the description, because nobody syncs it
    items = [
        {
            "path": f"/LeadsUpdate/{write['lead_id']}",
            "body": {
                "duplicityValidation": False,
                "lead": {
                    "description": f"{write['changed'][0]['new']} again",
                    "website": "https://example.com/",
                },
            },
        }
        for write in writes
    ]
    world.crm_admin("PATCH", "/settings", {"webhook_paused": True})
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT],
        input=json.dumps(
            {**{k: world.simulator[k] for k in ("base_url", "token")}, "items": items}
        ),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )
    world.crm_admin("PATCH", "/settings", {"webhook_paused": False})
    world.drain()
    return float(done.stdout)


def measure_latency(world: World, *, short: bool) -> list[Measurement]:
    """Single changes on a quiet system, and the floor: queue wake-up plus one call, in the same run."""
    count = 15 if short else 60
    since = world.crm_admin("GET", "/ledger/summary")["last_seq"]
    commits: dict[int, datetime] = {}
    with world.connect("ERP") as erp, erp.cursor() as cursor:
        cursor.execute(
            "select id_crm from branches where id_crm is not null order by client_code desc, code"
            " fetch first :count_ rows only",
            count_=count,
        )
        for number, (lead,) in enumerate(cursor.fetchall()):
            cursor.execute(
                "update branches set address_complement = :text where id_crm = :lead",
                text=f"latency {number}",
                lead=lead,
            )
            erp.commit()
            commits[int(lead)] = datetime.now(UTC)
            time.sleep(0.08)
    world.drain()
    found = latencies(commits, world.ledger("write", since=since))
    if len(found) != count:
        raise RuntimeError(f"{len(found)} of {count} changes arrived")
    floor = asyncio.run(_floor(world, 15 if short else 60))
    middle = statistics.median(found)
    return [
        Measurement(
            _AREA, "commit to CRM, p50 / p95",
            f"{middle * 1000:.0f} / {sorted(found)[int(count * 0.95) - 1] * 1000:.0f} ms", "",
            f"{count} single changes, one every 80 ms",
        ),
        Measurement(
            _AREA, "floor: commit to dequeue, plus one PUT", f"{floor * 1000:.0f} ms", "",
            "bare consumer and bare client, medians",
        ),
        Measurement(_AREA, "ratio", f"{middle / floor:.1f} x", "the floor", "medians of the same run"),
    ]  # fmt: skip


async def _floor(world: World, count: int) -> float:
    """Median seconds from a commit to the return of a waiting dequeue, plus those of one PUT."""
    import aiohttp

    admin_password = world.database["admin_password"]
    waits: list[float] = []
    with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
        prepare_floor_queue(cursor)
        consumer = await oracledb.connect_async(
            user="SYSTEM", password=admin_password, dsn=world.dsn
        )
        async with consumer:
            queue = consumer.queue("SYSTEM.BENCH_Q")
            queue.deqoptions.wait = 5
            queue.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
            producer = admin.queue("SYSTEM.BENCH_Q")
            for number in range(count):
                waiting = asyncio.create_task(queue.deqone())
                await asyncio.sleep(0.02)
                await asyncio.to_thread(
                    producer.enqone, admin.msgproperties(payload=f"{number}".encode())
                )
                await asyncio.to_thread(admin.commit)
                committed = time.perf_counter()
                await waiting
                waits.append(max(0.0, time.perf_counter() - committed))
                await consumer.commit()
    calls: list[float] = []
    lead = world.leads()[0]["id"]
    headers = {"token_exact": world.simulator["token"]}
    async with aiohttp.ClientSession(headers=headers) as session:
        for number in range(count):
            started = time.perf_counter()
            body = {"lead": {"description": f"floor {number}"}}
            async with session.put(
                f"{world.simulator['base_url']}/LeadsUpdate/{lead}", json=body
            ) as reply:
                await reply.read()
            calls.append(time.perf_counter() - started)
    return statistics.median(waits) + statistics.median(calls)


def prepare_floor_queue(cursor: oracledb.Cursor) -> None:
    """A queue of its own: the product's queues have a consumer already."""
    cursor.execute(
        """begin
              sys.dbms_aqadm.create_queue_table(queue_table => 'SYSTEM.BENCH_QT', queue_payload_type => 'RAW');
              sys.dbms_aqadm.create_queue(queue_name => 'SYSTEM.BENCH_Q', queue_table => 'SYSTEM.BENCH_QT');
              sys.dbms_aqadm.start_queue(queue_name => 'SYSTEM.BENCH_Q');
           end;"""
    )
