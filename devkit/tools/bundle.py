"""``make bundle``: the deployment as one archive for SQL*Plus or SQLcl, without Python.

The archive holds the files as they are in the repository, to be reviewed, and beside them the same
statements with their bookkeeping in ``steps``, made by ``bridge.migrate.sqlplus``. Two builds of one
tree are byte for byte equal.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bridge import __version__
from bridge.migrate import sqlplus
from bridge.migrate.scripts import HOLD, RELEASE, Kind, Script, find_scripts
from devkit.tools.layouts import flyway, liquibase

__all__ = ["BundleError", "build", "granted", "main", "rights", "write"]

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("migrations", "plsql")
_LEFT_OUT = {".py", ".pyc"}
_SKIP = "-- Nothing to do: it stands in the ledger as it is here.\n"
_OWNER = "&&owner"
_PICK = "column next_file new_value next_file noprint\nset feedback off\nset heading off\nset pagesize 0\n"


def build(root: Path) -> dict[str, str]:
    """Return the files of the bundle by name, without the list of checksums."""
    scripts = find_scripts(root)
    files = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for folder in _COPIED
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.suffix not in _LEFT_OUT
    }
    files["LICENSE"] = (root / "LICENSE").read_text(encoding="utf-8")
    files["steps/skip.sql"] = _SKIP
    for script in scripts:
        files |= _steps(script)
    files["steps/plan.sql"] = sqlplus.plan(scripts, schema=_OWNER)
    files["install.sql"] = _install(scripts)
    files["prepare.sql"] = _PREPARE
    files["uninstall.sql"] = _UNINSTALL
    files["check_rights.sql"] = _CHECK_RIGHTS
    for folder, layout in (("flyway", flyway), ("liquibase", liquibase)):
        files |= {f"{folder}/{name}": text for name, text in layout(scripts, files).items()}
    files["RIGHTS.txt"] = rights(files)
    files["SIZES.txt"] = _sizes(scripts)
    files["README.txt"] = _README.replace("{version}", __version__)
    return files


def _folder(script: Script) -> str:
    return f"steps/{script.name.removesuffix('.sql')}"


def _steps(script: Script) -> dict[str, str]:
    if script.kind is Kind.REPEATABLE:
        return {f"{_folder(script)}.sql": _guarded(sqlplus.repeatable(script))}
    return {
        f"{_folder(script)}/from_{start + 1:03}.sql": _guarded(sqlplus.resume(script, start=start))
        for start in range(len(script.statements) + 1)
    }


def _guarded(text: str) -> str:
    return f"set define off\nset feedback on\n{text}set feedback off\nset define on\n"


def _install(scripts: Sequence[Script]) -> str:
    parts = [
        f"-- erpcrm {__version__}: deploys, or goes on where a deployment stopped; can be repeated.\n",
        "-- As an administrator, in this folder:  sqlplus SYSTEM@service @install.sql\n",
        "-- NLS_LANG=.AL32UTF8 in the environment: it is checked. The log is erpcrm_install_….log.\n",
        "define owner = CRM_SYNC\n",
        sqlplus.HEAD,
        _PICK,
        sqlplus.template("log_name"),
        "spool &next_file\n",
        sqlplus.head(_OWNER, ddl_lock_timeout_seconds=30),
        "@@steps/plan.sql\n",
    ]
    known = {script.name: script for script in scripts}
    parts += [
        sqlplus.template("pick_hold", folder=_folder(known[HOLD]), script=HOLD),
        "@@&next_file\n",
    ]
    for script in scripts:
        name = "pick_once" if script.kind is Kind.ONCE else "pick_repeatable"
        parts += [
            sqlplus.template(
                name, folder=_folder(script), script=script.name, checksum=script.checksum
            ),
            "@@&next_file\n",
        ]
    compile_block = known[RELEASE].statements[0].text
    parts += [
        "prompt Compiling what depends on what was replaced\n",
        sqlplus.terminated(compile_block),
        "column text format a100 word_wrapped\nset heading on\nset pagesize 1000\n",
        sqlplus.template("show_errors", schema=_OWNER),
        "@@plsql/admin/validate.sql\n",
        "prompt Deployed. Nothing is invalid, and both queues run.\n",
        "spool off\n",
        sqlplus.FOOT,
    ]
    return "".join(parts)


_PREPARE = (
    "-- Once, before the first install.sql, by a DBA: two users, a role, and the grants on tables of the ERP.\n"
    "-- RIGHTS.txt gives the reason of each. The password is neither shown nor written into the log.\n"
    "--   sqlplus SYSTEM@service @prepare.sql\n"
    + sqlplus.HEAD
    + "accept tablespace char default 'USERS' prompt 'Tablespace of the integration [USERS]: '\n"
    "accept bridge_password char prompt 'Password of CRM_BRIDGE, the account of the daemon: ' hide\n"
    "spool erpcrm_prepare.log\n"
    "@@plsql/admin/create_owner.sql\n"
    "@@plsql/admin/grants_on_erp.sql\n"
    "undefine bridge_password\n"
    "spool off\n" + sqlplus.FOOT
)

_CHECK_RIGHTS = (
    "-- Ends with ORA-20199 and the rights that this account lacks to deploy; changes nothing.\n"
    "-- install.sql looks by itself; Flyway and Liquibase do not: run it before them, as the account that they use.\n"
    "--   sqlplus SYSTEM@service @check_rights.sql\n"
    + sqlplus.HEAD
    + sqlplus.check_rights()
    + "prompt No right is missing.\n"
    + sqlplus.FOOT
)

_UNINSTALL = (
    "-- Takes away all that install.sql has made, with all data of the integration. The users and the role stay.\n"
    "--   sqlplus SYSTEM@service @uninstall.sql\n"
    "define owner = CRM_SYNC\n"
    + sqlplus.HEAD
    + "accept sure char prompt 'Type the name of the schema to lose all of it: '\n"
    "spool erpcrm_uninstall.log\n"
    + sqlplus.template("confirm", answer="&sure", schema=_OWNER)
    + sqlplus.template("set_schema", schema=_OWNER)
    + "set define off\n@@plsql/uninstall.sql\nspool off\n"
    + sqlplus.FOOT
)

_README = """\
erpcrm {version}: deployment without Python
===========================================

