"""Settings: where they come from, what they mean, and how they are shown without secrets.

Order, strongest first: command line, environment, credentials of systemd
(``$CREDENTIALS_DIRECTORY``, one file per setting), settings file (``NAME=value`` lines), defaults.
Names are ``ERPCRM_GROUP__NAME``; the names of the system that this one replaces are accepted as
well (``LEGACY_NAMES``).
"""

from __future__ import annotations

import difflib
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bridge.errors import SettingsError

__all__ = [
    "LEGACY_NAMES",
    "CrmSettings",
    "DatabaseSettings",
    "LogSettings",
    "MigrateSettings",
    "Origin",
    "RelaySettings",
    "Settings",
    "WebSettings",
    "describe",
    "load",
]

PREFIX = "ERPCRM_"
LEGACY_NAMES: Mapping[str, str] = {
    "DB_USER": "ERPCRM_DATABASE__USER",
    "DB_PASSWD": "ERPCRM_DATABASE__PASSWORD",
    "DB_HOST": "ERPCRM_DATABASE__HOST",
    "DB_PORT": "ERPCRM_DATABASE__PORT",
    "DB_SERVICE_NAME": "ERPCRM_DATABASE__SERVICE_NAME",
    "API_URL": "ERPCRM_CRM__URL",
    "API_TOKEN": "ERPCRM_CRM__TOKEN",
}
# Read elsewhere or by other tools; not settings of the daemon.
_FOREIGN_NAMES = frozenset({"ERPCRM_SETTINGS_FILE", "ERPCRM_FAILPOINT"})
_FOREIGN_PREFIXES = tuple(
    f"ERPCRM_{tool}_" for tool in ("TEST", "SPARK", "DEMO", "BENCH", "POSTGRES", "DEVKIT")
)
_QUESTIONS = r"\d{1,9}:\d{1,9}(\+\d{1,9})*(\s*,\s*\d{1,9}:\d{1,9}(\+\d{1,9})*)*"
_LINE = re.compile(r"\A(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)\Z")

_Positive = Annotated[float, Field(gt=0)]
_Port = Annotated[int, Field(ge=0, le=65535)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(_Group):
    """The daemon's own account."""

    dsn: str | None = Field(
        default=None, description="connect string; else host, port and service name"
    )
    host: str = Field(default="localhost", description="host of the listener")
    port: _Port = Field(default=1521, description="port of the listener")
    service_name: str = Field(default="FREEPDB1", description="service name")
    user: str = Field(default="CRM_BRIDGE", description="account of the daemon")
    password: SecretStr = Field(default=SecretStr(""), description="its password")
    owner: str = Field(default="CRM_SYNC", description="schema that owns the integration")
    pool_size: int = Field(default=6, ge=1, le=64, description="connections for short transactions")
    pool_reserved: int = Field(
        default=2,
        ge=0,
        le=16,
        description="of these, kept for settling what the CRM has answered; one is left for the rest",
    )
    pool_wait_seconds: _Positive = Field(
        default=5.0, description="wait for a free connection at most"
    )
    call_timeout_seconds: _Positive = Field(default=15.0, description="limit of one round trip")
    connect_timeout_seconds: _Positive = Field(
        default=20.0, description="limit of connecting and closing"
    )

    @property
    def connect_string(self) -> str:
        """The DSN to hand to the driver."""
        return self.dsn or f"{self.host}:{self.port}/{self.service_name}"


# Where the default of a setting is another one for another CRM.
_ADAPTER_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "spotter": {},
    "hubspot": {
        "token_header": "Authorization",
        "quota_calls": 100,
        "quota_seconds": 10.0,
        "quota_day_calls": 250_000,
    },
}


