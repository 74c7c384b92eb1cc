"""The schema after ``erpcrm migrate`` is the one that was reviewed."""

from __future__ import annotations

import difflib

from deployed_world import Deployed
from dump_schema import EXPECTED, dump


def test_the_schema_is_the_one_that_was_reviewed(deployed_world: Deployed) -> None:
    with deployed_world.connect("SYSTEM") as connection:
        found = dump(connection)
    expected = EXPECTED.read_text(encoding="utf-8")

    changes = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), "reviewed", "deployed", lineterm="", n=2
    )
    assert found == expected, "\n".join(["run `make schema` and review:", *changes])
