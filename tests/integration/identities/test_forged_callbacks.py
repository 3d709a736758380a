"""A callback that does not match the sign-in that was begun signs nobody in."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from BE.core.database.connections import connect
from BE.core.security.base64url import encode
from config import Settings
from main import create_app
from tests.support.application import AppFactory, container_of
from tests.support.client import client_of, running
from tests.support.identities.issuer import SigningKey
from tests.support.identities.provider import CLIENT, KEY, FakeProvider, fake_provider
from tests.support.identities.travels import (
    CALLBACK,
    PROVIDERS,
    START,
    return_from_provider,
    settings_of,
    sign_in_at_provider,
)

UNKNOWN_KEY = SigningKey("first", "RS256")
WEAK_KEY = SigningKey("first", "RS256", bits=1024)
PUBLIC = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

type Forgery = Callable[[FakeProvider], dict[str, Any]]
"""Changes what the provider answers, or returns what replaces parts of the callback."""


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
async def app(provider: FakeProvider, dsn: str, base_settings: Settings) -> AsyncIterator[FastAPI]:
    providers = settings_of(provider) + settings_of(
        provider, name="other", issuer="https://other.example"
    )
    changes = {"database_url": dsn, "oidc_providers": providers}
    async with running(create_app(container_of(base_settings.model_copy(update=changes)))) as app:
        yield app


@pytest.fixture(autouse=True)
def reset(provider: FakeProvider) -> None:
    """Let each test begin with an honest provider that has had no requests."""
    fresh = FakeProvider(0)
    provider.claims, provider.sign, provider.answers = {}, KEY.sign, {}
    provider.requests.clear()
    provider.user = fresh.user
    for name in ("authorization_response_iss_parameter_supported", "userinfo_endpoint"):
        provider.metadata.pop(name, None)


async def stored_counts(dsn: str) -> list[int]:
    connection = await connect(dsn)
    tables = ("auth.account", "auth.session", "identities.identity")
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    await connection.close()
    return counts


def with_claims(**claims: Any) -> Forgery:
    def change(provider: FakeProvider) -> dict[str, Any]:
        provider.claims = claims
        return {}

    return change


def signed_by(sign: Callable[[dict[str, Any]], str]) -> Forgery:
    def change(provider: FakeProvider) -> dict[str, Any]:
        provider.sign = sign
        return {}

    return change


def with_answer(path: str, status: int, content: Any) -> Forgery:
    def change(provider: FakeProvider) -> dict[str, Any]:
        provider.answers[path] = (status, content)
        return {}

    return change


def with_query(**query: Any) -> Forgery:
    return lambda _: query


def by_public_key(claims: dict[str, Any]) -> str:
    """An HMAC with the public key, which PyJWT itself would not make."""
    head = encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}')
    body = encode(jwt.utils.base64url_decode(jwt.encode(claims, "x" * 32).split(".")[1]))
    return f"{head}.{body}." + encode(
        jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
            f"{head}.{body}".encode(), PUBLIC
        )
    )


def without_promised_issuer(provider: FakeProvider) -> dict[str, Any]:
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    return {}


def with_user_info_of_another(provider: FakeProvider) -> dict[str, Any]:
    provider.metadata["userinfo_endpoint"] = f"{provider.issuer}/me"
    provider.answers["/me"] = (200, provider.user | {"sub": "another"})
    provider.claims = {"email": None}
    return {}


NOW = int(time.time())
FORGERIES: dict[str, Forgery] = {
    "no state": with_query(state=None),
    "an empty state": with_query(state=""),
    "a guessed state": with_query(state="A" * 43),
    "a state that is no ASCII": with_query(state="ä" * 43),
    "two states": with_query(state=["a", "b"]),
    "no code": with_query(code=None),
    "an empty code": with_query(code=""),
    "two codes": with_query(code=["a", "b"]),
    "a code of megabytes": with_query(code="a" * 5000),
    "an error": with_query(code=None, error="access_denied"),
    "an error beside a code": with_query(error="server_error"),
    "the issuer of another provider": with_query(iss="https://other.example"),
    "a code that the provider refuses": with_answer("/token", 400, {"error": "invalid_grant"}),
    "a code that the provider does not know": with_answer("/token", 401, {}),
    "no tokens": with_answer("/token", 200, {}),
    "a list instead of tokens": with_answer("/token", 200, []),
    "an ID token that is none": with_answer("/token", 200, {"id_token": "a.b.c"}),
    "an ID token that is a number": with_answer("/token", 200, {"id_token": 7}),
    "no nonce": with_claims(nonce=None),
    "the nonce of another sign-in": with_claims(nonce="A" * 43),
    "a nonce that is a number": with_claims(nonce=7),
    "no signature": signed_by(lambda claims: jwt.encode(claims, "", algorithm="none")),
    "the signature of a stranger": signed_by(UNKNOWN_KEY.sign),
    "the signature of a weak key": signed_by(WEAK_KEY.sign),
    "the public key as a secret": signed_by(by_public_key),
    "our own secret as a key": signed_by(
        lambda claims: jwt.encode(claims, CLIENT["client_secret"].ljust(32), algorithm="HS256")
    ),
    "a key that is unknown": signed_by(lambda claims: KEY.sign(claims, kid="second")),
    "a critical extension": signed_by(lambda claims: KEY.sign(claims, crit=["b64"], b64=True)),
    "an access token": signed_by(lambda claims: KEY.sign(claims, typ="at+jwt")),
    "a logout token": signed_by(lambda claims: KEY.sign(claims, typ="logout+jwt")),
    "another audience": with_claims(aud="another client"),
    "no audience": with_claims(aud=None),
    "several audiences without an authorised party": with_claims(
        aud=[CLIENT["client_id"], "another"]
    ),
    "another authorised party": with_claims(aud=[CLIENT["client_id"], "another"], azp="another"),
    "another authorised party for us alone": with_claims(azp="another"),
    "another issuer": with_claims(iss="https://other.example"),
    "an issuer with a slash behind": lambda provider: with_claims(iss=f"{provider.issuer}/")(
        provider
    ),
    "no issuer": with_claims(iss=None),
    "an end that is past": with_claims(iat=NOW - 400, exp=NOW - 1),
    "no end": with_claims(exp=None),
    "a beginning that is to come": with_claims(iat=NOW + 86_400, exp=NOW + 90_000),
    "a beginning long ago": with_claims(iat=NOW - 86_400),
    "no beginning": with_claims(iat=None),
    "no subject": with_claims(sub=None),
    "an empty subject": with_claims(sub=""),
    "a subject that is a number": with_claims(sub=7),
    "a subject of kilobytes": with_claims(sub="a" * 256),
    "a subject that cannot be stored": with_claims(sub="a\x00b"),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_callback_signs_nobody_in(
    forgery: Forgery, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
) -> None:
    before = await stored_counts(dsn)

    answer = await sign_in_at_provider(client, provider, **forgery(provider))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?error=")
    assert "refresh_token" not in str(answer.headers.get_list("set-cookie"))
    assert await stored_counts(dsn) == before


@pytest.mark.parametrize("forgery", [without_promised_issuer, with_user_info_of_another])
async def test_a_contradictory_provider_signs_nobody_in(
    forgery: Forgery, build_app: AppFactory, provider: FakeProvider, dsn: str
) -> None:
    forgery(provider)
    async with build_app(oidc_providers=settings_of(provider)) as app, client_of(app) as client:
        answer = await sign_in_at_provider(client, provider)

    assert answer.headers["location"] == "/sign-in?error=refused"
    assert await stored_counts(dsn) == [0, 0, 0]


@pytest.fixture
async def client(app: FastAPI, empty_tables: None) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def is_refused(answer: httpx.Response, dsn: str) -> bool:
    is_redirected = answer.headers["location"] == "/sign-in?error=expired"
    return is_redirected and await stored_counts(dsn) == [0, 0, 0]


async def test_a_callback_in_another_browser_is_refused(
    app: FastAPI, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
) -> None:
    """An attacker sends the address, to sign the victim in to the attacker's account."""
    address = (await client.get(START)).headers["location"]
    async with client_of(app) as victim:
        without_cookie = await return_from_provider(victim, provider, address)
        await victim.get(START)
        with_own_cookie = await return_from_provider(victim, provider, address)

    assert await is_refused(without_cookie, dsn)
    assert await is_refused(with_own_cookie, dsn)
    assert provider.forms("/token") == []


