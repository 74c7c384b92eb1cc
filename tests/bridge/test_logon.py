"""A log-on that failed is told with host, service, account and the next step."""

from __future__ import annotations

import oracledb
import pytest

from bridge.errors import AccessRefused, DatabaseUnavailable
from bridge.logon import explain
from bridge.migrate import connection
from bridge.migrate.connection import OracleExecutor, StatementFailed
from bridge.oracle.errors import translate


def told(code: str) -> str:
    return explain(
        code,
        user="CRM_BRIDGE",
        dsn="erp:1521/ERP",
        user_setting="DB_USER",
        settings="ERPCRM_DATABASE__",
    )


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("ORA-01017", "correct ERPCRM_DATABASE__PASSWORD"),
        ("ORA-28000", "alter user CRM_BRIDGE account unlock"),
        ("ORA-28001", "the password has expired"),
        ("ORA-01045", "grant create session to CRM_BRIDGE"),
        ("DPY-6005", "check host and port in ERPCRM_DATABASE__DSN"),
        ("TimeoutError", "check host and port"),
        ("DPY-6001", "does not know this service"),
        ("ORA-12514", "does not know this service"),
        ("ORA-01034", "not open"),
        ("DPY-4000", "host:port/service"),
        ("DPY-4005", "no connection became free"),
        ("ORA-00604", "check DB_USER and ERPCRM_DATABASE__DSN"),
    ],
)
def test_each_code_has_its_next_step(code: str, step: str) -> None:
    text = told(code)

    assert text.startswith("log-on to erp:1521/ERP as CRM_BRIDGE (DB_USER) failed; ")
    assert step in text
    assert "{" not in text


def test_the_error_of_the_daemon_keeps_its_class_and_carries_the_advice() -> None:
    error = translate(TimeoutError(), "acquire for api_version", advice=told("TimeoutError"))

    assert isinstance(error, DatabaseUnavailable)
    assert str(error).startswith(
        "TimeoutError in acquire for api_version: log-on to erp:1521/ERP as "
    )
    assert not isinstance(error, AccessRefused)


def test_the_account_that_deploys_is_named_with_its_own_settings(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    def refused(**_: object) -> None:
        raise oracledb.DatabaseError("nobody there")

    monkeypatch.setattr(connection.oracledb, "connect", refused)
    with pytest.raises(StatementFailed) as caught:
        OracleExecutor(dsn=f"127.0.0.1:{unused_tcp_port}/X", user="SYSTEM", password="x")

    assert f"log-on to 127.0.0.1:{unused_tcp_port}/X as SYSTEM (ERPCRM_MIGRATE__USER)" in str(
        caught.value
    )
    assert "nobody there" in str(caught.value)
