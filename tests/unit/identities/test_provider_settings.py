"""Valid values of OIDC_PROVIDERS, and the messages about invalid ones."""

import json
from typing import Any

import pytest

from config import InvalidConfiguration, Settings, load_settings

GOOGLE = {"name": "google", "client_id": "us", "client_secret": "canary"}
ONYX = {**GOOGLE, "name": "onyx", "issuer": "https://id.example.com"}


def loaded(*providers: dict[str, Any], **changes: Any) -> Settings:
    usual = {
        "_env_file": None,
        "environment": "test",
        "database_url": "postgresql://localhost/x",
        "jwt_secret": "a" * 32,
    }
    return load_settings(**usual | changes, oidc_providers=json.dumps(providers))


def test_google_and_github_need_no_issuer() -> None:
    google, github = loaded(GOOGLE, GOOGLE | {"name": "github"}).oidc_providers

    assert (google.issuer, google.title) == ("https://accounts.google.com", "Google")
    assert google.scope == "openid email profile"
    assert (github.issuer, github.kind, github.title) == ("https://github.com", "github", "GitHub")
    assert github.scope == "read:user user:email"


@pytest.mark.parametrize("scopes", ["openid email", ["openid", "email"]])
def test_scopes_may_be_a_list_or_a_text(scopes: Any) -> None:
    [provider] = loaded(ONYX | {"scopes": scopes}).oidc_providers

    assert provider.scope == "openid email"
    assert provider.title == "Onyx"


def test_a_provider_may_have_the_name_of_another_kind() -> None:
    [provider] = loaded(ONYX | {"name": "github"}).oidc_providers

    assert (provider.kind, provider.issuer) == ("oidc", "https://id.example.com")


def test_repr_hides_the_secret() -> None:
    assert "canary" not in repr(loaded(GOOGLE))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "Google"}, "OIDC_PROVIDERS.0.NAME: must be of small letters"),
        ({"name": "a/b"}, "OIDC_PROVIDERS.0.NAME: must be of small letters"),
        ({"name": None}, "OIDC_PROVIDERS.0.NAME"),
        ({"issuer": "id.example.com"}, "OIDC_PROVIDERS.0.ISSUER: must start with https://"),
        ({"issuer": "https://us@id.example.com"}, "OIDC_PROVIDERS.0.ISSUER: must be an address"),
        ({"issuer": "https://id.example.com?x=1"}, "OIDC_PROVIDERS.0.ISSUER: must be an address"),
        ({"client_id": ""}, "OIDC_PROVIDERS.0.CLIENT_ID"),
        ({"client_secret": ""}, "OIDC_PROVIDERS.0.CLIENT_SECRET"),
        ({"scopes": "email"}, "OIDC_PROVIDERS.0: scopes must contain openid"),
        ({"secret": "canary"}, "OIDC_PROVIDERS.0.SECRET: Extra"),
    ],
)
def test_a_mistake_is_explained(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        loaded(ONYX | change)

    assert fault in str(refused.value)
    assert "canary" not in str(refused.value)


def test_names_and_issuers_must_be_unique() -> None:
    with pytest.raises(InvalidConfiguration, match="two providers of one name"):
        loaded(ONYX, ONYX | {"issuer": "https://other.example.com"})
    with pytest.raises(InvalidConfiguration, match="two providers of one issuer"):
        loaded(ONYX, ONYX | {"name": "other"})


def test_a_value_that_is_no_list_is_explained_with_an_example() -> None:
    with pytest.raises(InvalidConfiguration, match="must be a JSON list, such as"):
        load_settings(_env_file=None, environment="test", oidc_providers="google")


def test_production_requires_issuers_with_tls() -> None:
    with pytest.raises(InvalidConfiguration, match="the issuer of onyx must start with https://"):
        loaded(ONYX | {"issuer": "http://id.example.com"}, environment="production")
