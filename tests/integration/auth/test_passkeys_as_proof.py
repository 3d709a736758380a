"""A passkey in place of a code: in the second step of a sign-in, and for a fresh session."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from BE.core.database.database import Database
from BE.core.security.base64url import encode
from BE.core.types import new_id
from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE, log_in
from tests.support.auth.authenticator import USER_PRESENT, USER_VERIFIED, Authenticator
from tests.support.auth.freshness import make_stale
from tests.support.auth.passkeys import (
    PASSKEYS,
    SECOND_STEP,
    add_passkey,
    copies_detected,
    creation_options,
    request_options,
    second_step_options,
    second_step_with,
    step_up_options,
    step_up_with,
)
from tests.support.auth.two_steps import App, first_step, second_step, turn_on
from tests.support.client import Person, client_of, sign_up
from tests.support.postgres import execute

API = "/api/v1/auth"
STEP_UP = f"{API}/step-up"

type Options = dict[str, Any]


@pytest.fixture
async def phone(client: httpx.AsyncClient, ada: Person) -> Authenticator:
    """Ada's phone, which holds her passkey."""
    phone = Authenticator()
    await add_passkey(client, ada, phone)
    return phone


@pytest.fixture
async def security_key(client: httpx.AsyncClient, ada: Person) -> Authenticator:
    """Ada's security key, which counts its signatures."""
    security_key = Authenticator(counts=True)
    await add_passkey(client, ada, security_key)
    return security_key


@pytest.fixture
async def phone_of_bob(client: httpx.AsyncClient, bob: Person) -> Authenticator:
    phone_of_bob = Authenticator()
    await add_passkey(client, bob, phone_of_bob)
    return phone_of_bob


@pytest.fixture
async def app_of_ada(client: httpx.AsyncClient, ada: Person, dsn: str) -> App:
    return await turn_on(client, ada, dsn)


async def is_fresh(client: httpx.AsyncClient, person: Person) -> bool:
    answer = await client.post(f"{PASSKEYS}/options", headers=person.headers)
    return answer.status_code == 200


def assert_refused(answer: httpx.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (401, "INVALID_CREDENTIALS")
    assert body["error"] == "This passkey was not accepted"
    assert "set-cookie" not in answer.headers


FORGED: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
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
}


