"""The job coordinator: one process that runs what is due, each run in a session of the job's owner."""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import UTC, datetime
from typing import Any

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.errors import OraError
from devkit.oracle.supplied.calendar import next_run
from devkit.oracle.supplied.dbms_scheduler import block_of

_PAUSE_SECONDS = 1.0

_DUE = """
update ora_dict.jobs j set state = 'RUNNING', last_start_date = now()
 where (j.owner, j.name) in (
         select owner, name from ora_dict.jobs
          where enabled and state = 'SCHEDULED' and next_run_date <= now()
          order by next_run_date limit 1 for update skip locked)
returning j.owner, j.name, j.job_type, j.job_action, j.start_date, j.repeat_interval, j.end_date,
          j.auto_drop"""

_FINISHED = """
update ora_dict.jobs
   set run_count = run_count + 1,
       failure_count = failure_count + $4::int,
       last_run_duration = $5,
       next_run_date = $3,
       state = case
                  when not enabled then 'DISABLED'
                  when failure_count + $4::int >= max_failures then 'BROKEN'
                  when run_count + 1 >= max_runs or $3::timestamptz is null then 'COMPLETED'
                  else 'SCHEDULED'
               end,
       enabled = enabled
                 and $3::timestamptz is not null
                 and failure_count + $4::int < coalesce(max_failures, 2147483647)
                 and run_count + 1 < coalesce(max_runs, 2147483647)
 where owner = $1 and name = $2"""


def run(instance: Any) -> None:
    """Run due jobs until the process is ended."""
    coordinator: Any = None
    while True:
        try:
            if coordinator is None:
                coordinator = instance.open_session("SYS")
                # runs that a stopped server left behind are due again
                coordinator.storage.query(
                    "update ora_dict.jobs set state = 'SCHEDULED' where state = 'RUNNING' and enabled"
                )
            if not run_one(instance, coordinator):
                time.sleep(_PAUSE_SECONDS)
        except OraError as exc:
            sys.stderr.write(f"job coordinator: {exc.message}\n")
            if coordinator is not None:
                with contextlib.suppress(OraError):
                    coordinator.close()
            coordinator = None
            time.sleep(_PAUSE_SECONDS)


def run_one(instance: Any, coordinator: Any) -> bool:
    """Run one due job; False when none is due."""
    rows = coordinator.storage.query(_DUE).rows
    if not rows:
        return False
    owner, name, kind, action, start, interval, end, auto_drop = rows[0]
    began = datetime.now(UTC)
    error = _execute(instance, owner, name, block_of(kind, action))
    ended = datetime.now(UTC)
    following = next_run(interval, start or began, ended) if interval else None
    if end is not None and following is not None and following > end:
        following = None
    coordinator.storage.query(
        "insert into ora_dict.job_runs (owner, job_name, status, error_number, actual_start, run_duration,"
        " errors) values ($1, $2, $3, $4, $5, $6, $7)",
        (
            owner, name, "FAILED" if error else "SUCCEEDED", error.code if error else 0,
            began, ended - began, error.stack if error else None,
        ),
    )  # fmt: skip
    coordinator.storage.query(
        _FINISHED, (owner, name, following, int(error is not None), ended - began)
    )
    if following is None and auto_drop:
        coordinator.storage.query(
            "delete from ora_dict.jobs where owner = $1 and name = $2", (owner, name)
        )
        coordinator.catalog.unregister_object(owner, name, "JOB")
        coordinator.ddl_done()
    return True


def _execute(instance: Any, owner: str, name: str, block: str) -> OraError | None:
    """One run, committed; the error that ended it."""
    try:
        session = instance.open_session(owner, background=True)
    except OraError as exc:
        return exc
    try:
        session.set_attribute("module", "DBMS_SCHEDULER")
        session.set_attribute("action", name)
        session.execute(ExecuteRequest(sql=block))
        session.commit()
    except OraError as exc:
        session.rollback()
        return exc
    finally:
        session.close()
    return None
