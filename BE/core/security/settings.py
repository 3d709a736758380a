"""The settings of the secret and of the tokens it signs."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from BE.core.security.keys import HMAC_KEY_BYTES, KeyRing
from BE.core.settings import PLACEHOLDER, EnvironmentSettings, in_production

_MIN_SECRET_BYTES = 32


class SecretSettings(EnvironmentSettings):
    jwt_secret: Annotated[str | None, Field(repr=False)] = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    jwt_expire_minutes: Annotated[float, Field(gt=0, le=60)] = 15

    @field_validator("jwt_secret")
    @classmethod
    def _secret(cls, secret: str | None, info: ValidationInfo) -> str | None:
        if secret is None:
            if in_production(info):
                raise ValueError("is required in production: set a random one of 32 bytes or more")
            return None
        for key in KeyRing.parse(secret):
            if len(key.secret) < _MIN_SECRET_BYTES:
                raise ValueError("is too short: every secret must have 32 bytes or more")
            if in_production(info) and key.secret.lower().startswith(PLACEHOLDER.encode()):
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

    @property
    def keys(self) -> KeyRing:
        return KeyRing.parse(self.jwt_secret or "")

    @property
    def access_token_lifetime(self) -> timedelta:
        return timedelta(minutes=self.jwt_expire_minutes)

    @property
    def revocation_lifetime(self) -> timedelta:
        """As long as any access token is valid: its expiry is rounded up to a whole second."""
        return self.access_token_lifetime + timedelta(seconds=1)
