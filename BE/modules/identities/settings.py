"""The settings of the providers and issuers that may vouch for users."""

from typing import Annotated, Any

from pydantic import ValidationInfo, field_validator
from pydantic_settings import NoDecode

from BE.core.security.access_tokens import OWN_ISSUER
from BE.core.security.keys import KeyRing
from BE.core.security.settings import SecretSettings
from BE.core.settings import PLACEHOLDER, in_production, json_list
from BE.modules.identities.security.provider_settings import Providers
from BE.modules.identities.security.trusted_issuers import TrustedIssuer

_EXAMPLES = {
    "oidc_providers": '[{"name": "google", "client_id": "…", "client_secret": "…"}]',
    "trusted_issuers": '[{"issuer": "…", "audience": "…", "algorithms": ["…"], "jwks_url": "…"}]',
}


class IdentitiesSettings(SecretSettings):
    trusted_issuers: Annotated[tuple[TrustedIssuer, ...], NoDecode] = ()
    oidc_providers: Annotated[Providers, NoDecode] = ()

    @field_validator(*_EXAMPLES, mode="before")
    @classmethod
    def _list_of_issuers(cls, value: Any, info: ValidationInfo) -> Any:
        return json_list(value, _EXAMPLES[str(info.field_name)])

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
            if in_production(info) and issuer.is_fetched_in_clear:
                raise ValueError("jwks_url must start with https:// in production")
            if in_production(info) and issuer.secret is not None:
                _require_own_secret(issuer.secret, info.data.get("jwt_secret") or "")
        return issuers


def _require_own_secret(secret: str, ours: str) -> None:
    if secret.lower().startswith(PLACEHOLDER):
        raise ValueError("secret is the placeholder: set a random one")
    if secret.encode() in {key.secret for key in KeyRing.parse(ours)}:
        raise ValueError("secret must not be JWT_SECRET: the issuer could write any token of ours")
