"""Who else may say who somebody is, as an operator configures it."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# a shared secret is as long as the hash at least (RFC 7518 §3.2), in bytes
_SYMMETRIC = {"HS256": 32, "HS384": 48, "HS512": 64}
_ASYMMETRIC = frozenset({
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
})  # fmt: skip

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class TrustedIssuer(BaseModel):
    """An issuer whose tokens count here, and what they must look like."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: Name
    audience: Name
    algorithms: Annotated[tuple[str, ...], Field(min_length=1)]
    jwks_url: str | None = None
    secret: Annotated[str | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.jwks_url is None) == (self.secret is None):
            raise ValueError("must have either jwks_url or secret")
        if self.jwks_url is not None:
            _require_url(self.jwks_url)
        allowed = _ASYMMETRIC if self.secret is None else _SYMMETRIC.keys()
        if not allowed >= set(self.algorithms):
            source = "jwks_url" if self.secret is None else "secret"
            raise ValueError(f"algorithms with {source} must be of {', '.join(sorted(allowed))}")
        if self.secret is not None:
            needed = max(_SYMMETRIC[each] for each in self.algorithms)
            if len(self.secret.encode()) < needed:
                raise ValueError(f"secret is too short: it must have {needed} bytes or more")
        return self

    @property
    def is_fetched_in_clear(self) -> bool:
        """Whether its keys come over plain HTTP from another machine."""
        parts = urlsplit(self.jwks_url or "")
        return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}


def _require_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("jwks_url is no address") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("jwks_url must start with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("jwks_url must not contain a user or a password")
