"""The account that deploys: the rights of ``create_deployer.sql`` are enough, and each of them is needed.

That they are enough is shown by the deployment of the bundle (``test_bundle.py``), which is done with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed
from migration_target import Client, Target, deployer, empty_target

from bridge import sqlfiles
from devkit.demo.world import ROOT
from devkit.tools.bundle import granted

# What a deployment does with each right, in an order in which each finds what it needs.
STATEMENTS = (
    ("create any table", "create table {owner}.a (n number)"),
    ("comment any table", "comment on table {owner}.a is 'a'"),
    ("alter any table", "alter table {owner}.a add m number"),
    ("create any index", "create index {owner}.a_ix on {owner}.a (n)"),
    ("insert any table", "insert into {owner}.a (n) values (1)"),
    ("update any table", "update {owner}.a set n = 2"),
    ("select any table", "select n from {owner}.a"),
    ("delete any table", "delete from {owner}.a"),
    ("create any sequence", "create sequence {owner}.s"),
    ("create any view", "create view {owner}.v as select 1 as n from dual"),
    ("create any type", "create type {owner}.ct as table of number"),
    ("create any procedure", "create procedure {owner}.p is begin null; end;"),
    ("alter any procedure", "alter procedure {owner}.p compile"),
    ("execute any procedure", "begin {owner}.p; end;"),
    (
        "create any trigger",
        "create trigger {owner}.t after delete on erp.cities disable begin null; end;",
    ),
    ("alter any trigger", "alter trigger {owner}.t disable"),
    ("grant any object privilege", "grant select on {owner}.a to crm_monitor"),
    (
        "manage any queue",
        "begin sys.dbms_aqadm.create_queue_table('{owner}.q', 'RAW'); end;",
    ),
    ("execute on sys.dbms_aqadm", "begin sys.dbms_aqadm.drop_queue_table('{owner}.q'); end;"),
    (
        "execute on sys.dbms_lock",
        "declare h varchar2(128); begin dbms_lock.allocate_unique('TRIED', h); end;",
    ),
    ("drop any trigger", "drop trigger {owner}.t"),
    ("drop any procedure", "drop procedure {owner}.p"),
    ("drop any type", "drop type {owner}.ct"),
    ("drop any view", "drop view {owner}.v"),
    ("drop any sequence", "drop sequence {owner}.s"),
    ("drop any index", "drop index {owner}.a_ix"),
    ("drop any table", "drop table {owner}.a"),
)
# Not allowed, or not even seen: ORA-01031; ORA-00942, 01418, 02289, 04043, 04080; PLS-00201 as ORA-06550.
REFUSED = re.compile(r"ORA-(01031|00942|01418|02289|04043|04080|06550|24\d{3})\Z")


@pytest.fixture
def target(
    deployed_world: Deployed, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Target]:
    with empty_target(deployed_world, tmp_path, name=request.node.name) as made:
        yield made


def listed() -> list[str]:
    files = {
        f"plsql/admin/{path.name}": path.read_text(encoding="utf-8")
        for path in (ROOT / "plsql/admin").glob("*.sql")
    }
    return [right for to, right in granted(files) if to == "administrator"]


def change(world: Deployed, verb: str, right: str, name: str) -> None:
    """Grant a right to the account, or revoke it."""
    if right.endswith("any queue"):
        option = ", admin_option => false" if verb == "grant" else ""
        world.administer(
            f"begin sys.dbms_aqadm.{verb}_system_privilege("
            f"privilege => 'MANAGE_ANY', grantee => '{name}'{option}); end;"
        )
    else:
        world.administer(f"{verb} {right} {'to' if verb == 'grant' else 'from'} {name}")


def test_each_right_is_tried_and_looked_for_before_a_deployment() -> None:
    query = sqlfiles.read("bridge.migrate", "ledger.sql")["missing_rights"]
    names = re.findall(r"select '([A-Z_ ]+)'", query)
    looked_for = {
        f"execute on sys.{name.lower()}" if name.startswith("DBMS") else name.lower()
        for name in names
    }

    assert sorted(looked_for) == sorted(listed())
    assert sorted(["create session", *(right for right, _ in STATEMENTS)]) == sorted(listed())


def test_without_any_one_of_the_rights_something_is_refused(target: Target) -> None:
    name = f"{target.schema}_D"
    with deployer(target.world, name) as password:
        with (
            oracledb.connect(user=name, password=password, dsn=target.world.dsn) as session,
            session.cursor() as cursor,
        ):
            for right, statement in STATEMENTS:
                statement = statement.format(owner=target.schema)
                change(target.world, "revoke", right, name)
                with pytest.raises(oracledb.DatabaseError) as caught:
                    cursor.execute(statement)
                assert REFUSED.match(caught.value.args[0].full_code), (right, caught.value)
                change(target.world, "grant", right, name)
                cursor.execute(statement)
                session.commit()

        target.world.administer(f"revoke create session from {name}")
        with pytest.raises(oracledb.DatabaseError, match="ORA-01045"):
            oracledb.connect(user=name, password=password, dsn=target.world.dsn)


def test_all_that_is_missing_is_said_before_anything_is_done(small: Client) -> None:
    target, world = small.target, small.target.world
    name = f"{target.schema}_D"
    small.unpack(target.root)
    with deployer(world, name) as password:
        for right in ("create any trigger", "execute on sys.dbms_aqadm", "alter any table"):
            world.administer(f"revoke {right} from {name}")
        missing = "ALTER ANY TABLE, CREATE ANY TRIGGER, EXECUTE ON SYS.DBMS_AQADM"
        small.account = f"{name}/{password}"

        done = target.world.cli(
            "migrate",
            check=False,
            **target.settings,
            ERPCRM_MIGRATE__USER=name,
            ERPCRM_MIGRATE__PASSWORD=password,
        )
        assert done.returncode != 0
        assert missing in done.stderr
        checked = small.run("check_rights.sql")
        assert (checked.returncode, missing in checked.stdout) == (1, True)
        for words in (("migrate", "status"), ("migrate", "--dry-run")):
            looked = target.world.cli(
                *words,
                **target.settings,
                ERPCRM_MIGRATE__USER=name,
                ERPCRM_MIGRATE__PASSWORD=password,
            )
            assert missing in looked.stdout + looked.stderr
        bundled = small.run("install.sql")
        assert bundled.returncode != 0
        assert missing in " ".join(bundled.stdout.split())
        assert target.objects() == []
