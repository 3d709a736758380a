"""Tokens of another issuer on our own routes."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from fastapi import FastAPI

from BE.core.database.connections import connect
from BE.modules.identities.security.trusted_issuers import TrustedIssuer
from config import Settings
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, client_of, sign_up
from tests.support.events import eventually
from tests.support.identities.issuer import AUDIENCE, KeyServer, SigningKey, claims_of, key_server
from tests.support.mailbox import Mailbox
from tests.support.postgres import delete_rows, execute
from tests.support.specimen.api import SPECIMENS

ME = "/api/v1/auth/me"
KEY = SigningKey()
SHARED = "https://shared.example.com"
SECRET = "a-shared-secret-of-more-than-32-bytes"
HELD = "An account with this email exists: verify the email there and at your sign-in provider"


@pytest.fixture
async def key_host() -> AsyncIterator[KeyServer]:
    async with key_server() as key_host:
        key_host.keys = [KEY.public]
        yield key_host


@pytest.fixture
def issuers(key_host: KeyServer) -> tuple[TrustedIssuer, ...]:
    return (
        TrustedIssuer(
            issuer=key_host.issuer, audience=AUDIENCE, algorithms=("EdDSA",), jwks_url=key_host.url
        ),
        TrustedIssuer(issuer=SHARED, audience=AUDIENCE, algorithms=("HS256",), secret=SECRET),
    )


@pytest.fixture(params=[9, 0], ids=["pool of 10", "pool of 1"])
async def app(
    request: pytest.FixtureRequest,
    build_app: AppFactory,
    issuers: tuple[TrustedIssuer, ...],
    dsn: str,
) -> AsyncIterator[FastAPI]:
    await clean(dsn)
    async with build_app(
        trusted_issuers=issuers, db_pool_size=1, db_max_overflow=request.param
    ) as app:
        yield app


@pytest.fixture
def issuer(key_host: KeyServer) -> str:
    return key_host.issuer


def bearer(issuer: str, **claims: Any) -> dict[str, str]:
    """The headers of a user who signed in at the issuer ``claims["age"]`` seconds ago."""
    age = claims.pop("age", 0)
    claims = {"iat": int(time.time()) - age} | claims
    return {"Authorization": f"Bearer {KEY.sign(claims_of(issuer, **claims))}"}


async def next_second() -> None:
    """Wait until a new token is issued later than earlier ones: its time is in whole seconds."""
    await asyncio.sleep(1.01 - time.time() % 1)


async def clean(dsn: str) -> None:
    await delete_rows(dsn)


async def rows(dsn: str, query: str) -> list[Any]:
    connection = await connect(dsn)
    found: list[Any] = await connection.fetch(query)
    await connection.close()
    return found


class TestFirstUse:
    async def test_makes_an_account_and_a_profile(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        headers = bearer(issuer, email_verified=True)

        me = await client.get(ME, headers=headers)
        profile = await client.get("/api/v1/users/me", headers=headers)
        specimen = await client.post("/api/v1/specimens", json={"title": "Note G"}, headers=headers)
        again = await client.get(ME, headers=bearer(issuer))

        assert me.status_code == 200
        assert me.json()["email"] == "ada@example.com"
        assert me.json()["email_verified"] is True
        assert me.json()["role"] == "user"
        assert profile.json()["full_name"] == "Ada Lovelace"
        assert profile.json()["id"] == me.json()["id"]
        assert specimen.json()["owner_id"] == me.json()["id"]
        assert again.json() == me.json()

    async def test_takes_the_role_from_the_account_alone(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        claims = {"role": "admin", "roles": ["admin"], "sid": "x", "session_id": "y"}

        me = await client.get(ME, headers=bearer(issuer, **claims))

        assert me.json()["role"] == "user"

    async def test_at_once_makes_one_account(
        self, client: httpx.AsyncClient, issuer: str, key_host: KeyServer, dsn: str
    ) -> None:
        answers = await asyncio.gather(
            *(client.get(ME, headers=bearer(issuer, nonce=n)) for n in range(20))
        )

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len({answer.json()["session_id"] for answer in answers}) == 1
        assert len(await rows(dsn, "SELECT 1 FROM auth.account")) == 1
        assert len(await rows(dsn, "SELECT 1 FROM auth.session")) == 1
        assert key_host.fetches == 1

    async def test_distinguishes_issuers_and_subjects(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        shared = jwt.encode(claims_of(SHARED, email="a@example.com"), SECRET)
        tokens = [
            bearer(issuer, email="b@example.com"),
            bearer(issuer, email="c@example.com", sub="bkof6wiBUsclDTkNiefXOKAWRnjeZTUF"),
            {"Authorization": f"Bearer {shared}"},
        ]

        ids = {(await client.get(ME, headers=token)).json()["id"] for token in tokens}

        assert len(ids) == 3

    @pytest.mark.parametrize(
        ("claims", "name"),
        [
            ({"name": None}, "ada"),
            ({"name": " \x00\ud800\n "}, "ada"),
            ({"name": 7}, "ada"),
            ({"name": None, "email": None}, "User"),
            ({"name": "  Ada\tKing \x00 "}, "Ada King"),
            ({"name": "x" * 300}, "x" * 100),
            ({"name": "نیم\u200cفاصله"}, "نیم\u200cفاصله"),
        ],
        ids=str,
    )
    async def test_cleans_the_name(
        self, client: httpx.AsyncClient, issuer: str, claims: dict[str, Any], name: str
    ) -> None:
        profile = await client.get("/api/v1/users/me", headers=bearer(issuer, **claims))

        assert profile.status_code == 200, profile.text
        assert profile.json()["full_name"] == name

    async def test_without_an_email_gives_an_undeliverable_one(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        me = (await client.get(ME, headers=bearer(issuer, email=None))).json()
        other = (await client.get(ME, headers=bearer(issuer, email=None, sub="other"))).json()

        assert me["email"] == f"{me['id']}@no-email.invalid"
        assert me["email_verified"] is False
        assert other["id"] != me["id"]

    async def test_accepts_a_later_verification_of_the_email(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        first = await client.get(ME, headers=bearer(issuer))
        other = await client.get(
            ME, headers=bearer(issuer, email="x@example.com", email_verified=True)
        )
        later = await client.get(ME, headers=bearer(issuer, email_verified=True))

        assert first.json()["email_verified"] is False
        assert other.json()["email_verified"] is False
        assert later.json() == first.json() | {"email_verified": True}


class TestTheEmailOfAnotherAccount:
    @pytest.mark.parametrize("here", [False, True], ids=["unverified here", "verified here"])
    @pytest.mark.parametrize("there", [False, True], ids=["unverified there", "verified there"])
    async def test_joins_the_accounts_only_if_verified_on_both_sides(
        self, client: httpx.AsyncClient, issuer: str, dsn: str, *, here: bool, there: bool
    ) -> None:
        local = await sign_up(client, email="Ada@example.com")
        if here:
            await execute(
                dsn,
                "UPDATE auth.account"
                " SET email_verified_at = now(), email_verified_by_holder = true",
            )
        headers = bearer(issuer, email="ADA@example.com", email_verified=there)

        me = await client.get(ME, headers=headers)
        mine = await client.get(ME, headers=local.headers)

        assert mine.status_code == 200
        assert len(await rows(dsn, "SELECT 1 FROM auth.account")) == 1
        if here and there:
            assert me.json()["id"] == local.id
            assert me.json()["session_id"] != mine.json()["session_id"]
        else:
            assert (me.status_code, me.json()["error"]) == (403, HELD)
            assert mine.json()["email_verified"] is here
            assert await rows(dsn, "SELECT 1 FROM identities.identity") == []

    async def test_gives_an_account_made_ahead_of_its_owner_to_the_owner(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, base_settings: Settings
    ) -> None:
        mailbox = Mailbox(base_settings.mail_dir, "ada@example.com")
        mailbox.skip()
        claimant = await sign_up(client, email="ada@example.com")
        token = await mailbox.next_token("Confirm your email address")
        async with client_of(app) as owner:  # or a scanner of their mail
            await owner.post("/api/v1/auth/email/verify", json={"token": token})
        await next_second()

        me = await client.get(ME, headers=bearer(issuer, email_verified=True))
        body = {"email": "ada@example.com", "password": PASSWORD}

        assert me.json()["id"] == claimant.id
        assert (await client.get(ME, headers=claimant.headers)).status_code == 401
        assert (await client.post("/api/v1/auth/refresh")).status_code == 401
        assert (await client.post("/api/v1/auth/login", json=body)).status_code == 401
        assert await mailbox.about("Your account has a new way to sign in")

    @pytest.mark.parametrize("by", ["the device", "the access token"])
    async def test_keeps_the_password_of_a_user_who_verified_the_email(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, base_settings: Settings, by: str
    ) -> None:
        mailbox = Mailbox(base_settings.mail_dir, "ada@example.com")
        mailbox.skip()
        ada = await sign_up(client, email="ada@example.com")
        link = {"token": await mailbox.next_token("Confirm your email address")}
        path = "/api/v1/auth/email/verify"
        if by == "the device":
            await client.post(path, json=link)
        else:
            async with client_of(app) as elsewhere:
                await elsewhere.post(path, json=link, headers=ada.headers)

        me = await client.get(ME, headers=bearer(issuer, email_verified=True))
        body = {"email": "ada@example.com", "password": PASSWORD}

        assert me.json()["id"] == ada.id
        assert (await client.get(ME, headers=ada.headers)).status_code == 200
        assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200

    @pytest.mark.parametrize(
        ("local", "foreign"),
        [
            ("ivan@example.com", "İvan@example.com"),
            ("strasse@example.com", "straße@example.com"),
            ("kate@example.com", "\u212aate@example.com"),
            ("sam@example.com", "ſam@example.com"),
            ("fina@example.com", "ﬁna@example.com"),
            ("anna@strasse.example", "anna@straße.example"),
        ],
    )
    async def test_differs_where_only_a_wider_case_folding_makes_it_equal(
        self, client: httpx.AsyncClient, issuer: str, dsn: str, local: str, foreign: str
    ) -> None:
        person = await sign_up(client, email=local)
        await execute(dsn, "UPDATE auth.account SET email_verified_at = now()")

        me = await client.get(ME, headers=bearer(issuer, email=foreign, email_verified=True))

        assert me.status_code == 200
        assert me.json()["id"] != person.id
        assert (await client.get(ME, headers=person.headers)).status_code == 200

    async def test_is_not_given_to_a_second_subject_that_only_claims_it(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        owner = await client.get(ME, headers=bearer(issuer, email_verified=True))
        thief = await client.get(ME, headers=bearer(issuer, sub="thief"))

        assert owner.status_code == 200
        assert thief.status_code == 403

    async def test_cannot_be_registered_again_nor_signed_in_to(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        await client.get(ME, headers=bearer(issuer))
        body = {"email": "ada@example.com", "password": PASSWORD}

        registered = await client.post(
            "/api/v1/auth/register", json=body | {"full_name": "Mallory Mole"}
        )
        signed_in = await client.post("/api/v1/auth/login", json=body)

        assert registered.status_code == 409
        assert signed_in.status_code == 401
        assert signed_in.json()["error"] == "Incorrect email or password"

    async def test_unlinks_an_identity_that_only_claimed_it_when_its_owner_sets_a_password(
        self, client: httpx.AsyncClient, issuer: str, base_settings: Settings
    ) -> None:
        await client.get(ME, headers=bearer(issuer))
        mailbox = Mailbox(base_settings.mail_dir, "ada@example.com")
        mailbox.skip()
        await client.post("/api/v1/auth/password/forgot", json={"email": "ada@example.com"})
        body = {
            "token": await mailbox.next_token("Reset your password"),
            "new_password": PASSWORD,
        }
        reset = await client.post("/api/v1/auth/password/reset", json=body)
        await next_second()

        body = {"email": "ada@example.com", "password": PASSWORD}
        owner = await client.post("/api/v1/auth/login", json=body)
        back = await client.get(ME, headers=bearer(issuer))

        assert reset.status_code == 204
        assert owner.status_code == 200
        assert back.status_code == 403


class TestTheEndOfASession:
    async def test_by_logout_refuses_every_token_issued_before(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        used, unused = bearer(issuer), bearer(issuer, nonce="unused")
        me = await client.get(ME, headers=used)

        left = await client.post("/api/v1/auth/logout", headers=used)
        refused = [await client.get(ME, headers=headers) for headers in (used, unused)]
        await next_second()
        back = await client.get(ME, headers=bearer(issuer))

        assert left.status_code == 204
        assert [answer.status_code for answer in refused] == [401, 401]
        assert refused[1].json()["error"] == "The session has ended, sign in again"
        assert back.json()["id"] == me.json()["id"]
        assert back.json()["session_id"] != me.json()["session_id"]

    async def test_everywhere_reaches_another_process_even_after_its_cache_has_expired(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        build_app: AppFactory,
        issuers: tuple[TrustedIssuer, ...],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        headers = bearer(issuer)
        async with build_app(trusted_issuers=issuers) as app, client_of(app) as other_client:
            assert (await other_client.get(ME, headers=headers)).status_code == 200

            await client.post("/api/v1/auth/logout-all", headers=headers)

            async def is_refused() -> bool:
                return (await other_client.get(ME, headers=headers)).status_code != 200

            await eventually(is_refused)
            app.state.container.revocations()._forget_at.clear()
            app.state.container.bearer_tokens()._exchanged.clear()
            assert (await other_client.get(ME, headers=headers)).status_code == 401

    async def test_by_the_list_of_sessions_refuses_its_token(
        self, client: httpx.AsyncClient, issuer: str
    ) -> None:
        headers = bearer(issuer)
        me = await client.get(ME, headers=headers)

        listed = await client.get("/api/v1/auth/sessions", headers=headers)
        session = listed.json()["items"][0]
        ended = await client.delete(f"/api/v1/auth/sessions/{session['id']}", headers=headers)
        refused = await client.get(ME, headers=headers)

        assert len(listed.json()["items"]) == 1
        assert session["id"] == me.json()["session_id"]
        assert session["current"] is True
        assert ended.status_code == 204
        assert refused.status_code == 401

    async def test_by_age_opens_another(
        self, client: httpx.AsyncClient, issuer: str, dsn: str
    ) -> None:
        first = await client.get(ME, headers=bearer(issuer))
        await execute(dsn, "UPDATE auth.session SET rotated_at = now() - interval '6 days'")
        second = await client.get(ME, headers=bearer(issuer, nonce=2))
        used = await rows(
            dsn, "SELECT 1 FROM auth.session WHERE rotated_at > now() - '1 h'::interval"
        )
        await execute(dsn, "UPDATE auth.session SET rotated_at = now() - interval '8 days'")
        third = await client.get(ME, headers=bearer(issuer, nonce=3))

        assert second.json()["session_id"] == first.json()["session_id"]
        assert used
        assert third.json()["session_id"] != first.json()["session_id"]

    async def test_by_age_opens_one_session_for_concurrent_requests(
        self, client: httpx.AsyncClient, issuer: str, dsn: str
    ) -> None:
        await client.get(ME, headers=bearer(issuer))
        await execute(dsn, "UPDATE auth.session SET rotated_at = now() - interval '8 days'")

        answers = await asyncio.gather(
            *(client.get(ME, headers=bearer(issuer, nonce=n)) for n in range(10))
        )

        assert len({answer.json()["session_id"] for answer in answers}) == 1

    async def test_a_deactivated_account_is_refused_until_it_is_active_again(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, dsn: str
    ) -> None:
        headers = bearer(issuer)
        me = (await client.get(ME, headers=headers)).json()

        await execute(dsn, "UPDATE auth.account SET is_active = false")
        await app.state.container.session_service().end(UUID(me["id"]))
        await next_second()
        refused = [
            await client.get(SPECIMENS, headers=headers),
            await client.get(SPECIMENS, headers=bearer(issuer)),
        ]
        await execute(dsn, "UPDATE auth.account SET is_active = true")
        back = await client.get(ME, headers=bearer(issuer, nonce=2))

        assert [answer.status_code for answer in refused] == [401, 401]
        assert back.json()["id"] == me["id"]

    async def test_a_deleted_account_is_made_anew_only_by_a_later_sign_in(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, dsn: str
    ) -> None:
        used, *unused = [bearer(issuer, nonce=number) for number in range(3)]
        me = (await client.get(ME, headers=used)).json()
        await app.state.container.session_service().end(UUID(me["id"]))
        await execute(dsn, "DELETE FROM users.profile; DELETE FROM auth.account")

        old = [await client.get(SPECIMENS, headers=headers) for headers in (used, *unused)]
        await next_second()
        back = await client.get(ME, headers=bearer(issuer))

        assert [answer.status_code for answer in old] == [401, 401, 401]
        assert back.status_code == 200
        assert back.json()["id"] != me["id"]

    async def test_has_no_password_to_change(self, client: httpx.AsyncClient, issuer: str) -> None:
        body = {"current_password": PASSWORD, "new_password": "another horse battery"}

        answer = await client.post(
            "/api/v1/auth/password/change", json=body, headers=bearer(issuer)
        )

        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")


class TestAToken:
    async def test_is_verified_and_looked_up_once(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = bearer(issuer)
        await client.get(ME, headers=headers)

        async def never(_: object) -> None:
            pytest.fail("looked up again")

        monkeypatch.setattr(app.state.container.foreign_tokens(), "read", never)
        monkeypatch.setattr(app.state.container.identity_service(), "principal_of", never)

        assert (await client.get(ME, headers=headers)).status_code == 200

    async def test_is_looked_up_again_once_one_of_ours_would_have_expired(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, dsn: str
    ) -> None:
        """Revocations are forgotten then, so the token must not be cached for longer."""
        tokens = app.state.container.bearer_tokens()
        hour = int(time.time()) + 3600
        token = bearer(issuer, exp=hour)["Authorization"].removeprefix("Bearer ")
        brief = bearer(issuer, exp=int(time.time()) + 60)["Authorization"].removeprefix("Bearer ")
        before = time.monotonic()

        await tokens.verify(token)
        await tokens.verify(brief)

        assert tokens._exchanged[token][1] <= time.monotonic() + 15 * 60
        assert tokens._exchanged[token][1] > before + 14 * 60
        assert tokens._exchanged[brief][1] <= time.monotonic() + 60
        tokens._exchanged[token] = (tokens._exchanged[token][0], time.monotonic())
        await execute(dsn, "UPDATE auth.account SET is_active = false")
        refused = await client.get(SPECIMENS, headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401

    async def test_is_cached_up_to_a_limit(
        self, app: FastAPI, client: httpx.AsyncClient, issuer: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.security.bearer_tokens._REMEMBERED", 2)

        for nonce in range(4):
            assert (await client.get(ME, headers=bearer(issuer, nonce=nonce))).status_code == 200

        assert len(app.state.container.bearer_tokens()._exchanged) == 2

    async def test_leaves_no_connection_to_its_issuer_behind(
        self, build_app: AppFactory, issuers: tuple[TrustedIssuer, ...], issuer: str, dsn: str
    ) -> None:
        await clean(dsn)
        async with build_app(trusted_issuers=issuers) as app, client_of(app) as client:
            assert (await client.get(ME, headers=bearer(issuer))).status_code == 200
            _, keys = app.state.container.foreign_tokens()._issuers[issuer]
            assert not keys._client._http.is_closed

        assert keys._client._http.is_closed

    async def test_expires(self, client: httpx.AsyncClient, issuer: str) -> None:
        answer = await client.get(ME, headers=bearer(issuer, exp=int(time.time()) - 1))

        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")

    async def test_of_an_untrusted_issuer_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(ME, headers=bearer("https://evil.example.com"))

        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_is_unavailable_while_its_keys_cannot_be_fetched(
        self, client: httpx.AsyncClient, key_host: KeyServer, dsn: str
    ) -> None:
        """A request that waits for keys holds no connection, even where there is only one."""
        waiting, go_on = asyncio.Event(), asyncio.Event()

        async def hang(writer: asyncio.StreamWriter) -> None:
            waiting.set()
            await go_on.wait()

        key_host.answer = hang
        foreign = asyncio.create_task(client.get(ME, headers=bearer(key_host.issuer)))
        await waiting.wait()
        local = await sign_up(client)
        ours = await client.get(ME, headers=local.headers)
        go_on.set()
        answer = await foreign

        assert ours.status_code == 200
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert await rows(dsn, "SELECT 1 FROM identities.identity") == []
