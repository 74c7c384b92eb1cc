"""Spark's door to Oracle: a Python data source over python-oracledb, no JDBC driver needed.

Options: ``side`` ('erp' or 'agreed'), ``dsn``, ``user``, ``credential`` (a reference, see
:mod:`spark_offload.credentials`), ``partitions``. Everything here is pickled for the workers: no
connection is kept, each range opens its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from spark_offload.plan import KeyRange
from spark_offload.reading import Source, plan_ranges, read_range

FORMAT = "erpcrm_oracle"


class RangePartition(InputPartition):  # type: ignore[misc]  # pyspark is not typed here
    """One key range, read by one task."""

    def __init__(self, keys: KeyRange) -> None:
        super().__init__(keys)
        self.keys = keys


class OracleReader(DataSourceReader):  # type: ignore[misc]
    def __init__(self, options: dict[str, str]) -> None:
        self._side = options["side"]
        self._source = Source(options["dsn"], options["user"], options["credential"])
        self._partitions = int(options.get("partitions", "1"))

    def partitions(self) -> list[RangePartition]:
        with self._source.connect() as connection:
            ranges = plan_ranges(connection, self._side, self._partitions)
        return [RangePartition(keys) for keys in ranges]

    def read(self, partition: RangePartition) -> Iterator[Any]:
        yield from read_range(self._source, self._side, partition.keys)


class OracleSource(DataSource):  # type: ignore[misc]
    """(record_key, row_hash) of one side."""

    @classmethod
    def name(cls) -> str:
        return FORMAT

    def schema(self) -> str:
        return "record_key string, row_hash string"

    def reader(self, schema: Any) -> OracleReader:
        return OracleReader({name: str(value) for name, value in self.options.items()})
