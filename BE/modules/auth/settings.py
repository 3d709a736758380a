"""The settings of sessions, passwords and the first admin."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from BE.core.emails import Email
from BE.core.security.settings import SecretSettings
from BE.core.settings import in_production
from BE.modules.auth.security.password_strength import weakness

_MAX_PASSWORD = 256

Days = Annotated[float, Field(gt=0, le=3650)]


class AuthSettings(SecretSettings):
    refresh_idle_days: Days = 7
    refresh_absolute_days: Days = 30
    refresh_grace_seconds: Annotated[float, Field(ge=0, le=60)] = 30
    address_retention_days: Days = 90
    cookie_secure: bool | None = None
    password_min_length: Annotated[int, Field(ge=8, le=256)] = 12
    first_admin_email: Email | None = None
    first_admin_password: Annotated[str | None, Field(repr=False)] = None

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
        if secure is False and in_production(info):
            raise ValueError("must not be false in production")
        return info.data.get("environment") != "development" if secure is None else secure

    @property
    def session_idle(self) -> timedelta:
        return timedelta(days=self.refresh_idle_days)

    @property
    def session_absolute(self) -> timedelta:
        return timedelta(days=self.refresh_absolute_days)

    @property
    def refresh_grace(self) -> timedelta:
        return timedelta(seconds=self.refresh_grace_seconds)
