"""The releases that the stand-in can be: what each of them knows and shows.

19c is what the product runs on and the default everywhere. What came later is refused under it with
the error that 19c gives; ``since`` is the question to ask.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """``number`` is what DBMS_DB_VERSION.VERSION says; ``in_list`` how many values an IN may list."""

    name: str
    number: int
    version: str
    product: str
    in_list: int

    @property
    def base(self) -> str:
        """The version as V$INSTANCE.VERSION shows it: 19.0.0.0.0."""
        return f"{self.number}.0.0.0.0"

    def since(self, number: int) -> bool:
        """Whether what came with release ``number`` exists."""
        return self.number >= number


ORACLE_19C = Release("19c", 19, "19.24.0.0.0", "Oracle Database 19c Enterprise Edition", 1000)
ORACLE_23AI = Release("23ai", 23, "23.4.0.24.05", "Oracle Database 23ai Free", 65535)
RELEASES = {release.name: release for release in (ORACLE_19C, ORACLE_23AI)}
DEFAULT = ORACLE_19C