Needs SQL*Plus or SQLcl, Oracle Database 19c or later, and an account with the rights in RIGHTS.txt.

1. sha256sum -c SHA256SUMS
2. Review: prepare.sql with plsql/admin/create_owner.sql and plsql/admin/grants_on_erp.sql; migrations/ in order of
   number; plsql/ in the order of plsql/install.sql. What runs is in steps/: the same statements, each followed by
   what it leaves in the ledger crm_migrations. steps/migrations/V0001…/from_001.sql is the whole file, from_002.sql
   the same from the second statement on, for a deployment that stopped there.
3. export NLS_LANG=.AL32UTF8          (Windows: set NLS_LANG=.AL32UTF8)
4. sqlplus SYSTEM@service @prepare.sql      once
   Where hardening has taken the supplied packages from PUBLIC: sqlplus SYS@service as sysdba
   @plsql/admin/grants_on_sys.sql
5. sqlplus SYSTEM@service @install.sql      each release; can be repeated, and resumes where it stopped

The first error ends a script with exit code 1; the log names it. erpcrm migrate reads and writes the same ledger:
either may go on where the other stopped.

While users work: a file is replaced only when it changed. Capture is held while something is replaced that its
triggers call (plsql/README.md, "Deploying while users work"). DDL waits 30 s for a lock, then ends with ORA-00054:
start install.sql again.

With Flyway or Liquibase instead of SQL*Plus: flyway/flyway.conf, liquibase/liquibase.properties. The same statements,
ended and named as each wants it; they keep the ledger as well. Holding and releasing of capture are callbacks of
Flyway, and change sets of Liquibase that always run. They do not look whether the account has its rights: run
sqlplus ACCOUNT@service @check_rights.sql first (or erpcrm migrate status), which names those it lacks.
Do not change from one to another: each has its own history.

Back: hold capture (plsql/admin/hold_capture.sql), run migrations/undo/U….sql newest first, each with
current_schema = CRM_SYNC, then install.sql of the older release. Each head says what is lost.

