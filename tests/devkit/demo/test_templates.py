"""A template is built once, whoever wants it at once, and again when what it is made from has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import oracledb
import pytest

from devkit.demo.templates import Templates, crm_state
from devkit.demo.world import World


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file that templates are made from."""
    path = tmp_path / "source.txt"
    path.write_text("first", encoding="utf-8")
    return path


def builder(world: World, built: list[str]) -> Callable[[], None]:
    def build() -> None:
        built.append(world.folder.name)
        world.start_oracle()
        with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
            cursor.execute(f"create table {world.folder.name}_made_it (n number)")
        world.start_crm(state=crm_state(world))
        world.crm_admin("POST", "/leads", {"name": world.folder.name})

    return build


def tables(world: World) -> list[str]:
    with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
        cursor.execute("select table_name from user_tables where table_name like '%MADE_IT'")
        return [name for (name,) in cursor]


def test_who_comes_at_once_gets_copies_of_what_one_has_built(tmp_path: Path, source: Path) -> None:
    templates = Templates(tmp_path / "templates")
    worlds = [World(tmp_path / f"w{number}") for number in range(3)]
    built: list[str] = []
    try:
        threads = [
            threading.Thread(
                target=templates.bring,
                args=(world, "sample", builder(world, built)),
                kwargs={"inputs": [source]},
            )
            for world in worlds
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        (first,) = built
        for world in worlds:
            assert tables(world) == [f"{first.upper()}_MADE_IT"]
            world.start_crm(state=crm_state(world))
            assert [lead["lead"] for lead in world.leads()] == [first]

        # each has its own copy
        with worlds[0].connect("SYSTEM") as admin, admin.cursor() as cursor:
            cursor.execute(f"drop table {first}_made_it")
        assert tables(worlds[0]) == []
        assert tables(worlds[1]) == [f"{first.upper()}_MADE_IT"]
    finally:
        for world in worlds:
            world.stop()


def test_what_has_changed_is_built_anew_and_a_failed_building_leaves_nothing(
    tmp_path: Path, source: Path
) -> None:
    templates = Templates(tmp_path / "templates")
    built: list[str] = []

    def broken() -> None:
        raise oracledb.DatabaseError("no")

    with World(tmp_path / "w1") as world, pytest.raises(oracledb.DatabaseError):
        templates.bring(world, "sample", broken, inputs=[source])
    for number, text in enumerate(("first", "second", "third", "third"), start=2):
        source.write_text(text, encoding="utf-8")
        with World(tmp_path / f"w{number}") as world:
            templates.bring(world, "sample", builder(world, built), inputs=[source])
    assert built == ["w2", "w3", "w4"]
    # one of the others is kept
    assert len(list((tmp_path / "templates").glob("sample-*"))) == 2
