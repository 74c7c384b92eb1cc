"""What capture adds to a statement of the ERP: SQL executions, whatever the number of rows."""

from __future__ import annotations

import time

import oracledb

from bench.measure import Measurement

_AREA = "Capture in the ERP's transaction"
_COUNT = """
select s.value
  from v$mystat s
  join v$statname n on n.statistic# = s.statistic#
 where n.name = 'execute count'"""


def _executions(cursor: oracledb.Cursor) -> int:
    cursor.execute(_COUNT)
    (value,) = cursor.fetchone() or (0,)
    return int(value)


def measure(connection: oracledb.Connection, *, short: bool) -> list[Measurement]:
    """Update 1, 1,000 and 100,000 branches in one statement each, rolled back; ``connection`` may read V$MYSTAT."""
    found: list[Measurement] = []
    sizes = (1, 100, 1000) if short else (1, 1000, 100_000)
    counts: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from erp.branches")
        (available,) = cursor.fetchone() or (0,)
        if available < sizes[-1]:
            raise RuntimeError(f"{sizes[-1]} branches are needed, {available} are there")
        baseline = _executions(cursor)
        own = _executions(cursor) - baseline  # what looking costs
        for size in sizes:
            before = _executions(cursor)
            started = time.perf_counter()
            cursor.execute(
                "update erp.branches set address_complement = 'bench ' || :size_ where rownum <= :size_",
                size_=size,
            )
            seconds = time.perf_counter() - started
            if cursor.rowcount != size:
                raise RuntimeError(f"{cursor.rowcount} rows instead of {size}")
            counts.append(_executions(cursor) - before - own)
            connection.rollback()
            found.append(
                Measurement(
                    _AREA, f"SQL executions of an UPDATE of {size:,} rows", str(counts[-1]),
                    "constant", f"the UPDATE included; {seconds:.2f} s on the stand-in",
                )
            )  # fmt: skip
    verdict = "constant" if len(set(counts)) == 1 else f"NOT constant: {counts}"
    found.append(Measurement(_AREA, "over all sizes", verdict, "constant"))
    return found
