"""The issuers besides ourselves that an operator trusts."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from BE.core.security.keys import HMAC_KEY_BYTES
from BE.core.urls import url

ASYMMETRIC = frozenset({
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
})  # fmt: skip

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]


def _without_user(url: str) -> str:
    if "@" in urlsplit(url).netloc:
        raise ValueError("must not contain a user or a password")
    return url


JwksUrl = Annotated[str, url("https", "http", has_host=True), AfterValidator(_without_user)]


class TrustedIssuer(BaseModel):
    """An issuer whose tokens are accepted, and what they must contain."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: Name
    audience: Name
    algorithms: Annotated[tuple[str, ...], Field(min_length=1)]
    jwks_url: JwksUrl | None = None
    secret: Annotated[str | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.jwks_url is None) == (self.secret is None):
            raise ValueError("must have either jwks_url or secret")
        allowed = ASYMMETRIC if self.secret is None else HMAC_KEY_BYTES.keys()
        if not allowed >= set(self.algorithms):
            source = "jwks_url" if self.secret is None else "secret"
            raise ValueError(f"algorithms with {source} must be of {', '.join(sorted(allowed))}")
        if self.secret is not None:
            needed = max(HMAC_KEY_BYTES[algorithm] for algorithm in self.algorithms)
            if len(self.secret.encode()) < needed:
                raise ValueError(f"secret is too short: it must have {needed} bytes or more")
        return self

    @property
    def is_fetched_in_clear(self) -> bool:
        """Whether its keys are fetched over plain HTTP from another machine."""
        parts = urlsplit(self.jwks_url or "")
        return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}
