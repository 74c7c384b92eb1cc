"""USER_ and ALL_ views show what the user in force may see, not always the one who logged in."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from devkit.oracle.sql.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.oracle.contracts import DmlResult, HostScope, Prepared, ResultCursor
    from devkit.oracle.values import OraType

_DICTIONARY_VIEW = re.compile(r"\b(?:user|all|session)_\w+", re.IGNORECASE)


class SessionEngine(Engine):
    """The SQL engine, which in definer-rights units reads the dictionary as the unit's owner."""

    def prepare(
        self,
        text: str,
        *,
        schema: str,
        user: str,
        roles: bool = True,
        host: HostScope | None = None,
        bind_types: Mapping[str, OraType] | None = None,
    ) -> Prepared:
        prepared = super().prepare(
            text, schema=schema, user=user, roles=roles, host=host, bind_types=bind_types
        )
        if user != self.session.user and _DICTIONARY_VIEW.search(text):
            # The statement is kept with its reader: its id must not be given to another one.
            self._readers[id(prepared)] = (prepared, user)
        return prepared

    def open(self, statement: Prepared, binds: Mapping[str, Any]) -> ResultCursor:
        with self._as_reader(statement):
            return super().open(statement, binds)

    def run(self, statement: Prepared, binds: Mapping[str, Any]) -> DmlResult:
        with self._as_reader(statement):
            return super().run(statement, binds)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._readers: dict[int, tuple[Prepared, str]] = {}

    @contextlib.contextmanager
    def _as_reader(self, statement: Prepared) -> Iterator[None]:
        found = self._readers.get(id(statement)) if self._readers else None
        if found is None:
            yield
            return
        storage = self.session.storage
        storage.query("SELECT set_config('ora.me', $1, false)", (found[1],))
        try:
            yield
        finally:
            storage.query("SELECT set_config('ora.me', $1, false)", (self.session.user,))
