"""``run_diff``: one comparison from start to report; also ``python -m spark_offload.cli``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spark_offload.credentials import as_reference, resolve
from spark_offload.diff import Counts, Difference, Guard
from spark_offload.errors import OffloadError
from spark_offload.reading import Source
from spark_offload.report import DiffReport
from spark_offload.runs import Run

ENGINES = ("spark", "arrow")
Progress = Callable[[str], None]
Found = tuple[Counts, Iterator[Difference]]


def run_diff(
    *,
    dsn: str,
    user: str,
    password: str,
    repair: bool = False,
    engine: str = "spark",
    partitions: int = 4,
    progress: Progress | None = None,
    guard: Guard | None = None,
    master: str = "local[2]",
    worker_credential: str | None = None,
) -> DiffReport:
    """Compare the ERP with the agreed state and store the differences; ``repair`` hands them on.

    The two sides are read one after the other while both may change; a change on its way can show
    as a difference. Repairing compares each key once more, so that such a one costs nothing.

    :param engine: 'spark', or 'arrow' (embedded, in this process)
    :param worker_credential: where workers of a cluster find the password (``env:…``, ``file:…``);
        without it a private file of this machine is used
    """
    if engine not in ENGINES:
        raise OffloadError(f"engine must be one of {', '.join(ENGINES)}")
    say = progress or (lambda _text: None)
    guard = guard or Guard()
    started = time.monotonic()
    with _credential(password, worker_credential) as reference:
        source = Source(dsn, user, reference)
        with Source(dsn, user, reference).connect() as connection:
            run = Run(connection, engine)
            say(f"run {run.run_id}: comparing with {engine}")
            counts = Counts()
            keys: list[str] = []
            try:
                with _compared(engine, source, partitions, master, say) as (counts, differences):
                    objection = guard.objection(counts)
                    say(f"{counts.compared} rows compared, {counts.differences} differ")
                    if objection is None:
                        keys = run.record(differences)
            except BaseException as exc:
                run.fail(counts.compared, f"{type(exc).__name__}: {exc}")
                raise
            repaired = 0
            if objection is not None:
                run.finish("FAILED", counts.compared, objection)
            else:
                run.finish("DONE", counts.compared)
                if repair and keys:
                    repaired = run.repair()
                    say(f"{repaired} changes handed to the outbox")
    return DiffReport(
        run_id=run.run_id,
        engine=engine,
        rows_compared=counts.compared,
        missing=counts.missing,
        changed=counts.changed,
        extra=counts.extra,
        pending=counts.pending,
        repaired=repaired,
        seconds=time.monotonic() - started,
        keys=keys,
        status="DONE" if objection is None else "STOPPED",
        detail=objection,
    )


@contextmanager
def _credential(password: str, worker_credential: str | None) -> Iterator[str]:
    if worker_credential is not None:
        yield worker_credential
    else:
        with as_reference(password) as reference:
            yield reference


@contextmanager
def _compared(
    engine: str, source: Source, partitions: int, master: str, say: Progress
) -> Iterator[Found]:
    if engine == "arrow":
        from spark_offload import embedded

        erp, agreed = (embedded.read_side(source, side) for side in ("erp", "agreed"))
        yield embedded.found_differences(erp, agreed)
        return
    from spark_offload import job, session

    spark, java = session.start(master=master, partitions=partitions)
    say(f"Spark {spark.version} on {java.origin}")
    frames = [job.read_side(spark, source, side, partitions) for side in ("erp", "agreed")]
    with job.found_differences(*frames) as found:
        yield found


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")


def main(argv: list[str] | None = None) -> int:
    """0: no differences; 1: differences found; 2: stopped by the guard."""
    parser = argparse.ArgumentParser(prog="python -m spark_offload.cli", description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--user", default="CRM_BRIDGE")
    parser.add_argument("--credential", default="env:DB_PASSWD", help="env:NAME or file:PATH")
    parser.add_argument("--engine", choices=ENGINES, default="spark")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--repair", action="store_true")
    parser.add_argument("--force", action="store_true", help="believe any number of differences")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    report = run_diff(
        dsn=arguments.dsn,
        user=arguments.user,
        password=resolve(arguments.credential),
        repair=arguments.repair,
        engine=arguments.engine,
        partitions=arguments.partitions,
        progress=_to_stderr,
        guard=Guard(force=arguments.force),
        master=arguments.master,
    )
    text = json.dumps(report.as_dict()) if arguments.json else report.as_text()
    sys.stdout.write(text + "\n")
    if report.status == "STOPPED":
        return 2
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
