"""The providers with which people sign in, as an operator lists them in ``OIDC_PROVIDERS``."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from BE.core.urls import url

_PRESETS: dict[str, dict[str, Any]] = {
    "google": {"title": "Google", "issuer": "https://accounts.google.com"},
    "github": {"title": "GitHub", "issuer": "https://github.com", "kind": "github"},
}
"""What a provider of that name may leave out."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_SCOPES = {"oidc": ("openid", "email", "profile"), "github": ("read:user", "user:email")}


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be of small letters, digits and hyphens, such as google")
    return text


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an address without user, query and fragment")
    return text


def _scopes(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


Word = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


class ProviderSettings(BaseModel):
    """A provider, and our registration with it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_name)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    """The label of the button."""
    kind: Literal["oidc", "github"] = "oidc"
    issuer: Annotated[
        str, Field(max_length=255), url("https", "http", has_host=True), AfterValidator(_issuer)
    ]
    client_id: Word
    client_secret: Annotated[
        str, StringConstraints(min_length=1, max_length=4096), Field(repr=False)
    ]
    scopes: Annotated[tuple[Word, ...], BeforeValidator(_scopes)] = ()

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("name"), str):
            return values
        preset = _PRESETS.get(values["name"], {})
        if values.get("issuer", preset.get("issuer")) != preset.get("issuer"):
            preset = {}  # a provider of one's own with the same name
        return {"title": values["name"].capitalize(), **preset, **values}

    @model_validator(mode="after")
    def _with_openid(self) -> Self:
        if self.kind == "oidc" and self.scopes and "openid" not in self.scopes:
            raise ValueError("scopes must contain openid")
        return self

    @property
    def scope(self) -> str:
        return " ".join(self.scopes or _SCOPES[self.kind])

    @property
    def is_reached_in_clear(self) -> bool:
        return urlsplit(self.issuer).scheme == "http"


def _consistent(
    providers: tuple[ProviderSettings, ...], info: ValidationInfo
) -> tuple[ProviderSettings, ...]:
    for what in ("name", "issuer"):
        values = [getattr(provider, what) for provider in providers]
        if len(set(values)) < len(values):
            raise ValueError(f"has two providers of one {what}")
    in_production = info.data.get("environment") == "production"
    for provider in providers:
        if in_production and provider.is_reached_in_clear:
            raise ValueError(
                f"the issuer of {provider.name} must start with https:// in production"
            )
    return providers


Providers = Annotated[tuple[ProviderSettings, ...], AfterValidator(_consistent)]
