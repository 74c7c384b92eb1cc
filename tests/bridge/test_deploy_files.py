"""What is deployed fits what is built."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge import metrics
from bridge.settings import known_names, load

DEPLOY = Path(__file__).parents[2] / "deploy"


def exported() -> set[str]:
    names: set[str] = set()
    for family in metrics.REGISTRY.collect():
        names.add(family.name)
        names |= {
            family.name + suffix for suffix in ("_total", "_bucket", "_sum", "_count", "_info")
        }
    return names


def test_the_example_names_every_setting_and_no_other() -> None:
    text = (DEPLOY / "erpcrm.env.example").read_text()

    assert set(re.findall(r"^#?(ERPCRM_\w+)=", text, flags=re.M)) == set(known_names())


def test_the_example_can_be_loaded_as_it_is() -> None:
    settings, _ = load(DEPLOY / "erpcrm.env.example", environ={})

    assert settings.crm.url == "https://api.exactspotter.com/v3"


def test_the_example_shows_the_defaults() -> None:
    text = (DEPLOY / "erpcrm.env.example").read_text()
    lines = {
        name: value
        for name, value in re.findall(r"^#(ERPCRM_\w+)=(.*)$", text, flags=re.M)
        if name != "ERPCRM_RELAY__WORKER_ID" and value
    }
    shown, _ = load(environ=lines)
    plain, _ = load(environ={})

    assert shown.model_dump(exclude={"relay": {"worker_id"}}) == plain.model_dump(
        exclude={"relay": {"worker_id"}}
    )


@pytest.mark.parametrize("name", ["alerts.yml", "grafana-dashboard.json"])
def test_alerts_and_dashboard_use_metrics_that_exist(name: str) -> None:
    used = set(re.findall(r"\berpcrm_\w+", (DEPLOY / name).read_text()))

    assert used
    assert used <= exported()


def test_the_dashboard_is_json_with_distinct_panels() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels) == 12


def test_credentials_of_the_unit_are_settings() -> None:
    unit = (DEPLOY / "erpcrm.service").read_text()

    assert set(re.findall(r"LoadCredential=(\w+):", unit)) <= set(known_names())


def test_the_unit_waits_longer_than_the_drain() -> None:
    unit = (DEPLOY / "erpcrm.service").read_text()
    match = re.search(r"^TimeoutStopSec=(\d+)$", unit, flags=re.M)

    assert match is not None
    assert int(match[1]) >= load(environ={})[0].relay.drain_seconds + 20


def test_systemd_finds_no_unknown_key() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        unit = (DEPLOY / "erpcrm.service").read_text()
        assert all("=" in line for line in unit.splitlines() if line and line[0] not in "#[")
        return
    done = subprocess.run(
        [analyze, "verify", "--recursive-errors=yes", str(DEPLOY / "erpcrm.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]

    assert [line for line in complaints if "erpcrm" in line] == []
