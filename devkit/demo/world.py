"""The whole world on one machine: ERP database, CRM, daemon, and the accounts between them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import oracledb

from devkit.demo.external import External
from devkit.demo.prefork import Forker
from devkit.demo.processes import Child, ProcessError, free_port, python
from devkit.demo.waiting import Patience
from devkit.erp import deploy, generate
from devkit.oracle.sql.script import ItemKind, ScriptItem, split_script

ROOT = Path(__file__).resolve().parents[2]
_BRIDGE = "CRM_BRIDGE"
BUDGET_PRODUCT = "10001"
SALE_PRODUCT = "10002"


class WorldError(Exception):
    """Raised when something of the world does not come up or does not come to rest."""


class World:
    """Starts, holds and stops everything; a context manager.

    ::

        with World(folder, branches=50) as world:
            world.start_oracle()
            world.deploy_erp()
            world.deploy_integration()
            world.start_crm(quota="off")
            world.start_bridge()
    """

    #: forks the processes of ``erpcrm`` where so many are started that importing them is most of the work
    forker: Forker | None = None

    def __init__(self, folder: Path, *, branches: int = 200, seed: int = 7) -> None:
        self.folder = folder
        self.branches = branches
        self.seed = seed
        self.oracle: Child | None = None
        #: the database that ``ERPCRM_TEST_DSN`` names, in which this world is built; None: a stand-in of its own
        self.external = External.from_environment()
        self.crm: Child | None = None
        self.bridges: list[Child] = []
        self.database: dict[str, Any] = {}
        self.simulator: dict[str, Any] = {}
        self.web_port = free_port()
        self._passwords = {name: secrets.token_urlsafe(12) for name in ("ERP", _BRIDGE)}
        self._webhook_token = secrets.token_urlsafe(24)
        self._log_pepper = secrets.token_urlsafe(24)
        self.api_token = secrets.token_urlsafe(24)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ----------------------------------------------------------------- the ERP database

    @property
    def data(self) -> Path:
        """The stand-in's data directory."""
        return self.folder / "oracle"

    def start_oracle(
        self, *, durability: str = "fast", fresh: bool = True, copy_of: Path | None = None
    ) -> None:
        if self.external is not None:
            self.external.refuse_unless_empty()
            self.database = {
                "dsn": self.external.dsn,
                "admin_user": self.external.user,
                "admin_password": self.external.password,
            }
            return
        arguments = ["--data", str(self.data), "--durability", durability]
        if copy_of is not None:
            # a copied database has its accounts already
            arguments += ["--copy-of", str(copy_of)]
            arguments += [f"--admin-password={self.database['admin_password']}"]
        if not fresh:
            arguments += ["--port", str(self.database["port"])]
        self.oracle = Child(
            "the stand-in for Oracle",
            python("-m", "devkit.oracle", *arguments),
            log=self.folder / "oracle.log",
        )
        ready = self.oracle.first_line()
        ready["port"] = int(ready["dsn"].partition("/")[0].rpartition(":")[2])
        ready.setdefault("admin_password", self.database.get("admin_password"))
        self.database = ready

    @property
    def dsn(self) -> str:
        return str(self.database["dsn"])

    def secrets(self) -> dict[str, str]:
        """What the accounts of the database were made with, by name."""
        return {
            **self._passwords,
            "admin": str(self.database["admin_password"]),
            "webhook_token": self._webhook_token,
        }

    def take_secrets(self, kept: Mapping[str, str]) -> None:
        """Be the world that these :meth:`secrets` are of."""
        self._passwords = {name: kept[name] for name in self._passwords}
        self._webhook_token = kept["webhook_token"]
        self.database = {"admin_password": kept["admin"]}

    def connect(self, user: str) -> oracledb.Connection:
        """A connection as SYSTEM (whoever administers the database), ERP or CRM_BRIDGE."""
        password = self._passwords.get(user) or self.database["admin_password"]
        name = self.admin if user == "SYSTEM" else user
        return oracledb.connect(user=name, password=password, dsn=self.dsn)

    @property
    def admin(self) -> str:
        """The name of the account that administers the database."""
        return str(self.database.get("admin_user", "SYSTEM"))

    def deploy_erp(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Create the customer's schema and fill it."""
        with self.connect("SYSTEM") as admin:
            deploy.deploy(admin, password=self._passwords["ERP"])
        with self.connect("ERP") as erp:
            generate.load(erp, branches=self.branches, seed=self.seed, progress=progress)

    def deploy_integration(self) -> str:
        """What the DBA does: prepare the accounts, then ``erpcrm migrate``; its output."""
        with self.connect("SYSTEM") as admin:
            for script in ("create_owner.sql", "grants_on_erp.sql"):
                run_script(
                    admin,
                    ROOT / "plsql" / "admin" / script,
                    {"bridge_password": self._passwords[_BRIDGE], "tablespace": "users"},
                )
        return self.cli("migrate").stdout

    def set_options(self, **values: str) -> None:
        """What an operator sets in CRM_SETTINGS."""
        with self.connect("SYSTEM") as admin, admin.cursor() as cursor:
            for name, value in values.items():
                cursor.execute(
                    "update crm_sync.crm_settings set value = :value where name = :name",
                    value=value,
                    name=name,
                )
                if cursor.rowcount != 1:
                    raise WorldError(f"there is no setting {name}")
            admin.commit()

    def set_products(self) -> None:
        """The products that a new tenant of the simulator has."""
        self.set_options(budget_product_id=BUDGET_PRODUCT, sale_product_id=SALE_PRODUCT)

    # ----------------------------------------------------------------- the CRM

    def start_crm(
        self,
        *,
        quota: str = "off",
        webhooks: bool = True,
        state: Path | None = None,
        **settings: Any,
    ) -> None:
        """``state``: a file that keeps the CRM's records; without one they end with the simulator."""
        arguments = ["--port", "0", "--quota", quota, "--seed", str(self.seed)]
        if state is not None:
            arguments += ["--state", str(state)]
        if webhooks:
            arguments += [
                "--webhook-url", f"http://127.0.0.1:{self.web_port}/atualizalead",
                f"--webhook-token={self._webhook_token}",
            ]  # fmt: skip
        for name, value in settings.items():
            arguments += ["--set", f"{name}={json.dumps(value)}"]
        self.crm = Child(
            "the CRM simulator",
            python("-m", "devkit.spotter", *arguments),
            log=self.folder / "crm.log",
        )
        self.simulator = self.crm.first_line()

    def crm_admin(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the simulator's admin side."""
        return call(method, f"{self.simulator['admin_url']}{path}", body)

    def leads(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.crm_admin("GET", "/leads")
        return found

    def ledger(self, kind: str, since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.crm_admin("GET", f"/ledger?kind={kind}&since={since}")
        return found

    # ----------------------------------------------------------------- the daemon and its command line

    def settings(self, **extra: str) -> dict[str, str]:
        """The environment of ``erpcrm``."""
        values = {
            "DB_USER": _BRIDGE,
            "DB_PASSWD": self._passwords[_BRIDGE],
            "ERPCRM_DATABASE__DSN": self.dsn,
            "ERPCRM_MIGRATE__USER": self.admin,
            "ERPCRM_MIGRATE__PASSWORD": str(self.database["admin_password"]),
            "ERPCRM_MIGRATE__DIRECTORY": str(ROOT),
            "ERPCRM_WEB__PORT": str(self.web_port),
            "ERPCRM_WEB__TOKEN": self._webhook_token,
            "ERPCRM_WEB__API_TOKEN": self.api_token,
            "ERPCRM_CRM__HANDOVER_QUESTIONS": "1:1,2:1,3:1",
            "ERPCRM_CRM__HANDOVER_PAUSE_SECONDS": "0.5",
            "ERPCRM_LOG__FORMAT": "json",
            "ERPCRM_LOG__PEPPER": self._log_pepper,
            # the simulator's quota is off or raised here: the daemon's own must not be the brake
            "ERPCRM_CRM__QUOTA_CALLS": "100000",
            "ERPCRM_CRM__QUOTA_SECONDS": "20",
        }
        if self.simulator:
            values |= {"API_URL": self.simulator["base_url"], "API_TOKEN": self.simulator["token"]}
        return {**values, **extra}

    def cli(
        self, *arguments: str, check: bool = True, timeout: float = 1800, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``erpcrm`` with these arguments, as an operator would."""
        env = {**os.environ, **self.settings(**extra)}
        if self.forker is not None:
            done = self.forker.run(arguments, env=env, timeout=timeout, cwd=ROOT)
        else:
            done = subprocess.run(
                python("-m", "bridge", *arguments),
                env=env,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        if check and done.returncode != 0:
            raise WorldError(
                f"erpcrm {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def start_bridge(
        self, *, worker: str = "demo:bridge", wait: bool = True, **extra: str
    ) -> Child:
        bridge = Child(
            "the daemon",
            ["run"] if self.forker is not None else python("-m", "bridge", "run"),
            log=self.folder / "bridge.log",
            forker=self.forker,
            env=self.settings(ERPCRM_RELAY__WORKER_ID=worker, **extra),
        )
        self.bridges.append(bridge)
        if wait:
            port = int(extra.get("ERPCRM_WEB__PORT", self.web_port))
            self.wait_for(
                lambda: is_ready(port) or _still_runs(bridge), "the daemon to be ready", seconds=60
            )
        return bridge

    @property
    def bridge(self) -> Child:
        return self.bridges[-1]

    # ----------------------------------------------------------------- waiting, ending

    def wait_for(self, condition: Callable[[], Any], what: str, *, seconds: float = 60.0) -> None:
        """Look every 50 ms until the condition holds; give up when nothing has gone on for ``seconds``."""
        patience = Patience(self.pulse, seconds)
        while not condition():
            if patience.is_over:
                raise WorldError(f"waited {patience.waited:.0f} s for {what}")
            time.sleep(0.05)

    def pulse(self) -> Hashable:
        """Is another one later if something has gone on meanwhile, in the database, the CRM or the processes."""
        children = [*self.bridges, self.crm, self.oracle]
        running = tuple(child.pid for child in children if child is not None and child.is_running)
        try:
            figures = tuple(
                sorted(
                    (name, value) for name, value in self.status().items() if "_age_" not in name
                )
            )
            calls = self.crm_admin("GET", "/ledger/summary")["last_seq"] if self.crm else 0
            return running, figures, calls
        except (oracledb.Error, OSError) as exc:  # one of them is down
            return running, type(exc).__name__

    def status(self) -> dict[str, float]:
        """The integration's own figures, from its status view."""
        with self.connect("SYSTEM") as admin, admin.cursor() as cursor:
            cursor.execute("select metric, value from crm_sync.crm_status_v")
            return {str(metric): float(value or 0) for metric, value in cursor}

    def is_quiet(self) -> bool:
        """Nothing under way in the database, no webhook on its way."""
        status = self.status()
        names = ("outbox_pending", "outbox_inflight", "inbox_pending")
        return (
            not any(status.get(name) for name in names)
            and not self.crm_admin("GET", "/webhooks")["pending"]
        )

    def drain(self, *, seconds: float = 90.0) -> None:
        """Wait until both directions are at rest, thrice in a row: the first rest may be between two hops.

        Gives up when nothing has gone on for ``seconds``, or when it does not end.
        """
        patience = Patience(self.pulse, seconds)
        calm = 0
        while calm < 3:
            calm = calm + 1 if self.is_quiet() else 0
            if patience.is_over:
                raise WorldError(f"not at rest after {patience.waited:.0f} s: {self.status()}")
            time.sleep(0.06)

    def stop(self) -> None:
        for child in [*reversed(self.bridges), self.crm, self.oracle]:
            if child is not None:
                child.stop()
        self.bridges.clear()
        self.crm = self.oracle = None
        if self.external is not None and self.database:
            self.database = {}
            self.external.remove()


def _still_runs(child: Child) -> bool:
    if not child.is_running:
        raise ProcessError(f"{child.name} ended with {child.process.returncode}\n{child.tail()}")
    return False


def call(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """One HTTP call with JSON in and out."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url,
        data=data,
        method=method,
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def run_script(connection: oracledb.Connection, path: Path, defines: Mapping[str, str]) -> None:
    """Run a DBA's SQL*Plus script: ``&name`` is replaced, SQL*Plus commands are left out."""
    variables = {name.upper(): value for name, value in defines.items()}
    _execute(
        connection,
        split_script(path.read_text(encoding="utf-8"), source=path.name, variables=variables),
    )


def run_scripts(connection: oracledb.Connection, path: Path, *, schema: str) -> None:
    """Run a script and all that it includes with ``@@``, in a schema."""

    def include(name: str, _parent: str | None) -> tuple[str, str]:
        return name, (path.parent / name).read_text(encoding="utf-8")

    with connection.cursor() as cursor:
        cursor.execute(f"alter session set current_schema = {schema}")
    _execute(
        connection,
        split_script(path.read_text(encoding="utf-8"), source=path.name, include=include),
    )


def _execute(connection: oracledb.Connection, items: Sequence[ScriptItem]) -> None:
    with connection.cursor() as cursor:
        for item in items:
            if item.kind in (ItemKind.SQL, ItemKind.PLSQL):
                try:
                    cursor.execute(item.text)
                except oracledb.Error as exc:
                    raise WorldError(f"{item.source}, line {item.line}: {exc}") from exc
                if cursor.warning is not None:
                    raise WorldError(f"{item.source}, line {item.line}: {cursor.warning}")
