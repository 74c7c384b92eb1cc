"""A run's bookkeeping in Oracle, through the API package: opened, differences stored, closed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress

import oracledb

from spark_offload.diff import Difference
from spark_offload.queries import query

CHUNK = 1000
_DETAIL_LENGTH = 400


class Run:
    """One comparison run. Each method commits: a run that dies stays visible as open."""

    def __init__(self, connection: oracledb.Connection, engine: str) -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            run_id = cursor.var(oracledb.DB_TYPE_NUMBER)
            cursor.execute(query("start_run"), engine=engine, run_id=run_id)
            self.run_id = int(run_id.getvalue())
        connection.commit()

    def record(self, differences: Iterable[Difference]) -> list[str]:
        """Store differences in chunks; gives the first keys."""
        keys: list[str] = []
        chunk: list[Difference] = []
        for difference in differences:
            chunk.append(difference)
            if len(keys) < CHUNK:
                keys.append(difference.record_key)
            if len(chunk) == CHUNK:
                self._store(chunk)
                chunk = []
        if chunk:
            self._store(chunk)
        return keys

    def _store(self, chunk: list[Difference]) -> None:
        body = json.dumps(
            [
                {"record_key": d.record_key, "kind": d.kind.value, "erp_hash": d.erp_hash}
                for d in chunk
            ]
        )
        with self._connection.cursor() as cursor:
            cursor.setinputsizes(differences=oracledb.DB_TYPE_CLOB)
            cursor.execute(query("record_differences"), run_id=self.run_id, differences=body)
        self._connection.commit()

    def finish(self, status: str, rows_compared: int, detail: str | None = None) -> None:
        """Close as 'DONE' or 'FAILED'."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                query("finish_run"),
                run_id=self.run_id,
                status=status,
                rows_compared=rows_compared,
                detail=detail[:_DETAIL_LENGTH] if detail else None,
            )
        self._connection.commit()

    def fail(self, rows_compared: int, detail: str) -> None:
        """Close as 'FAILED' after an error; a database that is gone does not hide that error."""
        with suppress(oracledb.Error):
            self._connection.rollback()
            self.finish("FAILED", rows_compared, detail)

    def repair(self) -> int:
        """Hand the differences to the outbox; gives the events made."""
        with self._connection.cursor() as cursor:
            requested = cursor.var(oracledb.DB_TYPE_NUMBER)
            cursor.execute(query("repair"), run_id=self.run_id, requested=requested)
            self._connection.commit()
            return int(requested.getvalue())
