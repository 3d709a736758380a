"""Everything that can be configured, from the environment or ``.env``: validated, frozen."""

import json
import os
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from BE.core.emails import Email
from BE.core.security.access_tokens import OWN_ISSUER
from BE.core.security.keys import KeyRing
from BE.core.telemetry import tracing
from BE.modules.auth.security.password_strength import weakness
from BE.modules.identities.security.trusted_issuers import TrustedIssuer

_MIN_SECRET_BYTES = 32
_MIN_KEY_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}  # RFC 7518 §3.2
_MAX_PASSWORD = 256
_PLACEHOLDER = "change-me"
_SENDER_OF_FILES = "Bounded <bounded@localhost>"
_LIST_EXAMPLES = {
    "cors_origins": '["https://app.example.com"]',
    "trusted_hosts": '["api.example.com", "*.example.org"]',
    "trusted_issuers": '[{"issuer": "…", "audience": "…", "algorithms": ["…"], "jwks_url": "…"}]',
}
_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+")
_DSN_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")

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
    public_url: str | None = None
    data_dir: Path = Path(".data")

    db_host: str | None = None
    db_port: Annotated[int, Field(ge=1, le=65535)] = 5432
    db_name: str = "bounded"
    db_user: str = "bounded"
    db_password: Annotated[str, Field(repr=False)] = ""
    database_url: Annotated[str | None, Field(repr=False)] = None
    db_pool_size: Annotated[int, Field(ge=1, le=1000)] = 5
    db_max_overflow: Annotated[int, Field(ge=0, le=1000)] = 5
    db_pool_timeout: Seconds = 2
    db_pool_recycle: Seconds = 300

    jwt_secret: Annotated[str | None, Field(repr=False)] = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    jwt_expire_minutes: Annotated[float, Field(gt=0, le=60)] = 15
    refresh_idle_days: Days = 7
    refresh_absolute_days: Days = 30
    refresh_grace_seconds: Annotated[float, Field(ge=0, le=60)] = 30
    cookie_secure: bool | None = None
    password_min_length: Annotated[int, Field(ge=8, le=256)] = 12
    trusted_issuers: Annotated[tuple[TrustedIssuer, ...], NoDecode] = ()

    first_admin_email: Email | None = None
    first_admin_password: Annotated[str | None, Field(repr=False)] = None

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=10)] = 0
    request_timeout_seconds: Seconds = 30
    max_body_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    max_bytes_in_reception: Annotated[int, Field(ge=1)] = 32 * 1024 * 1024
    max_bytes_in_reception_per_address: Annotated[int, Field(ge=1)] = 8 * 1024 * 1024
    max_stranger_body_bytes: Annotated[int, Field(ge=1)] = 16 * 1024
    max_requests_at_once: Annotated[int, Field(ge=1, le=100_000)] = 100
    max_requests_at_once_per_caller: Annotated[int, Field(ge=1, le=100_000)] = 64
    max_tasks_per_user: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100_000
    shutdown_notice_seconds: Annotated[float, Field(ge=0, le=5)] | None = None

    rate_limit_enabled: bool = True
    redis_url: Annotated[str | None, Field(repr=False)] = None

    smtp_url: Annotated[str | None, Field(repr=False)] = None
    mail_from: str | None = None

    metrics_enabled: bool = False
    otel_exporter_otlp_endpoint: Annotated[str | None, Field(repr=False)] = None
    log_format: Literal["console", "json"] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None:
            _require_address(url, schemes=_DSN_SCHEMES)
            return url
        host = info.data.get("db_host")
        if host is not None:
            if not {"db_port", "db_name", "db_user", "db_password"} <= info.data.keys():
                return None  # that part is named already
            user, password, name = (
                quote(info.data[part], safe="") for part in ("db_user", "db_password", "db_name")
            )
            return f"postgresql://{user}:{password}@{host}:{info.data['db_port']}/{name}"
        if _in_production(info):
            raise ValueError("is required in production: set DATABASE_URL or DB_HOST")
        return None

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None:
            _require_address(url, schemes=("smtp", "smtps"), has_host=True)
        elif _in_production(info):
            raise ValueError("is required in production: without mail nobody can reset a password")
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url is not None:
            _require_address(url, schemes=("redis", "rediss", "unix"))
        return url

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _collector(cls, url: str | None) -> str | None:
        if url is not None:
            _require_address(url, schemes=("http", "https"))
        return url

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, sender: str | None, info: ValidationInfo) -> str:
        if sender is None:
            if _in_production(info):
                raise ValueError("is required in production: mail servers refuse another sender")
            return _SENDER_OF_FILES
        if "@" not in parseaddr(sender)[1] or any(each in sender for each in "\r\n"):
            raise ValueError("must be an address, such as Example <hello@example.com>")
        return sender

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            if _in_production(info):
                raise ValueError("is required in production: links in mails lead there")
            return None
        _require_address(url, schemes=("http", "https"), has_host=True)
        return url.rstrip("/")

    @field_validator("jwt_secret")
    @classmethod
    def _secret(cls, secret: str | None, info: ValidationInfo) -> str | None:
        if secret is None:
            if _in_production(info):
                raise ValueError("is required in production: set a random one of 32 bytes or more")
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
        secret, needed = info.data.get("jwt_secret"), _MIN_KEY_BYTES[algorithm]
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
        if secure is None:
            return info.data.get("environment") != "development"
        if not secure and _in_production(info):
            raise ValueError("must not be false in production")
        return secure

    @field_validator("cors_origins", "trusted_hosts", "trusted_issuers", mode="before")
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
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(
                    f"{host!r} is no host: write a name, an address or *.name, without a port"
                )
        return () if "*" in hosts else hosts

    @field_validator("shutdown_notice_seconds")
    @classmethod
    def _notice(cls, seconds: float | None, info: ValidationInfo) -> float:
        if seconds is None:
            return 3 if _in_production(info) else 0
        return seconds

    @field_validator("trusted_issuers")
    @classmethod
    def _issuers(
        cls, issuers: tuple[TrustedIssuer, ...], info: ValidationInfo
    ) -> tuple[TrustedIssuer, ...]:
        names = [each.issuer for each in issuers]
        if len(set(names)) < len(names):
            raise ValueError("names an issuer twice")
        if OWN_ISSUER in names:
            raise ValueError(f"{OWN_ISSUER} is the issuer of our own tokens")
        for each in issuers:
            if _in_production(info) and each.is_fetched_in_clear:
                raise ValueError("jwks_url must start with https:// in production")
            if _in_production(info) and each.secret is not None:
                _require_own_secret(each.secret, info.data.get("jwt_secret") or "")
        return issuers

    @field_validator("rate_limit_enabled")
    @classmethod
    def _limits(cls, enabled: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        if not enabled and _in_production(info):
            raise ValueError("must not be false in production")
        return enabled

    @field_validator("web_concurrency")
    @classmethod
    def _workers(cls, workers: int | None, info: ValidationInfo) -> int:
        return workers or (4 if _in_production(info) else 1)

    @field_validator("log_format")
    @classmethod
    def _format(cls, style: str | None, info: ValidationInfo) -> str:
        return style or ("json" if _in_production(info) else "console")

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
        """After it every process knows that a session has ended, and its last request is over."""
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
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def cautions(self) -> list[str]:
        """What is allowed but seldom meant, a sentence each."""
        found = []
        if not self.rate_limit_enabled:
            found.append("RATE_LIMIT_ENABLED is false: passwords can be guessed without end.")
        elif self.redis_url is None and (self.web_concurrency or 1) > 1:
            found.append(
                f"REDIS_URL is not set: each of the {self.web_concurrency} processes counts"
                " requests for itself, so that limits are as many times as high."
            )
        if self.otel_exporter_otlp_endpoint and not tracing.is_installed():
            found.append(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: run"
                " pip install -r requirements-otel.txt."
            )
        return found

    @property
    def relay_connections(self) -> int:
        """How much of the pool durable handlers may use: half, so that requests are not starved."""
        return max(1, (self.db_pool_size + self.db_max_overflow) // 2)

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Where a browser's sign-in may come from, besides the server's own address."""
        return (*self.cors_origins, self.public_url) if self.public_url else self.cors_origins


def _require_address(url: str, *, schemes: Sequence[str], has_host: bool = False) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address: a password in it must be percent-encoded") from None
    if parts.scheme not in schemes:
        raise ValueError(f"must start with {schemes[0]}://")
    if has_host and not parts.hostname:
        raise ValueError(f"must name a host, such as {schemes[0]}://host.example.com")


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
            f"  {'.'.join(str(part) for part in fault['loc']).upper()}: "
            + fault["msg"].removeprefix("Value error, ")
            for fault in error.errors(include_input=False)
        )
        raise InvalidConfiguration("\n".join(["The configuration is refused:", *faults])) from None
    if settings.jwt_secret is None:
        try:
            secret = _kept_secret(settings.data_dir)
        except OSError as error:
            raise InvalidConfiguration(
                f"Cannot keep a secret in {settings.data_dir} ({error.strerror}):"
                " set DATA_DIR to a directory of yours, or set JWT_SECRET."
            ) from None
        if len(secret) < _MIN_KEY_BYTES[settings.jwt_algorithm]:
            raise InvalidConfiguration(
                f"The secret in {settings.data_dir / 'jwt_secret'} is damaged: remove the file."
            )
        settings = settings.model_copy(update={"jwt_secret": secret})
    return settings


def _kept_secret(data_dir: Path) -> str:
    """The secret of this data directory, made by whoever comes first."""
    data_dir.mkdir(parents=True, exist_ok=True)
    kept = data_dir / "jwt_secret"
    draft = data_dir / f".jwt_secret.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, kept)  # all or nothing, also when two processes start at once
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return kept.read_text()
