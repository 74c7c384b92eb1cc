"""The story of the demonstration, act by act; each act does something and checks what it claims."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from devkit.demo.proof import Comparison, Latency, compare, erp_rows, latencies
from devkit.demo.proof_steps import StepComparison, compare_steps, step_rows
from devkit.demo.screen import Screen
from devkit.demo.world import BUDGET_PRODUCT, World, WorldError
from devkit.erp import sales, user

_LATE_STAGE = "Desenvolvimento/Orçamento"  # early stages are not mirrored into the ERP
_EDITS = 20
_DEALS = 6
_SECRET = "11900000000"  # a phone number that is rolled back; nobody else has it


@dataclass(slots=True)
class Facts:
    """What the acts did, for the proof."""

    erp_edits: list[Any] = field(default_factory=list)
    crm_edits: list[dict[str, Any]] = field(default_factory=list)
    commits: dict[int, datetime] = field(default_factory=dict)  # lead id → commit of its ERP edit
    edits_from: int = 0  # ledger sequence at which the edits began
    edit_calls_until: int = 0
    killed: bool = False
    repaired: int = 0
    deals: int = 0  # contacts, proposals and sales that had to travel


class Story:
    """Runs the acts in order on one world."""

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self.facts = Facts()

    def set_up(self) -> None:
        world, screen = self._world, self._screen
        with screen.step("Starting the stand-in for Oracle (development only)"):
            world.start_oracle()
        with screen.step(f"Deploying the sample ERP with {world.branches} client branches") as step:
            world.deploy_erp(progress=lambda _table, done, total: step.progress(done, total))
        with screen.step(
            "Deploying the integration: accounts by the DBA, then erpcrm migrate"
        ) as step:
            step.note(world.deploy_integration().strip().splitlines()[-1])
            world.set_products()
        with screen.step("Starting the CRM simulator") as step:
            world.start_crm(quota="off")
            step.note("its quota of 30 calls per 20 s is lifted for this demonstration")
        with screen.step("Starting the daemon: erpcrm run"):
            world.start_bridge()

    def load(self) -> None:
        world = self._world
        with self._screen.step("Loading all branches into the CRM: erpcrm load") as step:
            world.cli("load")

            def all_there() -> bool:
                count = world.crm_admin("GET", "/health")["leads"]
                step.progress(count, world.branches)
                return bool(count >= world.branches)

            world.wait_for(all_there, "all leads in the CRM", seconds=120)
            world.drain()

    def edit_both_sides(self) -> None:
        """ERP and CRM users edit at the same time; the daemon dies in the middle and comes back."""
        world, facts = self._world, self.facts
        facts.edits_from = world.crm_admin("GET", "/ledger/summary")["last_seq"]
        with self._screen.step(
            f"{_EDITS} edits in the ERP and {_EDITS} in the CRM at once; SIGKILL of the daemon between"
        ) as step:
            crm_user = threading.Thread(target=self._edit_crm)
            erp_user = threading.Thread(target=self._edit_erp)
            crm_user.start()
            erp_user.start()
            world.wait_for(
                lambda: len(self._api_writes()) >= 3 or not erp_user.is_alive(),
                "the first edits",
                seconds=30,
            )
            world.bridge.kill()
            facts.killed = True
            erp_user.join()
            crm_user.join()
            step.note("killed after the first writes; edits went on without it; starting it again")
            world.start_bridge()
            world.drain()

    def _api_writes(self) -> list[dict[str, Any]]:
        return [
            write
            for write in self._world.ledger("write", since=self.facts.edits_from)
            if write["actor"] == "api"
        ]

    def _edit_crm(self) -> None:
        self.facts.crm_edits = self._world.crm_admin(
            "POST", "/edit_random", {"count": _EDITS, "seed": 11, "stage": _LATE_STAGE}
        )

    def _edit_erp(self) -> None:
        with self._world.connect("ERP") as erp:
            for number in range(_EDITS):
                edits = user.edit_random(erp, 1, seed=100 + number)
                erp.commit()
                committed = datetime.now(UTC)
                self.facts.erp_edits += edits
                for edit in edits:
                    self._remember_commit(erp, edit.record_key, committed)
                time.sleep(0.05)

    def _remember_commit(self, erp: Any, record_key: str, when: datetime) -> None:
        client, _, branch = record_key.partition("-")
        with erp.cursor() as cursor:
            cursor.execute(
                "select id_crm from branches where client_code = :client and code = :branch",
                client=int(client),
                branch=int(branch),
            )
            row = cursor.fetchone()
        if row and row[0] is not None:
            self.facts.commits.setdefault(int(row[0]), when)

    def measure_latency(self) -> None:
        """A quiet series: what one change takes when nothing else goes on."""
        self.facts.commits.clear()
        with self._screen.step("A quiet series of ERP edits, for the latency"):
            self._edit_quietly()
            self._world.drain()

    def _edit_quietly(self) -> None:
        with self._world.connect("ERP") as erp:
            for number in range(_EDITS):
                edits = user.edit_random(erp, 1, seed=500 + number)
                erp.commit()
                committed = datetime.now(UTC)
                self.facts.erp_edits += edits
                for edit in edits:
                    self._remember_commit(erp, edit.record_key, committed)
                time.sleep(0.1)

    def deal(self) -> None:
        """Contacts, quotations and orders in the ERP; the daemon dies in the middle and comes back."""
        world = self._world
        with self._screen.step(
            f"{_DEALS} clients get a contact and a quotation, some an order; SIGKILL between"
        ) as step:
            with world.connect("ERP") as erp:
                branches = self._free_branches(erp)
                since = world.crm_admin("GET", "/ledger/summary")["last_seq"]
                budgets = [self._first_deal(erp, *branch) for branch in branches]
                world.wait_for(
                    lambda: world.ledger("write", since=since), "the first of them", seconds=30
                )
                world.bridge.kill()
                sales.reprice_budget(erp, budgets[0], Decimal("2500"))
                sales.reject_budget(erp, budgets[1])
                for client, code in branches[-2:]:
                    sales.add_order(erp, client, code, Decimal("4000"))
                erp.commit()
            world.start_bridge()
            world.drain()
            # contact and proposal of each; what was rejected and repriced; the two sales
            self.facts.deals = 2 * _DEALS + 2 + 2
            step.note("one repriced, one rejected, two sold while the daemon was away")

    def _free_branches(self, erp: Any) -> list[tuple[int, int]]:
        with erp.cursor() as cursor:
            cursor.execute(
                "select client_code, code from branches where id_crm is not null"
                " order by client_code, code fetch first :count_ rows only",
                count_=_DEALS,
            )
            return [(int(client), int(code)) for client, code in cursor]

    def _first_deal(self, erp: Any, client: int, code: int) -> int:
        name = f"Contato Novo {client}-{code}"
        sales.add_contact(erp, client, code, name, email=f"novo.{client}.{code}@example.com")
        budget = sales.add_budget(erp, client, code, Decimal(1000 + code))
        erp.commit()
        return budget

    def compare_steps(self) -> StepComparison:
        with self._world.connect("ERP") as erp:
            contacts, values = step_rows(erp)
        return compare_steps(
            contacts,
            values,
            self._world.leads(),
            self._world.ledger("write"),
            product=int(BUDGET_PRODUCT),
        )

    def roll_back(self) -> None:
        with self._screen.step("One ERP edit, rolled back: it must never be sent"):
            with self._world.connect("ERP") as erp, erp.cursor() as cursor:
                cursor.execute("update branches set phone = :phone where rownum = 1", phone=_SECRET)
                if cursor.rowcount != 1:
                    raise WorldError("the edit to roll back touched no branch")
                erp.rollback()
            self._world.drain()

    def bypass_capture(self) -> None:
        """An update that no trigger sees; the hash-diff finds and mends it."""
        world = self._world
        with self._screen.step("One branch updated with the capture trigger disabled"):
            with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
                cursor.execute("alter trigger crm_sync.crm_branches_trg disable")
                cursor.execute(
                    "update erp.branches set address_street = 'Rua Fora do Gatilho', updated_on = sysdate"
                    " where rowid = (select min(rowid) from erp.branches where integrate_crm = 'S')"
                )
                touched = cursor.rowcount
                admin.commit()
                cursor.execute("alter trigger crm_sync.crm_branches_trg enable")
            world.drain()
            before = self.compare()
            if touched != 1 or len(before.differences) != 1:
                raise WorldError(
                    f"one difference was expected, {len(before.differences)} are there"
                )
        with self._screen.step("erpcrm diff --repair (Spark)") as step:
            report = json.loads(world.cli("diff", "--repair", "--json").stdout)
            self.facts.repaired = int(report["repaired"])
            step.note(
                f"{report['rows_compared']} rows compared, {report['changed']} changed, {report['repaired']} repaired"
            )
            world.drain()

    def compare(self) -> Comparison:
        with self._world.connect("ERP") as erp:
            return compare(erp_rows(erp), self._world.leads())

    def prove(self) -> bool:
        """Compare, count, show; True when everything that the demonstration claims holds."""
        world, facts = self._world, self.facts
        comparison = self.compare()
        hanging = self.compare_steps()
        summary = world.crm_admin("GET", "/ledger/summary")
        since = world.crm_admin("GET", f"/ledger/summary?since={facts.edits_from}")
        writes = world.ledger("write", since=facts.edits_from)
        latency = Latency.of(latencies(facts.commits, writes))
        leaked = sum(_SECRET in json.dumps(entry) for entry in world.ledger("write"))
        lost = len(comparison.differences) + len(comparison.missing) + len(hanging.differences)
        doubled = len(summary["doubled_creates"]) + len(comparison.doubled) + len(hanging.doubled)
        changes = len({edit.record_key for edit in facts.erp_edits}) + len(
            {edit["lead_id"] for edit in facts.crm_edits}
        )
        changes += facts.deals
        rows = [
            ("records compared", str(comparison.compared)),
            ("equal in every field", str(comparison.equal)),
            (
                "contacts / proposals / sales compared",
                f"{hanging.contacts} / {hanging.proposals} / {hanging.sales}",
            ),
            ("calls made in all", str(summary["requests"])),
            ("calls since the edits began", str(since["requests"])),
            ("calls per changed record", f"{since['requests'] / max(1, changes):.2f}"),
            (
                "commit to CRM, p50 / p95",
                f"{latency.p50 * 1000:.0f} / {latency.p95 * 1000:.0f} ms ({latency.count} changes)",
            ),
            (
                "edits in the ERP / in the CRM",
                f"{len(facts.erp_edits)} / {len(facts.crm_edits)} fields",
            ),
            ("repaired by the hash-diff", str(facts.repaired)),
            ("rolled-back edits sent", str(leaked)),
            ("lost", str(lost)),
            ("doubled", str(doubled)),
        ]
        self._screen.table("Proof, from the ERP's tables and the simulator's ledger", rows)
        for difference in [*comparison.differences, *hanging.differences][:10]:
            self._screen.say(
                f"  {difference.record_key} {difference.field}: ERP {difference.erp!r}, CRM {difference.crm!r}"
            )
        if comparison.strangers:
            self._screen.say(f"  leads of no branch: {comparison.strangers[:10]}")
        return (
            comparison.holds
            and hanging.holds
            and hanging.contacts >= _DEALS
            and hanging.proposals > 0
            and hanging.sales == 2
            and comparison.compared >= world.branches
            and not leaked
            and not doubled
            and facts.killed
            and facts.repaired == 1
            and latency.count > 0
        )
