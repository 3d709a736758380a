"""Signing in with a passkey, genuine or forged."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from BE.core.database.database import Database
from BE.core.security.base64url import encode
from BE.core.types import new_id
from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE, refresh_with
from tests.support.auth.authenticator import ORIGIN, USER_PRESENT, USER_VERIFIED, Authenticator
from tests.support.auth.passkeys import (
    PASSKEYS,
    add_passkey,
    copies_detected,
    creation_options,
    passkeys_of,
    request_options,
    sign_in_with,
)
from tests.support.client import Person, client_of, delete_account, sign_up


@pytest.fixture
async def phone(client: httpx.AsyncClient, ada: Person) -> Authenticator:
    """Ada's phone, which holds her passkey."""
    phone = Authenticator()
    await add_passkey(client, ada, phone)
    client.cookies.clear()
    return phone


@pytest.fixture
async def security_key(client: httpx.AsyncClient, ada: Person) -> Authenticator:
    """Ada's security key, which counts its signatures."""
    security_key = Authenticator(counts=True)
    await add_passkey(client, ada, security_key)
    return security_key


def assert_refused(answer: httpx.Response) -> None:
    """All refusals are equal, so that none reveals its reason."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (401, "INVALID_CREDENTIALS")
    assert body["error"] == "This passkey was not accepted"
    assert "set-cookie" not in answer.headers


async def test_a_passkey_signs_in_without_an_email(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    options = await request_options(client)
    answer = await client.post(f"{PASSKEYS}/sign-in", json=phone.get(options))

    session = answer.json()
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert session["user"]["email"] == ada.email
    assert session["user"]["full_name"] == "Ada Lovelace"
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    assert (await client.get("/api/v1/auth/me", headers=headers)).status_code == 200
    assert (await refresh_with(client, client.cookies[COOKIE])).status_code == 200


async def test_the_owner_sees_when_a_passkey_was_used(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    [unused] = await passkeys_of(client, ada)
    await sign_in_with(client, phone)
    [used] = await passkeys_of(client, ada)

    assert unused["last_used_at"] is None
    assert used["last_used_at"] is not None


FORGED: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "the same host without TLS and port": {"origin": "http://localhost"},
    "another relying party": {"rp_id": "evil.example"},
    "an answer to a creation": {"type": "webauthn.create"},
    "a frame of another site": {"cross_origin": True},
    "nobody present": {"flags": USER_VERIFIED},
    "nobody verified": {"flags": USER_PRESENT},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "another user": {"user_handle": new_id().bytes},
    "an unknown passkey": {"id": bytes(32)},
    "a made-up challenge": {"challenge": encode(bytes(32))},
    "no challenge": {"challenge": ""},
    "client data that was not signed": {
        "sent_client_data": json.dumps({"type": "webauthn.get", "origin": ORIGIN}).encode()
    },
    "client data that is no JSON": {"sent_client_data": b"{"},
    "data of the authenticator that is cut off": {"sent_data": bytes(36)},
    "data of the authenticator that was not signed": {"sent_data": bytes(37)},
}


@pytest.mark.parametrize("forgery", FORGED.values(), ids=FORGED)
async def test_a_forged_assertion_is_refused(
    client: httpx.AsyncClient, phone: Authenticator, forgery: dict[str, Any]
) -> None:
    assert_refused(await sign_in_with(client, phone, **forgery))


async def test_an_assertion_without_its_user_is_refused(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    signed = phone.get(await request_options(client))
    del signed["response"]["userHandle"]

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=signed))


async def test_an_exchanged_challenge_is_refused(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    """A valid challenge replaces the one that was signed."""
    signed = phone.get({"challenge": encode(bytes(32))})
    content = {
        "type": "webauthn.get",
        "challenge": (await request_options(client))["challenge"],
        "origin": ORIGIN,
        "crossOrigin": False,
    }
    signed["response"]["clientDataJSON"] = encode(json.dumps(content).encode())

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=signed))


async def test_an_answer_cannot_be_replayed(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    signed = phone.get(await request_options(client))
    assert (await client.post(f"{PASSKEYS}/sign-in", json=signed)).status_code == 200
    client.cookies.clear()

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=signed))


async def test_a_refused_answer_uses_the_challenge_up(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    options = await request_options(client)
    forged = phone.get(options, origin="https://evil.example")
    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=forged))

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=phone.get(options)))


async def test_a_challenge_for_a_new_passkey_signs_nobody_in(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    options = await creation_options(client, ada)

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=phone.get(options)))


async def test_a_challenge_ends_after_five_minutes(
    client: httpx.AsyncClient, phone: Authenticator, database: Database
) -> None:
    options = await request_options(client)
    await database.execute(
        "UPDATE auth.challenge SET expires_at = expires_at - interval '5 minutes'"
    )

    assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=phone.get(options)))


@pytest.mark.parametrize("round_", range(4))
async def test_one_of_fifty_concurrent_uses_of_a_challenge_succeeds(
    client: httpx.AsyncClient, phone: Authenticator, round_: int
) -> None:
    options = await request_options(client)

    answers = await asyncio.gather(
        *(client.post(f"{PASSKEYS}/sign-in", json=phone.get(options)) for _ in range(50))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


class TestCounters:
    async def test_a_counter_that_grows_is_accepted(
        self, client: httpx.AsyncClient, security_key: Authenticator
    ) -> None:
        statuses = [(await sign_in_with(client, security_key)).status_code for _ in range(3)]

        assert statuses == [200, 200, 200]

    @pytest.mark.parametrize("sign_count", [0, 1, 2])
    async def test_a_counter_that_does_not_grow_is_refused_and_reported(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        security_key: Authenticator,
        database: Database,
        sign_count: int,
    ) -> None:
        assert (await sign_in_with(client, security_key)).status_code == 200
        client.cookies.clear()

        assert_refused(await sign_in_with(client, security_key, sign_count=sign_count))

        assert await copies_detected(database, ada) == 1
        assert (await sign_in_with(client, security_key)).status_code == 200

    async def test_a_counter_with_a_forged_signature_is_not_reported(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        security_key: Authenticator,
        database: Database,
    ) -> None:
        other_key = ec.generate_private_key(ec.SECP256R1())

        assert_refused(await sign_in_with(client, security_key, sign_count=0, key=other_key))

        assert await copies_detected(database, ada) == 0


class TestAccounts:
    async def test_a_deactivated_account_is_refused_like_an_unknown_passkey(
        self, client: httpx.AsyncClient, ada: Person, root: Person, phone: Authenticator
    ) -> None:
        path = f"/api/v1/users/{ada.id}"
        await client.patch(path, json={"is_active": False}, headers=root.headers)
        client.cookies.clear()

        assert_refused(await sign_in_with(client, phone))

    async def test_a_deleted_account_leaves_no_passkey(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, database: Database
    ) -> None:
        assert (await delete_account(client, ada)).status_code == 204
        client.cookies.clear()

        assert_refused(await sign_in_with(client, phone))
        assert await database.fetch("SELECT FROM auth.passkey") == []

    async def test_a_removed_passkey_is_refused(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        [passkey] = await passkeys_of(client, ada)
        await client.delete(f"{PASSKEYS}/{passkey['id']}", headers=ada.headers)

        assert_refused(await sign_in_with(client, phone))

    async def test_guesses_at_the_password_do_not_lock_it_out(self, build_app: AppFactory) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada, phone = await sign_up(client), Authenticator()
            await add_passkey(client, ada, phone)
            client.cookies.clear()
            wrong = {"email": ada.email, "password": "not the password at all"}
            for _ in range(11):
                locked = await client.post("/api/v1/auth/login", json=wrong)

            assert locked.status_code == 429
            assert (await sign_in_with(client, phone)).status_code == 200


async def test_failures_of_an_address_are_counted(build_app: AppFactory) -> None:
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        ada, phone = await sign_up(client), Authenticator()
        await add_passkey(client, ada, phone)
        forged = phone.get(await request_options(client), origin="https://evil.example")
        for _ in range(100):
            assert (await client.post(f"{PASSKEYS}/sign-in", json=forged)).status_code == 401

        answer = await client.post(f"{PASSKEYS}/sign-in", json=forged)

        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")


async def test_another_site_signs_nobody_in(
    client: httpx.AsyncClient, phone: Authenticator
) -> None:
    signed = phone.get(await request_options(client))

    answer = await client.post(
        f"{PASSKEYS}/sign-in", json=signed, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403


class TestAccountsMadeAheadOfTheirOwner:
    """Accounts that were registered with an email whose owner comes later."""

    async def reset(self, client: httpx.AsyncClient, app_token: str) -> httpx.Response:
        body = {"token": app_token, "new_password": "velvet harbour pickle nine"}
        return await client.post("/api/v1/auth/password/reset", json=body)

    async def test_lose_their_passkeys_when_the_owner_of_the_email_sets_a_password(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app: Any
    ) -> None:
        _, token = await app.state.container.password_service().issue_reset(ada.id)

        assert (await self.reset(client, token)).status_code == 204

        assert_refused(await sign_in_with(client, phone))

    async def test_keep_their_passkeys_once_they_have_verified_the_email(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app: Any
    ) -> None:
        _, verification = await app.state.container.email_verification_service().issue(ada.id)
        await client.post(
            "/api/v1/auth/email/verify", json={"token": verification}, headers=ada.headers
        )
        _, token = await app.state.container.password_service().issue_reset(ada.id)

        assert (await self.reset(client, token)).status_code == 204

        assert (await sign_in_with(client, phone)).status_code == 200
