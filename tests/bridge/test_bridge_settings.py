"""Where settings come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsError
from bridge.settings import LEGACY_NAMES, describe, known_names, load


def test_defaults_need_no_input() -> None:
    settings, origins = load(environ={})

    assert settings.database.connect_string == "localhost:1521/FREEPDB1"
    assert settings.relay.slots == 8
    assert origins == {}


def test_the_names_of_the_old_system_are_kept() -> None:
    settings, _ = load(
        environ={
            "DB_USER": "BRIDGE",
            "DB_PASSWD": "pw",
            "DB_HOST": "db.example.com",
            "DB_PORT": "1522",
            "DB_SERVICE_NAME": "ERP",
            "API_URL": "https://crm.example.com/v3",
            "API_TOKEN": "token",
        }
    )

    assert settings.database.user == "BRIDGE"
    assert settings.database.connect_string == "db.example.com:1522/ERP"
    assert settings.database.password.get_secret_value() == "pw"
    assert (settings.crm.url, settings.crm.token.get_secret_value()) == (
        "https://crm.example.com/v3",
        "token",
    )


def test_every_old_name_means_a_setting_that_exists() -> None:
    assert set(LEGACY_NAMES.values()) <= set(known_names())


def test_a_new_name_wins_over_an_old_one_in_the_same_place() -> None:
    for environ in (
        {"DB_USER": "old", "ERPCRM_DATABASE__USER": "new"},
        {"ERPCRM_DATABASE__USER": "new", "DB_USER": "old"},
    ):
        assert load(environ=environ)[0].database.user == "new"


def test_environment_wins_over_credentials_and_these_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "erpcrm.env"
    file.write_text(
        "# comment\n"
        "ERPCRM_CRM__TOKEN='from file'\n"
        'export ERPCRM_CRM__URL="http://file"\n'
        "ERPCRM_RELAY__SLOTS=3\n"
    )
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "ERPCRM_CRM__TOKEN").write_text("from credentials\n")
    (credentials / "erpcrm_web__token").write_text("webhook")

    settings, origins = load(
        file,
        environ={"CREDENTIALS_DIRECTORY": str(credentials), "ERPCRM_RELAY__SLOTS": "5"},
        overrides={"ERPCRM_LOG__LEVEL": "DEBUG"},
    )

    assert settings.crm.token.get_secret_value() == "from credentials"
    assert settings.web.token.get_secret_value() == "webhook"
    assert settings.crm.url == "http://file"
    assert settings.relay.slots == 5
    assert settings.log.level == "DEBUG"
    assert origins["ERPCRM_RELAY__SLOTS"] == "environment"
    assert origins["ERPCRM_CRM__URL"] == f"file {file}"
    assert origins["ERPCRM_LOG__LEVEL"] == "command line"


def test_an_unknown_name_is_refused_with_the_near_one() -> None:
    with pytest.raises(SettingsError, match="did you mean ERPCRM_CRM__QUOTA_CALLS"):
        load(environ={"ERPCRM_CRM__QUOTA_CALL": "30"})


def test_names_of_other_tools_are_left_alone() -> None:
    load(environ={"ERPCRM_TEST_DSN": "x", "ERPCRM_FAILPOINT": "after_call:kill", "HOME": "/"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ERPCRM_RELAY__SLOTS", "many"),
        ("ERPCRM_RELAY__SLOTS", "0"),
        ("ERPCRM_DATABASE__PORT", "99999"),
        ("ERPCRM_CRM__CUSTOM_FIELDS_ON_CREATE", "maybe"),
        ("ERPCRM_RELAY__LEASE_SECONDS", "30"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_without_being_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={name: value})

    assert value not in str(caught.value) or value in {"0", "30"}


def test_a_missing_file_is_an_error_only_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        load(tmp_path / "missing.env", environ={})


def test_a_line_that_is_no_setting_is_refused_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "bad.env"
    file.write_text("ERPCRM_RELAY__SLOTS=3\nnonsense\n")

    with pytest.raises(SettingsError, match="line 2"):
        load(file, environ={})


def test_secrets_are_never_shown() -> None:
    settings, origins = load(environ={"API_TOKEN": "s3cret-token", "DB_PASSWD": "s3cret-password"})
    rows = describe(settings, origins)

    assert not any("s3cret" in row.value for row in rows)
    assert "s3cret" not in repr(settings)
    shown = {row.name: row for row in rows}
    assert shown["ERPCRM_CRM__TOKEN"].value == "********"
    assert shown["ERPCRM_WEB__TOKEN"].value == ""
    assert shown["ERPCRM_CRM__TOKEN"].origin == "environment"


def test_every_setting_is_explained() -> None:
    assert all(field.description for field in known_names().values())


def test_the_daemon_says_everything_that_is_missing_at_once() -> None:
    settings, _ = load(environ={})

    with pytest.raises(SettingsError) as caught:
        settings.require_daemon()

    assert "ERPCRM_CRM__URL" in str(caught.value)
    assert "ERPCRM_WEB__TOKEN" in str(caught.value)


def test_another_crm_has_other_defaults_which_can_be_set_as_well() -> None:
    spotter, _ = load(environ={})
    hubspot, _ = load(environ={"ERPCRM_CRM__ADAPTER": "hubspot"})
    chosen, _ = load(environ={"ERPCRM_CRM__ADAPTER": "hubspot", "ERPCRM_CRM__QUOTA_CALLS": "190"})

    assert (spotter.crm.quota_calls, spotter.crm.quota_seconds) == (30, 20.0)
    assert (spotter.crm.token_header, spotter.crm.quota_day_calls) == ("token_exact", None)
    assert (hubspot.crm.quota_calls, hubspot.crm.quota_seconds) == (100, 10.0)
    assert (hubspot.crm.token_header, hubspot.crm.quota_day_calls) == ("Authorization", 250_000)
    assert (chosen.crm.quota_calls, chosen.crm.quota_seconds) == (190, 10.0)


def test_an_adapter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="ERPCRM_CRM__ADAPTER"):
        load(environ={"ERPCRM_CRM__ADAPTER": "salesforce"})


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="America/Sao_Paulo"):
        load(environ={"ERPCRM_CRM__TIMEZONE": "Mars/Olympus"})


HUBSPOT = {
    "ERPCRM_CRM__ADAPTER": "hubspot",
    "ERPCRM_DATABASE__PASSWORD": "pw",
    "ERPCRM_CRM__URL": "https://api.hubapi.com",
    "ERPCRM_CRM__TOKEN": "token",
    "ERPCRM_CRM__APP_SECRET": "the app's secret",
    "ERPCRM_WEB__PUBLIC_URL": "https://hooks.example.com",
}


def test_a_crm_that_signs_its_webhooks_needs_a_secret_and_the_public_url() -> None:
    load(environ=HUBSPOT)[0].require_daemon()
    for name in ("ERPCRM_CRM__APP_SECRET", "ERPCRM_WEB__PUBLIC_URL"):
        settings, _ = load(environ={**HUBSPOT, name: ""})
        with pytest.raises(SettingsError, match=name):
            settings.require_daemon()


def test_routes_that_only_one_crm_has_are_refused_with_another() -> None:
    settings, _ = load(environ={**HUBSPOT, "ERPCRM_WEB__API_TOKEN": "x"})

    with pytest.raises(SettingsError, match="ERPCRM_WEB__API_TOKEN"):
        settings.require_daemon()


def test_the_secrets_of_an_app_are_not_shown() -> None:
    settings, origins = load(
        environ={**HUBSPOT, "ERPCRM_CRM__APP_SECRET_PREVIOUS": "the former secret"}
    )
    shown = {row.name: row.value for row in describe(settings, origins)}

    assert shown["ERPCRM_CRM__APP_SECRET"] == "********"
    assert "secret" not in "".join(shown.values())
    assert "the app's secret" not in repr(settings)
