"""Room for the first row of a table: ORA-01950.

Database Administrator's Guide, "Understand Deferred Segment Creation": the segment of a table is made
by its first row, and Database Security Guide, "Tablespace Quotas": its owner needs a quota on the
tablespace, or UNLIMITED TABLESPACE. A quota of some bytes is enough for any number of them here,
since PostgreSQL's sizes are not Oracle's (ORA-01536 never comes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from devkit.oracle.sql.plans import Target

_LACKING = """SELECT coalesce(t.tablespace, u.default_tablespace)
FROM ora_dict.tables t JOIN ora_dict.users u ON u.name = t.owner AND NOT u.maintained
WHERE t.owner = $1 AND t.name = $2 AND NOT t.temporary
 AND NOT EXISTS (SELECT 1 FROM ora_dict.quotas q WHERE q.username = t.owner AND q.max_bytes <> 0
   AND q.tablespace = coalesce(t.tablespace, u.default_tablespace))
 AND NOT EXISTS (SELECT 1 FROM ora_dict.sys_grants g WHERE g.privilege = 'UNLIMITED TABLESPACE'
   AND (g.grantee IN (t.owner, 'PUBLIC') OR g.grantee IN (SELECT ora_dict.roles_of(t.owner))))"""


@dataclass(slots=True)
class Space:
    """Which tables have no room for a segment; read once for each version of the catalogue."""

    session: Any
    _version: int = -1
    _lacking: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def check(self, target: Target) -> None:
        """Before rows are inserted."""
        table = target.table
        if table.is_view or table.temporary:
            return
        catalog = self.session.catalog
        if self._version != catalog.version:
            self._version = catalog.version
            self._lacking.clear()
        storage = self.session.storage
        if target.key not in self._lacking:
            rows = storage.query(_LACKING, target.key).rows
            self._lacking[target.key] = rows[0][0] if rows else None
        tablespace = self._lacking[target.key]
        if tablespace is None:
            return
        relation = f"{quote(table.owner)}.{quote(table.name)}"
        if not storage.query("SELECT pg_relation_size($1::regclass)", (relation,)).rows[0][0]:
            raise OraError(1950, tablespace)