Away with everything: sqlplus SYSTEM@service @uninstall.sql, then drop user crm_bridge cascade; drop user crm_sync
cascade; drop role crm_monitor.
"""


class BundleError(Exception):
    """The tree does not give a bundle."""


_GRANT = re.compile(
    r"^grant\s+(?P<what>[^;]*?)\s+to\s+(?P<to>[&\w]+)(?P<option>\s+with grant option)?\s*\n/$",
    re.MULTILINE,
)
_QUEUE_GRANT = re.compile(
    r"in_privilege\s+=> '(?P<privilege>\w+)',\s+in_queue_name\s+=> .*?'\.(?P<queue>\w+)',"
    r"\s+in_grantee\s+=> '(?P<to>\w+)'"
)
_SYSTEM_GRANT = re.compile(
    r"grant_system_privilege\(\s*privilege\s+=> '(?P<verb>\w+)_ANY',\s+grantee\s+=> '(?P<to>[&\w]+)'"
)
_DEPLOYER = "&&deployer"
_GRANT_FILES = (
    "create_deployer.sql",
    "create_owner.sql",
    "grants_on_sys.sql",
    "grants_on_erp.sql",
    "grants.sql",
)


def granted(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (grantee, right) of all grants in the scripts of ``plsql/admin``, in their order."""
    found: list[tuple[str, str]] = []
    for name in _GRANT_FILES:
        text = re.sub(r"--[^\n]*", "", files[f"plsql/admin/{name}"])
        for match in _GRANT.finditer(text):
            what = " ".join(match["what"].split()) + (match["option"] or "")
            found.append((_grantee(match["to"]), what))
        found += [
            (_grantee(match["to"]), f"{match['verb']} any queue".lower())
            for match in _SYSTEM_GRANT.finditer(text)
        ]
        for match in _QUEUE_GRANT.finditer(text):
            what = f"{match['privilege']} on queue {match['queue']}".lower()
            found.append((match["to"].lower(), what))
    return found


def _grantee(name: str) -> str:
    return "administrator" if name == _DEPLOYER else name.lower()


def rights(files: Mapping[str, str]) -> str:
    """Return RIGHTS.txt: every right with its reason.

    Raises:
        BundleError: a grant without a reason, or a reason without a grant.
    """
    reasons = tomllib.loads(files["plsql/admin/rights.toml"])
    grants = granted(files)
    needed = {(to, _key(what)) for to, what in grants}
    given = {(to, what) for to, entries in reasons.items() for what in entries}
    for to, what in sorted(needed ^ given):
        verb = "has no reason in" if (to, what) in needed else "is not granted, but stands in"
        raise BundleError(f"{what} to {to} {verb} plsql/admin/rights.toml")
    lines = [
        "Every right that the integration wants, and why.",
        "",
    ]
    for to in dict.fromkeys(to for to, _ in grants):
        who = "Who deploys (the role DBA, or plsql/admin/create_deployer.sql)"
        lines += ["", f"{who if to == 'administrator' else to.upper()}:"]
        lines += [f"  {what}\n      {reasons[to][_key(what)]}" for one, what in grants if one == to]
    return "\n".join(lines) + "\n"


def _key(what: str) -> str:
    """A right without its columns and its grant option."""
    return " ".join(re.sub(r"\(.*?\)| with grant option", " ", what).split())


def _sizes(scripts: Sequence[Script]) -> str:
    rows = [
        (script.name, len(script.statements), sum(len(s.text.encode()) for s in script.statements))
        for script in scripts
    ]
    made = [s.code for script in scripts for s in script.statements]
    counts = {
        kind: sum(1 for code in made if re.match(rf"create (?:or replace |unique )*{kind}\b", code))
        for kind in (
            "table",
            "index",
            "sequence",
            "view",
            "package",
            "trigger",
            "procedure",
            "type",
        )
    }
    return "\n".join(
        (
            "What is made: " + ", ".join(f"{n} {kind}s" for kind, n in counts.items()) + ".",
            "Until it has rows, a segment takes nothing or its first extent (64 KB where extents are AUTOALLOCATE).",
            "What grows with use is in docs/capacity.md of the repository.",
            "",
            "statements  bytes  file",
            *(f"{statements:>10} {size:>6}  {name}" for name, statements, size in rows),
            "",
        )
    )


def write(files: Mapping[str, str], out: Path, *, name: str) -> Path:
    """Write ``name.zip`` into ``out`` and return its path; equal content gives equal bytes."""
    out.mkdir(parents=True, exist_ok=True)
    contents = {file: text.encode() for file, text in sorted(files.items())}
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {file}\n" for file, data in contents.items()
    )
    contents["SHA256SUMS"] = sums.encode()
    target = out / f"{name}.zip"
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for file, data in contents.items():
            info = zipfile.ZipInfo(f"{name}/{file}", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            archive.writestr(info, data)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the archive of this tree."""
    parser = argparse.ArgumentParser(prog="python -m devkit.tools.bundle", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the archive")
    out = parser.parse_args(arguments).out
    target = write(build(ROOT), out, name=f"erpcrm-{__version__}-oracle")
    sys.stdout.write(f"{target} ({target.stat().st_size:,} bytes)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
