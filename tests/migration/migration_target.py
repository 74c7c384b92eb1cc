"""A schema of its own for one test of ``erpcrm migrate``, and a copy of the scripts to play with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployed_world import Deployed

from devkit.demo.processes import python
from devkit.demo.world import ROOT, run_script
from devkit.tools.bundle import build

__all__ = ["BAD", "GOOD", "UNDO", "Client", "Target", "deployer", "empty_target", "grant_erp"]

GOOD = """create table a (n number(3) not null)
/
insert into a (n) values (1)
/
commit
/
insert into a (n) values (2)
/
commit
/
"""
BAD = GOOD.replace("(2)", "(1234)")
UNDO = """drop table a
/
delete from crm_migrations m
 where m.script = 'migrations/V0001__create_a.sql'
/
commit
/
"""


@dataclass(slots=True)
class Target:
    """An empty schema of its own, and a copy of the scripts to play with."""

    world: Deployed
    schema: str
    root: Path

    @property
    def settings(self) -> dict[str, str]:
        return {"ERPCRM_MIGRATE__OWNER": self.schema, "ERPCRM_MIGRATE__DIRECTORY": str(self.root)}

    def erpcrm(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.world.cli(*words, check=False, **self.settings)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            python("-m", "bridge", *words),
            env={**os.environ, **self.world.settings(**self.settings)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def report(self, *words: str) -> dict[str, object]:
        done = self.erpcrm(*words, "--json")
        assert done.returncode == 0, done.stderr
        report: dict[str, object] = json.loads(done.stdout)
        return report

    def ledger(self) -> dict[str, tuple[str, int, int]]:
        rows = self.world.rows(
            f"select script, state, statement_reached, statement_count from {self.schema}.crm_migrations"
        )
        return {script: (state, reached, count) for script, state, reached, count in rows}

    def objects(self) -> list[str]:
        return [
            f"{kind} {name}"
            for kind, name in self.world.rows(
                "select object_type, object_name from all_objects where owner = :owner order by 1, 2",
                owner=self.schema,
            )
        ]

    def with_scripts(self) -> None:
        shutil.copytree(ROOT / "migrations", self.root / "migrations")
        self.with_packages()

    def with_packages(self) -> None:
        shutil.copytree(ROOT / "plsql", self.root / "plsql")


@contextmanager
def empty_target(world: Deployed, folder: Path, *, name: str) -> Iterator[Target]:
    """A new schema, taken away at the end; ``name`` makes it one of its own."""
    schema = f"MIG_{abs(hash(name)) % 10**8}"
    shutil.copytree(ROOT / "migrations", folder / "migrations")
    world.administer(
        f"create user {schema} no authentication default tablespace users quota unlimited on users"
    )
    world.administer(f"grant execute on sys.dbms_aq to {schema}")
    world.administer(f"grant execute on sys.dbms_aqadm to {schema}")
    yield Target(world, schema, folder)
    world.administer(f"drop user {schema} cascade")


def grant_erp(target: Target) -> None:
    """What the DBA of the ERP grants, to this schema."""
    script = (ROOT / "plsql/admin/grants_on_erp.sql").read_text(encoding="utf-8")
    copy = target.root / "grants_on_erp.sql"
    copy.write_text(script.replace("crm_sync", target.schema.lower()), encoding="utf-8")
    with target.world.connect("SYSTEM") as admin:
        run_script(admin, copy, {})


@contextmanager
def deployer(world: Deployed, name: str) -> Iterator[str]:
    """An account with the rights of ``create_deployer.sql`` and no other; gives its password."""
    with world.connect("SYSTEM") as admin:
        run_script(
            admin,
            ROOT / "plsql/admin/create_deployer.sql",
            {"deployer": name, "deployer_password": "Deploys1"},
        )
    yield "Deploys1"
    world.wait_for(
        lambda: not world.rows("select null from v$session where username = :name", name=name),
        "the sessions of the account to end",
    )
    world.administer(f"drop user {name} cascade")


@dataclass(slots=True)
class Client:
    """Somebody with SQL*Plus, and a bundle unpacked for one schema; ``account`` is user/password."""

    target: Target
    folder: Path
    account: str = ""

    def unpack(self, root: Path, **replaced: str) -> None:
        for name, text in build(root).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in ("install.sql", "uninstall.sql"):
                text = text.replace(
                    "define owner = CRM_SYNC", f"define owner = {self.target.schema}"
                )
                text = text.replace("timeout           => 300", "timeout           => 0")
            for old, new in replaced.items():
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")

    def run(
        self, script: str, *, answers: str = "", nls_lang: str = ".AL32UTF8"
    ) -> subprocess.CompletedProcess[str]:
        world = self.target.world
        account = self.account or f"SYSTEM/{world.database['admin_password']}"
        return subprocess.run(
            python("-m", "devkit.sqlplus", f"{account}@{world.dsn}", f"@{script}"),
            env={**os.environ, "NLS_LANG": nls_lang, "PYTHONPATH": str(ROOT)},
            cwd=self.folder,
            input=answers,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def install(self) -> str:
        done = self.run("install.sql")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        return done.stdout
