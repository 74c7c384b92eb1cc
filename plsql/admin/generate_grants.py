"""Write grants.sql from grants.toml; with ``--check`` only say whether it is up to date."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
HEADER = "-- GENERATED from grants.toml by generate_grants.py; not to be edited.\n"
# Only the owner of a queue may grant on it at first (PL/SQL Packages Reference, GRANT_QUEUE_PRIVILEGE), and nobody
# can log in as the owner: a procedure with his rights does it, which is there for as long as that takes.
QUEUE_HEAD = """\
create or replace procedure crm_grant_on_queue(
   in_privilege  in varchar2,
   in_queue_name in varchar2,
   in_grantee    in varchar2
)
   authid definer
is
   /** Grants on a queue with the rights of its owner. */
begin
   sys.dbms_aqadm.grant_queue_privilege(
      privilege    => in_privilege,
      queue_name   => in_queue_name,
      grantee      => in_grantee,
      grant_option => false
   );
end crm_grant_on_queue;
/
"""
QUEUE_BLOCK = """\
begin
   crm_grant_on_queue(
      in_privilege  => '{privilege}',
      in_queue_name => sys_context('USERENV', 'CURRENT_SCHEMA') || '.{queue}',
      in_grantee    => '{grantee}'
   );
end;
/
"""
QUEUE_END = "drop procedure crm_grant_on_queue\n/\n"
_OF_QUEUES = frozenset({"dequeue", "enqueue"})


def render(grants: dict[str, dict[str, list[str]]]) -> str:
    """The script, in the order of the file."""
    parts = [HEADER]
    for grantee, privileges in grants.items():
        for privilege, objects in privileges.items():
            if privilege in _OF_QUEUES:
                parts.append(QUEUE_HEAD)
            for name in objects:
                if privilege in _OF_QUEUES:
                    parts.append(
                        QUEUE_BLOCK.format(
                            privilege=privilege.upper(), queue=name.upper(), grantee=grantee.upper()
                        )
                    )
                else:
                    parts.append(f"grant {privilege} on {name} to {grantee}\n/\n")
            if privilege in _OF_QUEUES:
                parts.append(QUEUE_END)
    return "".join(parts)


def main() -> int:
    """Generate or check."""
    text = render(tomllib.loads((FOLDER / "grants.toml").read_text(encoding="utf-8")))
    target = FOLDER / "grants.sql"
    if "--check" in sys.argv[1:]:
        return 0 if target.is_file() and target.read_text(encoding="utf-8") == text else 1
    target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
