"""A second client, written independently of Oracle's driver, works with the deployed database."""

from __future__ import annotations

from collections.abc import Iterator

import pyora
import pytest
from deployed_world import Deployed


@pytest.fixture
def second(deployed_world: Deployed) -> Iterator[pyora.Connection]:
    settings = deployed_world.settings()
    connection = pyora.connect(
        f"oracle://{settings['DB_USER']}:{settings['DB_PASSWD']}@{deployed_world.dsn}"
    )
    yield connection
    connection.close()


def test_it_reads_the_view_as_the_driver_does(
    deployed_world: Deployed, second: pyora.Connection
) -> None:
    cursor = second.cursor()
    cursor.execute(
        "select record_key, name, sales_rep, address_complement from crm_sync.vw_crm_clients"
        " order by record_key"
    )
    rows = [tuple(row) for row in cursor.fetchall()]

    expected = deployed_world.rows(
        "select record_key, name, sales_rep, address_complement from vw_crm_clients order by record_key"
    )
    assert [
        (key, name, int(rep) if rep is not None else None, extra) for key, name, rep, extra in rows
    ] == expected


def test_it_gets_the_number_and_the_text_of_an_error(second: pyora.Connection) -> None:
    cursor = second.cursor()
    with pytest.raises(pyora.OracleError, match="ORA-00942"):
        cursor.execute("select * from crm_sync.crm_outbox_events")


def test_it_is_refused_with_a_wrong_password(deployed_world: Deployed) -> None:
    with pytest.raises(pyora.OracleError, match="1017"):
        pyora.connect(f"oracle://CRM_BRIDGE:wrong@{deployed_world.dsn}")
