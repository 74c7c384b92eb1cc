"""Reads (key, hash) of one key range of a side from Oracle, as Arrow batches.

Used by Spark's workers and by the embedded engine. ERP rows are hashed here, where the batch is, so
that only keys and hashes travel on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import oracledb
import pyarrow as pa

from spark_offload.canonical import COLUMN_TYPES, client_definition
from spark_offload.credentials import resolve
from spark_offload.hashing import canonical_hashes
from spark_offload.plan import Key, KeyRange, key_ranges
from spark_offload.queries import query, ranged

SIDES = ("erp", "agreed")
HASHED = pa.schema([pa.field("record_key", pa.string()), pa.field("row_hash", pa.string())])
BATCH_ROWS = 20_000
_ARROW_TYPES = {"integer": pa.int64()}


@dataclass(frozen=True, slots=True)
class Source:
    """Where Oracle is; ``credential`` is a reference, never the password."""

    dsn: str
    user: str
    credential: str

    def connect(self) -> oracledb.Connection:
        connection = oracledb.connect(
            user=self.user, password=resolve(self.credential), dsn=self.dsn
        )
        connection.module = "erpcrm-diff"
        return connection


def plan_ranges(connection: oracledb.Connection, side: str, partitions: int) -> list[KeyRange]:
    """Cut a side into about ``partitions`` ranges of equally many rows."""
    if partitions <= 1:
        return [KeyRange(None, None)]
    with connection.cursor() as cursor:
        cursor.execute(query(f"{side}_bounds"), buckets=partitions)
        bounds: list[Key] = [row[0] for row in cursor.fetchall()]
    return key_ranges(bounds)


def read_range(source: Source, side: str, keys: KeyRange) -> Iterator[Any]:
    """Arrow record batches of ``HASHED``; the connection is open only while they are read."""
    statement, binds = ranged(side, low=keys.low, high=keys.high)
    with source.connect() as connection:
        for frame in connection.fetch_df_batches(
            statement,
            binds,
            size=BATCH_ROWS,
            fetch_decimals=True,
            requested_schema=_requested(side),
        ):
            table = pa.table(frame).combine_chunks()
            yield from _hashed(side, table).to_batches()


def _requested(side: str) -> Any:
    """Without it a NUMBER column of integers may arrive as floating point."""
    if side == "agreed":
        return pa.schema(
            [pa.field("record_key", pa.string()), pa.field("agreed_hash", pa.string())]
        )
    types = {name: _ARROW_TYPES[kind] for name, kind in COLUMN_TYPES.items()}
    names = ["record_key", *client_definition().columns]
    return pa.schema([pa.field(name, types.get(name, pa.string())) for name in names])


def _hashed(side: str, table: Any) -> Any:
    table = table.rename_columns([name.lower() for name in table.column_names])
    if side == "agreed":
        hashes = table.column("agreed_hash")
    else:
        hashes = canonical_hashes(table, client_definition())
    return pa.table([table.column("record_key"), hashes], schema=HASHED)
