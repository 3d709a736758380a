"""Signing in with another provider, over HTTP."""

import base64
import hashlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.two_steps import turn_on
from tests.support.client import Person, client_of, sign_up
from tests.support.identities.provider import CLIENT, FakeProvider
from tests.support.identities.travels import (
    CALLBACK,
    PROVIDERS,
    START,
    return_from_provider,
    session_of,
    settings_of,
    sign_in_at_provider,
)
from tests.support.mailbox import Mailbox, text_of
from tests.support.postgres import execute

SECOND_STEP = "/api/v1/auth/login/second-factor"
COOKIE = "__Host-second_step"


@pytest.fixture
async def app(build_app: AppFactory, provider: FakeProvider) -> AsyncIterator[FastAPI]:
    async with build_app(oidc_providers=settings_of(provider, title="Onyx")) as app:
        yield app


async def verify(dsn: str, person: Person, *, by_holder: bool = True) -> None:
    await execute(
        dsn,
        "UPDATE auth.account SET email_verified_at = now(),"
        f" email_verified_by_holder = {by_holder} WHERE id = '{person.id}'",
    )


async def ways_of(client: httpx.AsyncClient, person: Person) -> list[str]:
    answer = await client.get("/api/v1/auth/identities", headers=person.headers)
    return [item["kind"] for item in answer.json()["items"]]