class TestSecondStep:
    async def test_a_passkey_completes_the_sign_in(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        challenge = await first_step(client, ada)
        client.cookies.clear()
        options = await second_step_options(client, challenge)
        signed = phone.get(options)
        answer = await client.post(SECOND_STEP, json={"challenge": challenge, "passkey": signed})

        assert answer.status_code == 200
        assert answer.json()["user"]["email"] == ada.email
        assert COOKIE in client.cookies
        assert len(options["allowCredentials"]) == 1
        assert options["userVerification"] == "required"

    async def test_an_account_without_passkeys_is_offered_none(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App
    ) -> None:
        options = await second_step_options(client, await first_step(client, ada))

        assert options["allowCredentials"] == []

    @pytest.mark.parametrize("forgery", FORGED.values(), ids=FORGED)
    async def test_a_forged_assertion_is_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        phone: Authenticator,
        app_of_ada: App,
        forgery: dict[str, Any],
    ) -> None:
        challenge = await first_step(client, ada)

        assert_refused(await second_step_with(client, challenge, phone, **forgery))
        assert (await second_step(client, challenge, app_of_ada.code)).status_code == 200

    async def test_the_passkey_of_another_account_is_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        app_of_ada: App,
        phone_of_bob: Authenticator,
    ) -> None:
        challenge = await first_step(client, ada)
        discoverable = phone_of_bob.get(await request_options(client))
        body = {"challenge": challenge, "passkey": discoverable}

        assert_refused(await second_step_with(client, challenge, phone_of_bob))
        assert_refused(await client.post(SECOND_STEP, json=body))

    async def test_the_challenge_of_the_sign_in_is_no_challenge_for_a_passkey(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        challenge = await first_step(client, ada)
        signed = phone.get({"challenge": challenge})

        answer = await client.post(SECOND_STEP, json={"challenge": challenge, "passkey": signed})

        assert_refused(answer)

    async def test_challenges_with_another_purpose_are_refused(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        challenge = await first_step(client, ada)
        for options in await creation_options(client, ada), await step_up_options(client, ada):
            body = {"challenge": challenge, "passkey": phone.get(options)}
            assert_refused(await client.post(SECOND_STEP, json=body))

    async def test_its_answer_signs_nobody_in_without_the_password(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        signed = phone.get(await second_step_options(client, await first_step(client, ada)))
        client.cookies.clear()

        assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=signed))

    async def test_an_answer_cannot_be_replayed(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        first, second = [await first_step(client, ada) for _ in range(2)]
        signed = phone.get(await second_step_options(client, first))
        body = {"challenge": first, "passkey": signed}

        answer = await client.post(SECOND_STEP, json=body)
        client.cookies.clear()
        again = await client.post(SECOND_STEP, json=body)
        elsewhere = await client.post(SECOND_STEP, json={**body, "challenge": second})

        assert answer.status_code == 200
        assert (again.status_code, again.json()["code"]) == (401, "UNAUTHORIZED")
        assert_refused(elsewhere)

    @pytest.mark.parametrize("sign_count", [0, 1, 2])
    async def test_a_counter_that_goes_back_is_refused_and_reported(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        security_key: Authenticator,
        app_of_ada: App,
        database: Database,
        sign_count: int,
    ) -> None:
        challenge = await first_step(client, ada)
        assert (await second_step_with(client, challenge, security_key)).status_code == 200
        client.cookies.clear()
        challenge = await first_step(client, ada)

        assert_refused(
            await second_step_with(client, challenge, security_key, sign_count=sign_count)
        )

        assert await copies_detected(database, ada) == 1
        assert (await second_step_with(client, challenge, security_key)).status_code == 200

    async def test_an_unknown_challenge_offers_no_passkey(
        self, client: httpx.AsyncClient, phone: Authenticator
    ) -> None:
        bodies: list[dict[str, Any]] = [{"challenge": "unknown"}, {}]
        answers = [await client.post(f"{SECOND_STEP}/options", json=body) for body in bodies]

        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
            (401, "UNAUTHORIZED")
        }

    async def test_one_of_many_concurrent_answers_succeeds(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        challenge = await first_step(client, ada)
        offers = [await second_step_options(client, challenge) for _ in range(5)]
        bodies = [{"challenge": challenge, "passkey": phone.get(offer)} for offer in offers * 10]

        answers = await asyncio.gather(*(client.post(SECOND_STEP, json=body) for body in bodies))

        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49

    async def test_failures_count_with_wrong_codes(self, build_app: AppFactory, dsn: str) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada, phone = await sign_up(client), Authenticator()
            await add_passkey(client, ada, phone)
            await turn_on(client, ada, dsn)
            client.cookies.clear()
            challenge = await first_step(client, ada)

            answers = [await second_step(client, challenge, "000000") for _ in range(5)]
            answers += [
                await second_step_with(client, challenge, phone, flags=USER_PRESENT)
                for _ in range(6)
            ]

            assert [answer.status_code for answer in answers] == [401] * 10 + [429]
            assert (await second_step_with(client, challenge, phone)).status_code == 429

    @pytest.mark.parametrize("names", [(), ("code", "passkey")])
    async def test_exactly_one_of_code_and_passkey_is_sent(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        phone: Authenticator,
        app_of_ada: App,
        names: tuple[str, ...],
    ) -> None:
        challenge = await first_step(client, ada)
        signed = phone.get(await second_step_options(client, challenge))
        proofs = {"code": app_of_ada.code, "passkey": signed}
        body = {"challenge": challenge, **{name: proofs[name] for name in names}}

        assert (await client.post(SECOND_STEP, json=body)).status_code == 422


class TestStepUp:
    async def test_a_passkey_makes_the_session_fresh(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, dsn: str
    ) -> None:
        other = await log_in(client, ada)
        await make_stale(dsn, ada)
        assert not await is_fresh(client, ada)

        answer = await step_up_with(client, ada, phone)

        assert answer.status_code == 204
        assert await is_fresh(client, ada)
        stale = await client.post(f"{PASSKEYS}/options", headers=other)
        assert stale.status_code == 403

    async def test_an_account_without_a_password_steps_up_too(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, dsn: str
    ) -> None:
        await execute(dsn, "UPDATE auth.account SET password_hash = NULL")
        await make_stale(dsn, ada)

        assert (await step_up_with(client, ada, phone)).status_code == 204
        assert await is_fresh(client, ada)

    async def test_an_answer_for_a_sign_in_is_accepted(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, dsn: str
    ) -> None:
        await make_stale(dsn, ada)
        body = {"passkey": phone.get(await request_options(client))}

        assert (await client.post(STEP_UP, json=body, headers=ada.headers)).status_code == 204

    @pytest.mark.parametrize("forgery", FORGED.values(), ids=FORGED)
    async def test_a_forged_assertion_is_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        phone: Authenticator,
        dsn: str,
        forgery: dict[str, Any],
    ) -> None:
        await make_stale(dsn, ada)

        assert_refused(await step_up_with(client, ada, phone, **forgery))
        assert not await is_fresh(client, ada)

    async def test_the_passkey_of_another_account_is_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        bob: Person,
        phone: Authenticator,
        phone_of_bob: Authenticator,
        dsn: str,
    ) -> None:
        await make_stale(dsn, ada)
        option_requests: list[Callable[[], Awaitable[Options]]] = [
            lambda: step_up_options(client, ada),
            lambda: step_up_options(client, bob),
            lambda: request_options(client),
        ]
        for request in option_requests:
            body = {"passkey": phone_of_bob.get(await request())}
            assert_refused(await client.post(STEP_UP, json=body, headers=ada.headers))
        of_bob = {"passkey": phone.get(await step_up_options(client, bob))}
        assert_refused(await client.post(STEP_UP, json=of_bob, headers=ada.headers))

        assert not await is_fresh(client, ada)

    async def test_challenges_with_another_purpose_are_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        phone: Authenticator,
        app_of_ada: App,
    ) -> None:
        challenge = await first_step(client, ada)
        wrong = [
            await creation_options(client, ada),
            await second_step_options(client, challenge),
            {"challenge": challenge},
        ]
        for options in wrong:
            body = {"passkey": phone.get(options)}
            assert_refused(await client.post(STEP_UP, json=body, headers=ada.headers))

    async def test_its_answer_signs_nobody_in(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        signed = phone.get(await step_up_options(client, ada))
        client.cookies.clear()

        assert_refused(await client.post(f"{PASSKEYS}/sign-in", json=signed))

    async def test_an_answer_cannot_be_replayed(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        body = {"passkey": phone.get(await step_up_options(client, ada))}

        answer = await client.post(STEP_UP, json=body, headers=ada.headers)

        assert answer.status_code == 204
        assert_refused(await client.post(STEP_UP, json=body, headers=ada.headers))

    async def test_a_counter_that_goes_back_is_refused_and_reported(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        security_key: Authenticator,
        database: Database,
    ) -> None:
        assert (await step_up_with(client, ada, security_key)).status_code == 204

        assert_refused(await step_up_with(client, ada, security_key, sign_count=1))

        assert await copies_detected(database, ada) == 1

    async def test_failures_count_with_wrong_passwords(self, build_app: AppFactory) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada, phone = await sign_up(client), Authenticator()
            await add_passkey(client, ada, phone)
            wrong = {"password": "not the password"}

            answers = [
                await client.post(STEP_UP, json=wrong, headers=ada.headers) for _ in range(5)
            ]
            answers += [
                await step_up_with(client, ada, phone, flags=USER_PRESENT) for _ in range(6)
            ]

            assert [answer.status_code for answer in answers] == [401] * 10 + [429]

    async def test_a_passkey_turns_two_steps_off_and_makes_new_codes(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, app_of_ada: App
    ) -> None:
        statuses = []
        for path in ("totp/recovery-codes", "totp/delete"):
            body = {"passkey": phone.get(await step_up_options(client, ada))}
            answer = await client.post(f"{API}/{path}", json=body, headers=ada.headers)
            statuses.append(answer.status_code)

        assert statuses == [200, 204]

    async def test_an_anonymous_caller_gets_no_options(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(f"{STEP_UP}/options")).status_code == 401

    async def test_exactly_one_proof_is_required(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        signed = phone.get(await step_up_options(client, ada))
        bodies = [{}, {"code": "1", "passkey": signed}, {"password": "1", "passkey": signed}]
        for body in bodies:
            answer = await client.post(STEP_UP, json=body, headers=ada.headers)
            assert (answer.status_code, json.loads(answer.text)["code"]) == (
                422,
                "VALIDATION_ERROR",
            )