class CrmSettings(_Group):
    """The CRM's account and how to treat it."""

    adapter: Literal["spotter", "hubspot"] = Field(default="spotter", description="which CRM it is")
    url: str = Field(default="", description="base URL of the API")
    token: SecretStr = Field(default=SecretStr(""), description="API token")
    token_header: str = Field(default="token_exact", description="header that carries the token")
    quota_calls: int = Field(default=30, ge=1, description="calls allowed per quota period")
    quota_seconds: _Positive = Field(default=20.0, description="length of the quota period")
    quota_day_calls: int | None = Field(
        default=None, ge=1, description="calls allowed per day, where the CRM counts days"
    )
    app_secret: SecretStr = Field(
        default=SecretStr(""), description="secret that signs webhooks (hubspot)"
    )
    app_secret_previous: SecretStr = Field(
        default=SecretStr(""), description="also accepted, for rotation"
    )
    app_id: str = Field(
        default="",
        description="number of our app, which marks our own writes in webhooks (hubspot)",
    )
    timezone: str = Field(
        default="America/Sao_Paulo",
        description="zone in which the CRM's day turns (hubspot), and of times that name none",
    )
    timeout_seconds: _Positive = Field(default=20.0, description="total limit of one call")
    connect_timeout_seconds: _Positive = Field(default=5.0, description="limit of connecting")
    max_read_batch: int = Field(
        default=20,
        ge=1,
        le=100,
        description="leads that are read in one call at most; 1 reads each by itself",
    )
    breaker_failures: int = Field(
        default=5, ge=1, description="failures in a row that open the breaker"
    )
    breaker_seconds: _Positive = Field(default=15.0, description="how long it stays open")
    custom_fields_on_create: Literal["yes", "no", "after"] = Field(
        default="yes", description="whether the tenant takes custom fields when a lead is added"
    )
    field_sales_rep: str = Field(
        default="_cod.gestores", description="custom field (list): sales rep"
    )
    field_client_code: str = Field(default="_cod.cliente", description="custom field: client code")
    field_tax_registration: str = Field(
        default="_inscricaoestadual", description="custom field: IE"
    )
    field_financial_analysis: str = Field(
        default="_analisefinanceira", description="custom field: financial analysis"
    )
    exempt_tax_registration: str = Field(default="99", description="what the CRM holds for ISENTO")
    discard_user_email: str = Field(
        default="", description="user in whose name leads are discarded"
    )
    discard_reason: str = Field(default="Encerrou atividades", description="reason of a discard")
    sales_rep_default: str = Field(
        default="99", description="sent for a sales rep that the CRM's list lacks; empty: refused"
    )
    catalogue_seconds: _Positive = Field(
        default=3600.0, description="how often sales reps that were replaced are looked for again"
    )
    sales_rep_email: str = Field(
        default="", description="seller in whose name leads are sold; else none is named"
    )
    handover_questions: str = Field(
        default="",
        description="qualification questions that pass a lead over the handover stage, with the "
        "answers to give: question:answer[+answer], separated by commas",
    )
    handover_pause_seconds: float = Field(
        default=10.0, ge=0, le=120, description="time between two of these answers"
    )
    country: str = Field(default="Brasil", description="country of every address")
    phone_ddi: str = Field(default="55", description="country code of phone numbers")

    @field_validator("handover_questions")
    @classmethod
    def _fit_together(cls, text: str) -> str:
        if text and not re.fullmatch(_QUESTIONS, text):
            raise ValueError("not question:answer[+answer], separated by commas")
        numbers = [part.partition(":")[0].strip() for part in text.split(",")]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a question is named twice")
        return text

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_adapter(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            known = _ADAPTER_DEFAULTS.get(str(values.get("adapter", "spotter")), {})
            return {**known, **values}
        return values

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not the name of a time zone, such as America/Sao_Paulo") from None
        return value


class RelaySettings(_Group):
    """How work is taken, retried and ended."""

    worker_id: str = Field(
        default_factory=lambda: f"{socket.gethostname()}:bridge"[:64],
        max_length=64,
        description="stable name of this daemon: claims of an earlier process of it are released",
    )
    slots: int = Field(default=8, ge=1, le=64, description="changes delivered at the same time")
    inbound_slots: int = Field(
        default=24,
        ge=1,
        le=64,
        description="webhooks handled at the same time; reads are combined among these",
    )
    lease_seconds: int = Field(default=120, ge=10, le=3600, description="lease of a claimed record")
    wait_seconds: int = Field(
        default=5, ge=1, le=15, description="wait for a queue message at most"
    )
    retry_base_seconds: _Positive = Field(default=2.0, description="first delay between attempts")
    retry_cap_seconds: _Positive = Field(
        default=600.0, description="longest delay between attempts"
    )
    reconcile_seconds: _Positive = Field(
        default=15.0, description="how often capture gaps are repaired"
    )
    poll_seconds: Annotated[float, Field(ge=0)] = Field(
        default=600.0, description="how often leads changed in the CRM are looked for; 0: never"
    )
    poll_overlap_seconds: _Positive = Field(
        default=120.0, description="polling reads so far back before the newest change it knows"
    )
    poll_filter: str = Field(
        default="updateDate",
        description="field by which the CRM tells changed leads; empty: all are read in turn",
    )
    poll_persons: Literal["auto", "with_lead", "in_turn", "never"] = Field(
        default="auto",
        description=(
            "how polling finds changed persons: with_lead, where the time of a lead moves with its persons; "
            "in_turn: all of them, some pages a round; never; auto: as the adapter says"
        ),
    )
    poll_person_pages: int = Field(
        default=4,
        ge=1,
        le=100,
        description="pages of persons read in each round of polling, when in turn",
    )
    drain_seconds: _Positive = Field(default=20.0, description="time to finish claims when stopped")
    stall_seconds: _Positive = Field(
        default=60.0, description="without progress for so long: not alive"
    )


class WebSettings(_Group):
    """The web server for webhooks, health and metrics."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: _Port = Field(default=8080, description="port to listen on; 0 takes a free one")
    public_url: str = Field(
        default="", description="scheme and host under which the CRM calls; signed webhooks need it"
    )
    token: SecretStr = Field(default=SecretStr(""), description="token that webhooks must carry")
    token_previous: SecretStr = Field(
        default=SecretStr(""), description="also accepted, for rotation"
    )
    api_token: SecretStr = Field(
        default=SecretStr(""),
        description="token of callers of the kept HTTP routes; without it they are not served",
    )
    api_token_previous: SecretStr = Field(
        default=SecretStr(""), description="also accepted, for rotation"
    )
    view_token: SecretStr = Field(
        default=SecretStr(""),
        description="token that opens the overview page and nothing else; the api token does too",
    )
    api_seconds: _Positive = Field(default=60.0, description="limit of one call of a kept route")
    metrics_port: _Port | None = Field(
        default=None,
        description="loopback port for /metrics and details of /readyz; else the same port",
    )
    max_body_bytes: int = Field(default=262_144, ge=1024, description="largest webhook body")
    body_timeout_seconds: _Positive = Field(default=10.0, description="time to receive a body")
    dedupe_seconds: _Positive = Field(
        default=1.0, description="equal bodies within this window are one webhook"
    )
    retry_after_seconds: int = Field(
        default=10, ge=1, description="Retry-After while the database is away"
    )


class MigrateSettings(_Group):
    """The administrator's account that deploys."""

    dsn: str | None = Field(default=None, description="connect string; else that of the daemon")
    user: str = Field(default="SYSTEM", description="administrator")
    password: SecretStr = Field(default=SecretStr(""), description="its password")
    owner: str = Field(default="CRM_SYNC", description="schema that receives the integration")
    directory: Path = Field(default=Path(), description="folder that holds migrations/ and plsql/")
    lock_wait_seconds: _Positive = Field(
        default=300.0, description="wait for another migration at most"
    )
    ddl_lock_timeout_seconds: int = Field(
        default=5, ge=0, le=1_000_000, description="one wait of DDL for a lock of the ERP"
    )
    ddl_attempts: int = Field(
        default=12, ge=1, description="attempts of DDL that met a lock, with pauses between"
    )


class LogSettings(_Group):
    """Logging."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="least level"
    )
    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, else JSON"
    )
    pepper: SecretStr = Field(
        default=SecretStr(""),
        description="secret for the hashes of keys in logs; else one per process",
    )


class _LayeredSource(PydanticBaseSettingsSource):
    """Hands the values that ``load`` has collected to pydantic-settings."""

    def __init__(self, settings_cls: type[BaseSettings], values: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._values = values

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        prefix = f"{PREFIX}{field_name.upper()}__"
        group = {
            name.removeprefix(prefix).lower(): value
            for name, value in self._values.items()
            if name.startswith(prefix)
        }
        return group, field_name, True

    def __call__(self) -> dict[str, Any]:
        return {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }


class Settings(BaseSettings):
    """All settings of the daemon and the command line.

    Example::

        settings = load(Path("erpcrm.env"))
        settings.crm.quota_calls
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    collected: ClassVar[Mapping[str, str]] = {}

    database: DatabaseSettings = Field(default_factory=lambda: DatabaseSettings())
    crm: CrmSettings = Field(default_factory=lambda: CrmSettings())
    relay: RelaySettings = Field(default_factory=lambda: RelaySettings())
    web: WebSettings = Field(default_factory=lambda: WebSettings())
    migrate: MigrateSettings = Field(default_factory=lambda: MigrateSettings())
    log: LogSettings = Field(default_factory=lambda: LogSettings())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _LayeredSource(settings_cls, cls.collected)

    @model_validator(mode="after")
    def _lease_outlives_calls(self) -> Settings:
        if self.relay.lease_seconds <= 2 * self.crm.timeout_seconds:
            raise ValueError("relay.lease_seconds must be more than twice crm.timeout_seconds")
        return self

    def require_daemon(self) -> None:
        """Check what only ``run`` needs.

        Raises:
            SettingsError: naming everything that is missing.
        """
        needed = {
            "ERPCRM_DATABASE__PASSWORD": self.database.password.get_secret_value(),
            "ERPCRM_CRM__URL": self.crm.url,
            "ERPCRM_CRM__TOKEN": self.crm.token.get_secret_value(),
        }
        if self.crm.adapter == "hubspot":
            needed |= {
                "ERPCRM_CRM__APP_SECRET": self.crm.app_secret.get_secret_value(),
                "ERPCRM_WEB__PUBLIC_URL": self.web.public_url,
            }
            if self.web.api_token.get_secret_value():
                raise SettingsError(
                    "ERPCRM_WEB__API_TOKEN: the kept HTTP routes exist for spotter only;"
                    " leave it out with ERPCRM_CRM__ADAPTER=hubspot"
                )
        else:
            needed["ERPCRM_WEB__TOKEN"] = self.web.token.get_secret_value()
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise SettingsError(f"not set: {', '.join(missing)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One setting as ``settings show`` prints it."""

    name: str
    value: str
    origin: str
    description: str


def known_names() -> dict[str, FieldInfo]:
    """Return every setting's environment name with its field."""
    names: dict[str, FieldInfo] = {}
    for group, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        for name, inner in model.model_fields.items():
            names[f"{PREFIX}{group.upper()}__{name.upper()}"] = inner
    return names


def load(
    file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> tuple[Settings, Mapping[str, str]]:
    """Collect and check all settings.

    Args:
        file: settings file; else the one named by ``ERPCRM_SETTINGS_FILE``; else ``.env``, if any.
        environ: the environment, when it is not the process's own.
        overrides: values of command line options, by environment name.

    Returns:
        The settings, and where each value that is no default came from.

    Raises:
        SettingsError: an unknown name, a value that does not fit, an unreadable file.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for layer, origin in _layers(file, environ, overrides or {}):
        for name, value in layer.items():
            values[name] = value
            origins[name] = origin
    bound = type("BoundSettings", (Settings,), {"collected": values, "__module__": __name__})
    try:
        settings = bound()
    except ValidationError as exc:
        problems = "; ".join(_problem(error) for error in exc.errors(include_input=False))
        raise SettingsError(problems) from None
    return settings, origins


def describe(settings: Settings, origins: Mapping[str, str]) -> list[Origin]:
    """Return every setting with its origin, secrets hidden."""
    rows: list[Origin] = []
    for name, field in known_names().items():
        group, _, attribute = name.removeprefix(PREFIX).lower().partition("__")
        value = getattr(getattr(settings, group), attribute)
        if isinstance(value, SecretStr):
            shown = "********" if value.get_secret_value() else ""
        else:
            shown = "" if value is None else str(value)
        rows.append(
            Origin(
                name=name,
                value=shown,
                origin=origins.get(name, "default"),
                description=field.description or "",
            )
        )
    return rows


# --------------------------------------------------------------------------- layers


def _layers(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]
) -> list[tuple[dict[str, str], str]]:
    """Return the layers, weakest first."""
    layers: list[tuple[dict[str, str], str]] = []
    named = file or (Path(name) if (name := environ.get("ERPCRM_SETTINGS_FILE")) else None)
    path = named or Path(".env")
    if named is not None or path.is_file():
        layers.append((_checked(_read_file(path), f"file {path}"), f"file {path}"))
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        layers.append((_checked(_read_credentials(Path(folder)), "credentials"), "credentials"))
    layers.append((_checked(environ, "environment"), "environment"))
    layers.append((_checked(overrides, "command line"), "command line"))
    return layers


def _checked(raw: Mapping[str, str], origin: str) -> dict[str, str]:
    names = known_names()
    values: dict[str, str] = {}
    for name, value in raw.items():
        upper = name.upper()
        if upper in LEGACY_NAMES:
            values.setdefault(LEGACY_NAMES[upper], value)
        elif upper.startswith(PREFIX) and not _is_foreign(upper):
            if upper not in names:
                near = difflib.get_close_matches(upper, names, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise SettingsError(f"unknown setting {name} in {origin}{hint}")
            values[upper] = value
    return values


def _is_foreign(name: str) -> bool:
    return name in _FOREIGN_NAMES or name.startswith(_FOREIGN_PREFIXES)


def _read_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"cannot read the settings file {path}: {exc}") from exc
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.match(stripped)
        if match is None:
            raise SettingsError(f"{path}, line {number}: not NAME=value")
        value = match["value"].strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        values[match["name"]] = value
    return values


def _read_credentials(folder: Path) -> dict[str, str]:
    try:
        return {
            path.name: path.read_text(encoding="utf-8").rstrip("\n")
            for path in sorted(folder.iterdir())
            if path.is_file()
        }
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"cannot read the credentials in {folder}: {exc}") from exc


def _problem(error: Any) -> str:
    location = [str(part) for part in error["loc"]]
    name = PREFIX + "__".join(location).upper() if location else "settings"
    return f"{name}: {error['msg']}"
