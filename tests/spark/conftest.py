"""One Spark session for all Spark tests: starting one takes longer than all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spark_offload import session

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    started, _ = session.start(partitions=2)
    yield started
    started.stop()
