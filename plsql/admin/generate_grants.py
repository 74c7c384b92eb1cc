"""Write grants.sql from grants.toml; with ``--check`` only say whether it is up to date."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
HEADER = "-- GENERATED from grants.toml by generate_grants.py; not to be edited.\n"
QUEUE_BLOCK = """\
begin
   sys.dbms_aqadm.grant_queue_privilege(
      privilege    => '{privilege}',
      queue_name   => sys_context('USERENV', 'CURRENT_SCHEMA') || '.{queue}',
      grantee      => '{grantee}',
      grant_option => false
   );
end;
/
"""


def render(grants: dict[str, dict[str, list[str]]]) -> str:
    """The script, in the order of the file."""
    parts = [HEADER]
    for grantee, privileges in grants.items():
        for privilege, objects in privileges.items():
            for name in objects:
                if privilege in {"dequeue", "enqueue"}:
                    parts.append(
                        QUEUE_BLOCK.format(
                            privilege=privilege.upper(), queue=name.upper(), grantee=grantee.upper()
                        )
                    )
                else:
                    parts.append(f"grant {privilege} on {name} to {grantee}\n/\n")
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
