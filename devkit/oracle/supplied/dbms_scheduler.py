"""DBMS_SCHEDULER: jobs with an inline action. CREATE_JOB and its kin commit, as Oracle's do.

Programs, schedules, chains, windows and external jobs are refused by name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied.calendar import next_run
from devkit.oracle.supplied.native import Package, integer
from devkit.oracle.supplied.queues import split_name

_TYPES = ("PLSQL_BLOCK", "STORED_PROCEDURE")


def block_of(job_type: str, action: str) -> str:
    """The anonymous block that runs a job."""
    return action if job_type == "PLSQL_BLOCK" else f"begin {action}; end;"


def _job(session: Any, text: str) -> tuple[str, str]:
    owner, name = split_name(text, session.effective_schema)
    user = session.effective_user
    if owner != user and not session.catalog.has_system_privilege(
        user, "CREATE ANY JOB", roles=True
    ):
        raise OraError(27475, f"{owner}.{name}")
    return owner, name


def _existing(session: Any, text: str) -> tuple[str, str]:
    owner, name = _job(session, text)
    rows = session.storage.query(
        "select 1 from ora_dict.jobs where owner = $1 and name = $2", (owner, name)
    ).rows
    if not rows:
        raise OraError(27475, f"{owner}.{name}")
    return owner, name


def first_run(start: datetime | None, interval: str | None, now: datetime) -> datetime | None:
    """When a job that is being enabled runs first: at its start date, else as its calendar says."""
    if start is not None and start > now:
        return start
    if interval is None:
        return now
    return next_run(interval, start or now, now)


def _create_job(
    session: Any,
    name: str,
    job_type: str,
    action: str,
    arguments: Any,
    start: datetime | None,
    interval: str | None,
    end: datetime | None,
    job_class: str,
    enabled: Any,
    auto_drop: Any,
    comments: str | None,
) -> None:
    owner, folded = _job(session, name)
    kind = (job_type or "").upper()
    if kind not in _TYPES:
        raise unsupported(f"scheduler job type {kind}")
    if integer(arguments):
        raise unsupported("scheduler job arguments")
    if session.storage.query(
        "select 1 from ora_dict.jobs where owner = $1 and name = $2", (owner, folded)
    ).rows:
        raise OraError(27477, f"{owner}.{folded}")
    if interval is not None:
        next_run(interval, start or datetime.now(UTC), datetime.now(UTC))  # refuses bad syntax now
    session.catalog.register_object(owner, folded, "JOB")
    session.storage.query(
        "insert into ora_dict.jobs (owner, name, job_type, job_action, start_date, repeat_interval,"
        " end_date, job_class, auto_drop, comment_text) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        (owner, folded, kind, action, start, interval, end, job_class, bool(auto_drop), comments),
    )
    if enabled:
        _switch_on(session, owner, folded)
    session.ddl_done()


def _switch_on(session: Any, owner: str, name: str) -> None:
    start, interval = session.storage.query(
        "select start_date, repeat_interval from ora_dict.jobs where owner = $1 and name = $2",
        (owner, name),
    ).rows[0]
    session.storage.query(
        "update ora_dict.jobs set enabled = true, state = 'SCHEDULED', next_run_date = $3"
        " where owner = $1 and name = $2",
        (owner, name, first_run(start, interval, datetime.now(UTC))),
    )


def _enable(session: Any, name: str, _semantics: Any) -> None:
    for one in name.split(","):
        _switch_on(session, *_existing(session, one))
    session.ddl_done()


def _disable(session: Any, name: str, _force: Any, _semantics: Any) -> None:
    for one in name.split(","):
        owner, folded = _existing(session, one)
        session.storage.query(
            "update ora_dict.jobs set enabled = false, state = 'DISABLED', next_run_date = null"
            " where owner = $1 and name = $2",
            (owner, folded),
        )
    session.ddl_done()


def _drop_job(session: Any, name: str, _force: Any, _defer: Any, _semantics: Any) -> None:
    for one in name.split(","):
        owner, folded = _existing(session, one)
        session.storage.query(
            "delete from ora_dict.jobs where owner = $1 and name = $2", (owner, folded)
        )
        session.catalog.unregister_object(owner, folded, "JOB")
    session.ddl_done()


def _run_job(session: Any, name: str, use_current_session: Any) -> None:
    owner, folded = _existing(session, name)
    if not use_current_session:
        session.storage.query(
            "update ora_dict.jobs set enabled = true, state = 'SCHEDULED', next_run_date = now()"
            " where owner = $1 and name = $2",
            (owner, folded),
        )
        session.ddl_done()
        return
    kind, action = session.storage.query(
        "select job_type, job_action from ora_dict.jobs where owner = $1 and name = $2",
        (owner, folded),
    ).rows[0]
    session.execute(ExecuteRequest(sql=block_of(kind, action)))


_ATTRIBUTES = {
    "JOB_ACTION": "job_action",
    "REPEAT_INTERVAL": "repeat_interval",
    "COMMENTS": "comment_text",
    "MAX_FAILURES": "max_failures",
    "MAX_RUNS": "max_runs",
}


def _set_attribute(session: Any, name: str, attribute: str, value: str | None) -> None:
    owner, folded = _existing(session, name)
    column = _ATTRIBUTES.get((attribute or "").upper())
    if column is None:
        raise unsupported(f"scheduler attribute {attribute}")
    session.storage.query(
        f"update ora_dict.jobs set {column} = $3 where owner = $1 and name = $2",  # noqa: S608 - from a list
        (owner, folded, int(value) if value is not None and column.startswith("max_") else value),
    )
    session.ddl_done()


PACKAGE = Package(
    "DBMS_SCHEDULER",
    {
        "CREATE_JOB": _create_job,
        "DROP_JOB": _drop_job,
        "ENABLE": _enable,
        "DISABLE": _disable,
        "RUN_JOB": _run_job,
        "SET_ATTRIBUTE": _set_attribute,
    },
)
