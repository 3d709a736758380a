"""The settings, read from the environment or ``.env``: validated, frozen."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from BE.core.database.settings import DatabaseSettings
from BE.core.jobs.cron import Every
from BE.core.mail import Sender, SmtpOptions
from BE.core.middleware.trusted_hosts import Host
from BE.core.product import NAME, SLUG
from BE.core.security.kept_secret import kept_secret
from BE.core.security.keys import HMAC_KEY_BYTES
from BE.core.settings import in_production, json_list
from BE.core.urls import BaseUrl, RootPath, address_of, explain, url
from BE.modules.auth.settings import AuthSettings
from BE.modules.identities.settings import IdentitiesSettings
from BE.modules.tasks.settings import TasksSettings
from BE.modules.teams.settings import TeamsSettings
from BE.modules.webhooks.settings import WebhooksSettings

VERSION: str = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())["project"][
    "version"
]
_LIST_EXAMPLES = {
    "cors_origins": '["https://app.example.com"]',
    "trusted_hosts": '["api.example.com", "*.example.org"]',
}
_DEFAULTS = {  # elsewhere, in production
    "log_format": ("console", "json"),
    "mail_from": (f"{NAME} <{SLUG}@localhost>", None),
    "shutdown_notice_seconds": (0, 3),
    "web_concurrency": (1, 4),
}
_REQUIRED_IN_PRODUCTION = {
    "mail_from": "mail servers refuse another sender",
    "public_url": "links in mails lead there",
    "smtp_url": "without mail nobody can reset a password",
}

RedisUrl = Annotated[str, url("redis", "rediss", "unix")]
SmtpUrl = Annotated[str, url("smtp", "smtps", has_host=True), SmtpOptions]
CollectorUrl = Annotated[str, url("http", "https")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class InvalidConfiguration(Exception):
    """The configuration is refused; the message names every fault."""


class Settings(
    WebhooksSettings,
    TasksSettings,
    TeamsSettings,
    IdentitiesSettings,
    AuthSettings,
    DatabaseSettings,
):
    """What the server needs; each context adds its own."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    web_concurrency: Annotated[int, Field(ge=1, le=64)] | None = None
    public_url: BaseUrl | None = None
    root_path: RootPath = ""
    data_dir: Path = Path(".data")
    front_end_dir: Path = Path("FE/dist")

    idle_poll_seconds: Annotated[float, Field(ge=1, le=86_400)] = 1

    run_jobs: bool = True
    jobs_at_once: Annotated[int, Field(ge=1, le=1000)] = 4
    jobs_kept_days: Annotated[float, Field(gt=0, le=3650)] = 7

    backup_zone: str = "UTC"
    backup_cron: str | None = None
    backup_keep: Annotated[int, Field(ge=1, le=10_000)] = 14
    backup_dir: Path | None = None

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_hosts: Annotated[tuple[Host, ...], NoDecode] = ()
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=10)] = 0
    request_timeout_seconds: Seconds = 30
    max_body_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    max_import_bytes: Annotated[int, Field(ge=1, le=2**28)] = 50 * 1024 * 1024
    max_bytes_in_reception: Annotated[int, Field(ge=1)] = 32 * 1024 * 1024
    max_bytes_in_reception_per_address: Annotated[int, Field(ge=1)] = 8 * 1024 * 1024
    max_stranger_body_bytes: Annotated[int, Field(ge=1)] = 16 * 1024
    max_requests_at_once: Annotated[int, Field(ge=1, le=100_000)] = 100
    max_requests_at_once_per_caller: Annotated[int, Field(ge=1, le=100_000)] = 64
    max_streams: Annotated[int, Field(ge=1, le=100_000)] = 1000
    fast_path: bool = True
    shutdown_notice_seconds: Annotated[float, Field(ge=0, le=5)] | None = None

    rate_limit_enabled: bool = True
    redis_url: Annotated[RedisUrl | None, Field(repr=False)] = None

    smtp_url: Annotated[SmtpUrl | None, Field(repr=False)] = None
    mail_from: Sender | None = None

    call_private_addresses: bool = False

    metrics_enabled: bool = False
    sentry_dsn: Annotated[CollectorUrl | None, Field(repr=False)] = None
    slow_statement_seconds: Annotated[float, Field(gt=0, le=60)] = 1
    otel_exporter_otlp_endpoint: Annotated[CollectorUrl | None, Field(repr=False)] = None
    log_format: Literal["console", "json"] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("mail_from", "public_url", "smtp_url")
    @classmethod
    def _required(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and in_production(info):
            reason = _REQUIRED_IN_PRODUCTION[str(info.field_name)]
            raise ValueError(f"is required in production: {reason}")
        return value

    @field_validator(*_LIST_EXAMPLES, mode="before")
    @classmethod
    def _list(cls, value: Any, info: ValidationInfo) -> Any:
        return json_list(value, _LIST_EXAMPLES[str(info.field_name)])

    @field_validator("backup_cron")
    @classmethod
    def _schedule(cls, cron: str | None, info: ValidationInfo) -> str | None:
        if cron is not None and "backup_zone" in info.data:
            Every(cron, info.data["backup_zone"])
        return cron

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "*" in origins and in_production(info):
            raise ValueError("must name the origins in production: * would let any site sign in")
        return tuple(origin.rstrip("/") for origin in origins)  # as a browser writes them

    @field_validator("trusted_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return () if "*" in hosts else hosts

    @field_validator("rate_limit_enabled")
    @classmethod
    def _protection(cls, enabled: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        if not enabled and in_production(info):
            raise ValueError("must not be false in production")
        return enabled

    @field_validator("call_private_addresses")
    @classmethod
    def _guard(cls, is_open: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        if is_open and in_production(info):
            raise ValueError("must not be true in production: users could reach your network")
        return is_open

    @field_validator("log_format", "mail_from", "shutdown_notice_seconds", "web_concurrency")
    @classmethod
    def _default(cls, value: Any, info: ValidationInfo) -> Any:
        elsewhere, production = _DEFAULTS[str(info.field_name)]
        if value is None:
            return production if in_production(info) else elsewhere
        return value

    @property
    def settling_time(self) -> timedelta:
        """How long until every process has noticed a session's end and its last request is over."""
        return timedelta(minutes=1, seconds=self.request_timeout_seconds)

    @property
    def jobs_kept(self) -> timedelta:
        return timedelta(days=self.jobs_kept_days)

    @property
    def version(self) -> str:
        return VERSION

    @property
    def public_address(self) -> str:
        """The base of the links in mails."""
        return self.public_url or address_of(self.host, self.port)

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def backups(self) -> Path:
        """Where scheduled backups are."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def own_origins(self) -> tuple[str, ...]:
        """The origins from which a browser may sign in, besides the server's own address."""
        return (*self.cors_origins, self.public_url) if self.public_url else self.cors_origins


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. Raises :class:`InvalidConfiguration` with every fault at once.

    Outside production a missing secret is made and kept in ``DATA_DIR``.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        faults = (
            f"  {'.'.join(map(str, fault['loc'])).upper()}: {explain(fault['msg'], fault['input'])}"
            for fault in error.errors()
        )
        raise InvalidConfiguration("\n".join(["The configuration is refused:", *faults])) from None
    if settings.jwt_secret is None:
        try:
            secret = kept_secret(settings.data_dir)
        except OSError as error:
            raise InvalidConfiguration(
                f"Cannot keep a secret in {settings.data_dir} ({error.strerror}):"
                " set DATA_DIR to a directory of yours, or set JWT_SECRET."
            ) from None
        if len(secret) < HMAC_KEY_BYTES[settings.jwt_algorithm]:
            raise InvalidConfiguration(
                f"The secret in {settings.data_dir / 'jwt_secret'} is damaged: remove the file."
            )
        settings = settings.model_copy(update={"jwt_secret": secret})
    return settings