class TestProviders:
    async def test_are_listed_with_name_and_title(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(PROVIDERS)

        assert answer.json() == {"items": [{"name": "onyx", "title": "Onyx"}]}

    async def test_are_none_if_none_is_configured(self, build_app: AppFactory) -> None:
        async with build_app() as app, client_of(app) as client:
            assert (await client.get(PROVIDERS)).json() == {"items": []}

    async def test_that_are_not_configured_are_not_found(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        paths = [f"{PROVIDERS}/google/start", f"{PROVIDERS}/google/callback?code=a&state=b"]
        answers = [await client.get(path) for path in paths]
        link = await client.post(f"{PROVIDERS}/google/link", json={}, headers=ada.headers)

        assert {answer.status_code for answer in [*answers, link]} == {404}


class TestStart:
    async def test_leads_to_the_provider_with_pkce_state_and_nonce(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        answer = await client.get(START)

        address = urlsplit(answer.headers["location"])
        query = dict(parse_qsl(address.query))
        assert answer.status_code == 303
        assert answer.headers["cache-control"] == "no-store"
        assert (
            f"{address.scheme}://{address.netloc}{address.path}"
            == (provider.metadata["authorization_endpoint"])
        )
        assert query | {"state": "", "nonce": "", "code_challenge": ""} == {
            "response_type": "code",
            "client_id": CLIENT["client_id"],
            "redirect_uri": f"http://127.0.0.1:8000{CALLBACK}",
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "state": "",
            "nonce": "",
            "code_challenge": "",
        }
        assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
        assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) == 43

    async def test_stores_its_state_in_a_cookie(self, client: httpx.AsyncClient) -> None:
        cookie = (await client.get(START)).headers["set-cookie"]

        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-sign_in_flow=")
        assert {attribute.lower() for attribute in attributes} == {
            "httponly",
            "max-age=600",
            "path=/",
            "samesite=lax",
            "secure",
        }

    async def test_works_over_plain_http_below_a_prefix(
        self, build_app: AppFactory, provider: FakeProvider
    ) -> None:
        changes = {"cookie_secure": False, "root_path": "/backend"}
        providers = settings_of(provider)
        async with (
            build_app(oidc_providers=providers, **changes) as app,
            client_of(app) as client,
        ):
            cookie = (await client.get(START)).headers["set-cookie"]
            client.cookies.clear()
            query = provider.visit((await client.get(START)).headers["location"])
            headers = {"Cookie": cookie.partition(";")[0]}
            refused = await client.get(CALLBACK, params=query, headers=headers)

        assert cookie.startswith("sign_in_flow=")
        assert "Path=/backend/api/v1/auth/providers;" in cookie
        assert "secure" not in cookie.lower()
        assert refused.headers["location"].startswith("/backend/sign-in?error=")

    async def test_differs_each_time(self, client: httpx.AsyncClient) -> None:
        queries = [
            parse_qs(urlsplit((await client.get(START)).headers["location"]).query)
            for _ in range(2)
        ]

        assert all(queries[0][name] != queries[1][name] for name in ("state", "nonce"))

    @pytest.mark.parametrize(
        "return_to",
        [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "evil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%252Fevil.example",
            "/\t/evil.example",
            "/ /evil.example",
            "/..//evil.example",
            "/x/../..//evil.example",
            "/api/v1/auth/providers/onyx/start",
            "/docs",
            "/é",
            "/a\r\nSet-Cookie: a=b",
            "/%0d%0aSet-Cookie: a=b",
            "",
            "/" + "a" * 1024,
        ],
    )
    async def test_refuses_a_return_address_outside_the_front_end(
        self, client: httpx.AsyncClient, return_to: str
    ) -> None:
        answer = await client.get(START, params={"return_to": return_to})

        assert answer.status_code == 422
        assert [detail["field"] for detail in answer.json()["details"]] == ["query.return_to"]

    async def test_from_a_foreign_page_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(START, headers={"Sec-Fetch-Site": "cross-site"})

        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    async def test_at_an_unreachable_provider_redirects_with_an_error(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        provider.answers["/.well-known/openid-configuration"] = (500, {})

        answer = await client.get(START, params={"return_to": "/stats"})

        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?error=unavailable&then=%2Fstats"


class TestSignIn:
    async def test_makes_an_account_and_a_session(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        answer = await sign_in_at_provider(client, provider, return_to="/stats?tz=UTC#today")

        assert answer.status_code == 303
        assert answer.headers["location"] == "/stats?tz=UTC#today"
        session = await session_of(client)
        assert session is not None
        user = session["user"]
        assert (user["email"], user["email_verified"]) == ("ada@example.com", True)
        assert (user["full_name"], user["role"]) == ("Ada Lovelace", "user")

    async def test_sets_the_cookies_of_a_sign_in_and_clears_its_own(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        answer = await sign_in_at_provider(client, provider)

        cookies = answer.headers.get_list("set-cookie")
        flow, refresh, device = sorted(cookies, key=lambda cookie: "Max-Age=0" not in cookie)
        assert flow.startswith('__Host-sign_in_flow="";')
        assert refresh.startswith("__Host-refresh_token=")
        assert device.startswith("__Host-device=")
        assert all("SameSite=Strict" in cookie for cookie in (refresh, device))

    async def test_sends_the_client_credentials_and_the_verifier(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        await sign_in_at_provider(client, provider)

        [(headers, form)] = [request[1:] for request in provider.requests if request[0] == "/token"]
        verifier = form.pop("code_verifier")
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert challenge == provider.authorization_query["code_challenge"]
        assert form == {
            "grant_type": "authorization_code",
            "code": "the-code",
            "redirect_uri": f"http://127.0.0.1:8000{CALLBACK}",
        }
        pair = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
        assert pair == "bounded:a+secret%3A+with+%26+signs"

    async def test_sends_the_secret_in_the_form_where_the_provider_wants_that(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

        await sign_in_at_provider(client, provider)

        [form] = provider.forms("/token")
        assert form.items() >= CLIENT.items()
        assert await session_of(client) is not None

    async def test_finds_its_account_again(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        await sign_in_at_provider(client, provider)
        first = await session_of(client)
        provider.user |= {"email": "ada@elsewhere.example", "name": "Countess"}
        await sign_in_at_provider(client, provider)
        second = await session_of(client)

        assert first is not None
        assert second is not None
        assert second["user"] == first["user"]

    async def test_joins_an_account_whose_email_is_verified_on_both_sides(
        self,
        client: httpx.AsyncClient,
        provider: FakeProvider,
        dsn: str,
        base_settings: Settings,
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        await verify(dsn, ada)
        mailbox = Mailbox(base_settings.mail_dir, ada.email)
        mailbox.skip()

        answer = await sign_in_at_provider(client, provider)

        session = await session_of(client)
        assert answer.headers["location"] == "/"
        assert session is not None
        assert session["user"]["id"] == ada.id
        mail = await mailbox.about("Your account has a further way to sign in")
        assert provider.issuer in text_of(mail)

    @pytest.mark.parametrize(("here", "there"), [(False, True), (True, False), (False, False)])
    async def test_joins_no_account_unless_its_email_is_verified_on_both_sides(
        self,
        client: httpx.AsyncClient,
        provider: FakeProvider,
        dsn: str,
        *,
        here: bool,
        there: bool,
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        client.cookies.clear()
        if here:
            await verify(dsn, ada)
        provider.user["email_verified"] = there

        answer = await sign_in_at_provider(client, provider, return_to="/stats")

        assert answer.headers["location"] == "/sign-in?error=email_taken&then=%2Fstats"
        assert await session_of(client) is None

    async def test_without_an_email_makes_an_account_that_has_none(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        del provider.user["email"]

        await sign_in_at_provider(client, provider)

        session = await session_of(client)
        assert session is not None
        assert session["user"]["email"].endswith("@no-email.invalid")

    async def test_requests_the_claims_that_the_token_leaves_out(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        provider.metadata["userinfo_endpoint"] = f"{provider.issuer}/me"
        provider.answers["/me"] = (200, dict(provider.user))
        provider.claims = {"email": None, "email_verified": None, "name": None}

        await sign_in_at_provider(client, provider)

        session = await session_of(client)
        assert session is not None
        assert session["user"]["email"] == "ada@example.com"
        [headers] = [headers for path, headers, _ in provider.requests if path == "/me"]
        assert headers["authorization"] == "Bearer for-the-api"

    async def test_of_a_deactivated_account_is_refused(
        self, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
    ) -> None:
        await sign_in_at_provider(client, provider)
        await execute(dsn, "UPDATE auth.account SET is_active = false")
        client.cookies.clear()

        answer = await sign_in_at_provider(client, provider)

        assert answer.headers["location"] == "/sign-in?error=account_inactive"
        assert await session_of(client) is None

    async def test_recognises_the_device(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        """The browser does not send its device cookie on the way back from a foreign site."""
        await sign_in_at_provider(client, provider)
        begun = await client.get(START)
        client.cookies.delete("__Host-device")

        answer = await return_from_provider(client, provider, begun.headers["location"])

        cookies = answer.headers.get_list("set-cookie")
        assert not any(cookie.startswith("__Host-device=") for cookie in cookies)

    async def test_ignores_additional_parameters(
        self, client: httpx.AsyncClient, provider: FakeProvider
    ) -> None:
        answer = await sign_in_at_provider(client, provider, session_state="x", iss=provider.issuer)

        assert answer.headers["location"] == "/"


class TestSecondFactor:
    async def test_is_required_with_the_challenge_in_a_cookie(
        self, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        await verify(dsn, ada)
        app_of_ada = await turn_on(client, ada, dsn)
        client.cookies.clear()

        arrival = await sign_in_at_provider(client, provider, return_to="/stats")
        before = await session_of(client)
        answer = await client.post(SECOND_STEP, json={"code": app_of_ada.code})
        again = await client.post(SECOND_STEP, json={"code": app_of_ada.code})

        assert arrival.headers["location"] == "/sign-in?error=second_factor_required&then=%2Fstats"
        assert before is None
        assert (answer.status_code, answer.json()["user"]["id"]) == (200, ada.id)
        assert (again.status_code, again.json()["code"]) == (401, "UNAUTHORIZED")

    async def test_prevents_the_provider_from_joining(
        self,
        client: httpx.AsyncClient,
        provider: FakeProvider,
        dsn: str,
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        await verify(dsn, ada)
        app_of_ada = await turn_on(client, ada, dsn)
        client.cookies.clear()

        await sign_in_at_provider(client, provider)
        before = await ways_of(client, ada)
        answer = await client.post(SECOND_STEP, json={"code": app_of_ada.code})
        after = await ways_of(client, ada)
        again = await sign_in_at_provider(client, provider)

        assert answer.status_code == 200
        assert before == after == ["password"]
        assert again.headers["location"].startswith("/sign-in?error=second_factor_required")

    async def test_of_a_user_who_only_claimed_the_email_is_removed(
        self, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
    ) -> None:
        claimant = await sign_up(client, email="ada@example.com")
        await verify(dsn, claimant, by_holder=False)
        await turn_on(client, claimant, dsn)
        client.cookies.clear()

        await sign_in_at_provider(client, provider)

        session = await session_of(client)
        assert session is not None
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        items = (await client.get("/api/v1/auth/identities", headers=headers)).json()["items"]
        assert [item["kind"] for item in items] == ["provider"]

    @pytest.mark.parametrize("order", ["good first", "good last"])
    async def test_is_proved_beside_a_cookie_of_another_application_on_the_host(
        self, client: httpx.AsyncClient, provider: FakeProvider, dsn: str, order: str
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        await verify(dsn, ada)
        app_of_ada = await turn_on(client, ada, dsn)
        client.cookies.clear()
        await sign_in_at_provider(client, provider)
        values = [client.cookies[COOKIE], "of-another-application"]
        client.cookies.clear()
        sent = values if order == "good first" else values[::-1]
        headers = {"Cookie": "; ".join(f"{COOKIE}={value}" for value in sent)}

        answer = await client.post(SECOND_STEP, json={"code": app_of_ada.code}, headers=headers)

        assert (answer.status_code, answer.json()["user"]["id"]) == (200, ada.id)

    async def test_needs_the_cookie_or_a_challenge(self, client: httpx.AsyncClient) -> None:
        bodies = [{"code": "123456"}, {"code": "123456", "challenge": None}]
        answers = [await client.post(SECOND_STEP, json=body) for body in bodies]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (401, "UNAUTHORIZED")
        ] * 2
