"""The settings, read from the environment or ``.env``: validated, frozen."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from BE.core.emails import Email
from BE.core.mail import Sender, SmtpOptions
from BE.core.middleware.trusted_hosts import Host
from BE.core.security.access_tokens import OWN_ISSUER
from BE.core.security.kept_secret import kept_secret
from BE.core.security.keys import HMAC_KEY_BYTES, KeyRing
from BE.core.urls import BaseUrl, HostName, RootPath, address_of, explain, url
from BE.modules.auth.security.password_strength import weakness
from BE.modules.identities.security.provider_settings import Providers
from BE.modules.identities.security.trusted_issuers import TrustedIssuer

_MIN_SECRET_BYTES = 32
_MAX_PASSWORD = 256
_PLACEHOLDER = "change-me"
_LIST_EXAMPLES = {
    "oidc_providers": '[{"name": "google", "client_id": "…", "client_secret": "…"}]',
    "cors_origins": '["https://app.example.com"]',
    "trusted_hosts": '["api.example.com", "*.example.org"]',
    "trusted_issuers": '[{"issuer": "…", "audience": "…", "algorithms": ["…"], "jwks_url": "…"}]',
}
_DATABASE_PARTS = {"db_host", "db_port", "db_name", "db_user", "db_password"}
_DEFAULTS = {  # elsewhere, in production
    "log_format": ("console", "json"),
    "mail_from": ("Bounded <bounded@localhost>", None),
    "shutdown_notice_seconds": (0, 3),
    "web_concurrency": (1, 4),
}
_REQUIRED_IN_PRODUCTION = {
    "database_url": "set DATABASE_URL or DB_HOST",
    "jwt_secret": "set a random one of 32 bytes or more",
    "mail_from": "mail servers refuse another sender",
    "public_url": "links in mails lead there",
    "smtp_url": "without mail nobody can reset a password",
}

PostgresUrl = Annotated[str, url("postgresql", "postgres", "postgresql+asyncpg")]
RedisUrl = Annotated[str, url("redis", "rediss", "unix")]
SmtpUrl = Annotated[str, url("smtp", "smtps", has_host=True), SmtpOptions]
CollectorUrl = Annotated[str, url("http", "https")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Days = Annotated[float, Field(gt=0, le=3650)]


class InvalidConfiguration(Exception):
    """The configuration is refused; the message names every fault."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    # first, because the rules of production look at it
    environment: Literal["development", "test", "production"] = "development"

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    web_concurrency: Annotated[int, Field(ge=1, le=64)] | None = None
    public_url: BaseUrl | None = None
    root_path: RootPath = ""
    data_dir: Path = Path(".data")
    front_end_dir: Path = Path("FE/dist")

    db_host: HostName | None = None
    db_port: Annotated[int, Field(ge=1, le=65535)] = 5432
    db_name: str = "bounded"
    db_user: str = "bounded"
    db_password: Annotated[str, Field(repr=False)] = ""
    database_url: Annotated[PostgresUrl | None, Field(repr=False)] = None
    db_pool_size: Annotated[int, Field(ge=1, le=1000)] = 5
    db_max_overflow: Annotated[int, Field(ge=0, le=1000)] = 5
    db_pool_timeout: Seconds = 2
    db_pool_recycle: Seconds = 300
    idle_poll_seconds: Annotated[float, Field(ge=1, le=86_400)] = 1

    jwt_secret: Annotated[str | None, Field(repr=False)] = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    jwt_expire_minutes: Annotated[float, Field(gt=0, le=60)] = 15
    refresh_idle_days: Days = 7
    refresh_absolute_days: Days = 30
    refresh_grace_seconds: Annotated[float, Field(ge=0, le=60)] = 30
    address_retention_days: Days = 90
    cookie_secure: bool | None = None
    password_min_length: Annotated[int, Field(ge=8, le=256)] = 12
    trusted_issuers: Annotated[tuple[TrustedIssuer, ...], NoDecode] = ()
    oidc_providers: Annotated[Providers, NoDecode] = ()

    first_admin_email: Email | None = None
    first_admin_password: Annotated[str | None, Field(repr=False)] = None

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_hosts: Annotated[tuple[Host, ...], NoDecode] = ()
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=10)] = 0
    request_timeout_seconds: Seconds = 30
    max_body_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    max_bytes_in_reception: Annotated[int, Field(ge=1)] = 32 * 1024 * 1024
    max_bytes_in_reception_per_address: Annotated[int, Field(ge=1)] = 8 * 1024 * 1024
    max_stranger_body_bytes: Annotated[int, Field(ge=1)] = 16 * 1024
    max_requests_at_once: Annotated[int, Field(ge=1, le=100_000)] = 100
    max_requests_at_once_per_caller: Annotated[int, Field(ge=1, le=100_000)] = 64
    max_streams: Annotated[int, Field(ge=1, le=100_000)] = 1000
    max_tasks_per_user: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100_000
    fast_path: bool = True
    shutdown_notice_seconds: Annotated[float, Field(ge=0, le=5)] | None = None

    rate_limit_enabled: bool = True
    redis_url: Annotated[RedisUrl | None, Field(repr=False)] = None

    smtp_url: Annotated[SmtpUrl | None, Field(repr=False)] = None
    mail_from: Sender | None = None

    metrics_enabled: bool = False
    otel_exporter_otlp_endpoint: Annotated[CollectorUrl | None, Field(repr=False)] = None
    log_format: Literal["console", "json"] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _without_unused_parts(cls, values: dict[str, Any]) -> dict[str, Any]:
        """What another program exports, such as DB_PORT, is not judged where it is not used."""
        are_used = values.get("db_host") and not values.get("database_url")
        return {n: value for n, value in values.items() if are_used or n not in _DATABASE_PARTS}

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str | None, info: ValidationInfo) -> str | None:
        host = info.data.get("db_host")
        if url is None and host is None:
            return cls._required(None, info)
        is_valid = {"db_port", "db_name", "db_user", "db_password"} <= info.data.keys()
        if url is not None or not is_valid:
            return url
        user, password, name = (
            quote(info.data[part], safe="") for part in ("db_user", "db_password", "db_name")
        )
        return f"postgresql://{user}:{password}@{host}:{info.data['db_port']}/{name}"

    @field_validator("jwt_secret", "mail_from", "public_url", "smtp_url")
    @classmethod
    def _required(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and _in_production(info):
            reason = _REQUIRED_IN_PRODUCTION[str(info.field_name)]
            raise ValueError(f"is required in production: {reason}")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _secret(cls, secret: str | None, info: ValidationInfo) -> str | None:
        if secret is None:
            return None
        for key in KeyRing.parse(secret):
            if len(key.secret) < _MIN_SECRET_BYTES:
                raise ValueError("is too short: every secret must have 32 bytes or more")
            if _in_production(info) and key.secret.lower().startswith(_PLACEHOLDER.encode()):
                raise ValueError("is the placeholder: set a random one")
        return secret

    @field_validator("jwt_algorithm")
    @classmethod
    def _algorithm(cls, algorithm: str, info: ValidationInfo) -> str:
        secret, needed = info.data.get("jwt_secret"), HMAC_KEY_BYTES[algorithm]
        if secret and any(len(key.secret) < needed for key in KeyRing.parse(secret)):
            raise ValueError(
                f"{algorithm} needs secrets of {needed} bytes or more: lengthen JWT_SECRET"
            )
        return algorithm

    @field_validator("first_admin_password")
    @classmethod
    def _first_admin(cls, password: str | None, info: ValidationInfo) -> str | None:
        email, shortest = info.data.get("first_admin_email"), info.data.get("password_min_length")
        if (password is None) != (email is None) and "first_admin_email" in info.data:
            raise ValueError("must be set together with FIRST_ADMIN_EMAIL")
        if password is None:
            return None
        if shortest and not shortest <= len(password) <= _MAX_PASSWORD:
            raise ValueError(f"must have {shortest} to {_MAX_PASSWORD} characters")
        if reason := weakness(password):
            raise ValueError(reason)
        return password

    @field_validator("cookie_secure")
    @classmethod
    def _cookies(cls, secure: bool | None, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        return info.data.get("environment") != "development" if secure is None else secure

    @field_validator(*_LIST_EXAMPLES, mode="before")
    @classmethod
    def _list(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            example = _LIST_EXAMPLES[str(info.field_name)]
            raise ValueError(f"must be a JSON list, such as {example}") from None

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "*" in origins and _in_production(info):
            raise ValueError("must name the origins in production: * would let any site sign in")
        return tuple(origin.rstrip("/") for origin in origins)  # as a browser writes them

    @field_validator("trusted_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return () if "*" in hosts else hosts

    @field_validator("trusted_issuers")
    @classmethod
    def _issuers(
        cls, issuers: tuple[TrustedIssuer, ...], info: ValidationInfo
    ) -> tuple[TrustedIssuer, ...]:
        names = [issuer.issuer for issuer in issuers]
        if len(set(names)) < len(names):
            raise ValueError("names an issuer twice")
        if OWN_ISSUER in names:
            raise ValueError(f"{OWN_ISSUER} is the issuer of our own tokens")
        for issuer in issuers:
            if _in_production(info) and issuer.is_fetched_in_clear:
                raise ValueError("jwks_url must start with https:// in production")
            if _in_production(info) and issuer.secret is not None:
                _require_own_secret(issuer.secret, info.data.get("jwt_secret") or "")
        return issuers

    @field_validator("cookie_secure", "rate_limit_enabled")
    @classmethod
    def _protection(cls, enabled: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        if not enabled and _in_production(info):
            raise ValueError("must not be false in production")
        return enabled

    @field_validator("log_format", "mail_from", "shutdown_notice_seconds", "web_concurrency")
    @classmethod
    def _default(cls, value: Any, info: ValidationInfo) -> Any:
        elsewhere, in_production = _DEFAULTS[str(info.field_name)]
        if value is None:
            return in_production if _in_production(info) else elsewhere
        return value

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def keys(self) -> KeyRing:
        return KeyRing.parse(self.jwt_secret or "")

    @property
    def access_token_lifetime(self) -> timedelta:
        return timedelta(minutes=self.jwt_expire_minutes)

    @property
    def revocation_lifetime(self) -> timedelta:
        """As long as any access token can live: its expiry is rounded up to a whole second."""
        return self.access_token_lifetime + timedelta(seconds=1)

    @property
    def settling_time(self) -> timedelta:
        """How long until every process knows of a session's end and its last request is over."""
        return timedelta(minutes=1, seconds=self.request_timeout_seconds)

    @property
    def session_idle(self) -> timedelta:
        return timedelta(days=self.refresh_idle_days)

    @property
    def session_absolute(self) -> timedelta:
        return timedelta(days=self.refresh_absolute_days)

    @property
    def refresh_grace(self) -> timedelta:
        return timedelta(seconds=self.refresh_grace_seconds)

    @property
    def public_address(self) -> str:
        """Where the links in mails lead."""
        return self.public_url or address_of(self.host, self.port)

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def relay_connections(self) -> int:
        """How many of the pool durable handlers may use: half, so that requests are not starved."""
        return max(1, (self.db_pool_size + self.db_max_overflow) // 2)

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Where a browser's sign-in may come from, besides the server's own address."""
        return (*self.cors_origins, self.public_url) if self.public_url else self.cors_origins


def _require_own_secret(secret: str, ours: str) -> None:
    if secret.lower().startswith(_PLACEHOLDER):
        raise ValueError("secret is the placeholder: set a random one")
    if secret.encode() in {key.secret for key in KeyRing.parse(ours)}:
        raise ValueError("secret must not be JWT_SECRET: the issuer could write any token of ours")


def _in_production(info: ValidationInfo) -> bool:
    return info.data.get("environment") == "production"


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