async def test_a_callback_is_accepted_once(
    client: httpx.AsyncClient, provider: FakeProvider, dsn: str
) -> None:
    begun = await client.get(START)
    flow = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    query = provider.visit(begun.headers["location"])
    first = await client.get(CALLBACK, params=query, headers=flow)
    after = await stored_counts(dsn)

    again = await client.get(CALLBACK, params=query, headers=flow)
    with_another_code = await client.get(CALLBACK, params=query | {"code": "new"}, headers=flow)

    assert first.headers["location"] == "/"
    for answer in (again, with_another_code):
        assert answer.headers["location"] == "/sign-in?error=expired"
        assert "refresh_token" not in str(answer.headers.get_list("set-cookie"))
    assert await stored_counts(dsn) == after
    assert len(provider.forms("/token")) == 1


async def test_a_late_callback_is_refused(
    client: httpx.AsyncClient,
    provider: FakeProvider,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as past:
        past.setattr("BE.modules.identities.security.flows.LIFETIME", -1)
        address = (await client.get(START)).headers["location"]

    assert await is_refused(await return_from_provider(client, provider, address), dsn)


async def test_a_callback_to_another_provider_is_refused(
    client: httpx.AsyncClient, provider: FakeProvider, dsn: str
) -> None:
    address = (await client.get(START)).headers["location"]
    query = provider.visit(address)

    answer = await client.get(f"{PROVIDERS}/other/callback", params=query)

    assert await is_refused(answer, dsn)


ALTERATIONS: dict[str, Callable[[str], str]] = {
    "cut off": lambda value: value[:-2],
    "without its key": lambda value: value.replace(".", "", 1),
    "with another key": lambda value: "x" + value,
    "in other letters": lambda value: value.swapcase(),
    "empty": lambda _: "",
    "of dots": lambda _: "..",
    "of letters": lambda _: "a.b.c",
    "with another content": lambda value: (
        f"{value.split('.')[0]}.{encode(b'["onyx","/"]')}.{value.split('.')[2]}"
    ),
}


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS)
async def test_a_callback_with_an_altered_cookie_is_refused(
    client: httpx.AsyncClient,
    provider: FakeProvider,
    dsn: str,
    change: Callable[[str], str],
) -> None:
    begun = await client.get(START)
    name, _, value = begun.headers["set-cookie"].partition(";")[0].partition("=")
    client.cookies.clear()
    client.cookies.set(name, change(value))

    assert await is_refused(
        await return_from_provider(client, provider, begun.headers["location"]), dsn
    )


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("/token", 500, {}),
        ("/token", 302, {}),
        ("/token", 200, b"<html>"),
        ("/token", 200, b"a" * 70_000),
        ("/jwks", 503, {}),
        ("/jwks", 200, {"keys": []}),
    ],
)
async def test_a_failing_provider_redirects_with_an_error(
    app: FastAPI,
    client: httpx.AsyncClient,
    provider: FakeProvider,
    dsn: str,
    path: str,
    status: int,
    content: Any,
) -> None:
    provider.sign = SigningKey(f"new-{status}", "RS256").sign
    provider.answers[path] = (status, content)

    answer = await sign_in_at_provider(client, provider)

    assert answer.headers["location"].startswith("/sign-in?error=")
    assert await stored_counts(dsn) == [0, 0, 0]
