"""A user with a second factor signs in with both the password and a code, never with one."""

import asyncio

import httpx
import pytest

from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE
from tests.support.auth.two_steps import (
    App,
    first_step,
    forget_used_codes,
    second_step,
    turn_on,
)
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.mailbox import Mailbox, text_of
from tests.support.postgres import execute

API = "/api/v1"
CONCURRENT = 50


@pytest.fixture
async def app_of_ada(client: httpx.AsyncClient, ada: Person, dsn: str) -> App:
    return await turn_on(client, ada, dsn)


@pytest.fixture
def inbox(ada: Person, base_settings: Settings) -> Mailbox:
    return Mailbox(base_settings.mail_dir, ada.email)


async def reset_password(client: httpx.AsyncClient, inbox: Mailbox) -> str:
    """Set a new password by the link in a mail, and return it."""
    await client.post(f"{API}/auth/password/forgot", json={"email": inbox.address})
    new = "an entirely new passphrase"
    body = {"token": await inbox.next_token("Reset your password"), "new_password": new}
    assert (await client.post(f"{API}/auth/password/reset", json=body)).status_code == 204
    return new


async def log_in(client: httpx.AsyncClient, person: Person, password: str) -> httpx.Response:
    return await client.post(
        f"{API}/auth/login", json={"email": person.email, "password": password}
    )


async def test_the_password_alone_opens_no_session(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    client.cookies.clear()

    answer = await log_in(client, ada, PASSWORD)

    assert (answer.status_code, answer.json()["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    assert answer.json()["challenge"]
    assert "access_token" not in answer.json()
    assert COOKIE not in client.cookies


async def test_a_code_of_the_app_completes_the_sign_in(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    answer = await second_step(client, await first_step(client, ada), app_of_ada.code)

    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == ada.email
    assert COOKIE in client.cookies
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get(f"{API}/auth/me", headers=headers)).status_code == 200


async def test_a_recovery_code_completes_the_sign_in_and_its_use_is_reported(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App, inbox: Mailbox
) -> None:
    spelled = app_of_ada.recovery_codes[0].lower().replace("-", " ")

    answer = await second_step(client, await first_step(client, ada), spelled)
    again = await second_step(client, await first_step(client, ada), spelled)

    assert (answer.status_code, again.status_code) == (200, 401)
    assert "Codes left: 9" in text_of(await inbox.about("A recovery code was used"))


async def test_a_wrong_password_does_not_reveal_the_second_factor(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    answer = await log_in(client, ada, "not the password")

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")
    assert "challenge" not in answer.json()


async def test_a_wrong_code_leaves_the_challenge_for_another_try(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    challenge = await first_step(client, ada)

    wrong = await second_step(client, challenge, "000000")
    right = await second_step(client, challenge, app_of_ada.recovery_codes[0])

    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
    assert wrong.json()["details"][0]["field"] == "body.code"
    assert right.status_code == 200


async def test_a_challenge_is_used_once(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    challenge = await first_step(client, ada)
    await second_step(client, challenge, app_of_ada.recovery_codes[0])

    answer = await second_step(client, challenge, app_of_ada.recovery_codes[1])

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_a_challenge_ends_after_five_minutes(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App, dsn: str
) -> None:
    challenge = await first_step(client, ada)
    await execute(dsn, "UPDATE auth.challenge SET expires_at = expires_at - interval '5 minutes'")

    answer = await second_step(client, challenge, app_of_ada.code)

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("challenge", ["?", "unknown", "A" * 43])
async def test_an_unknown_challenge_is_refused(
    client: httpx.AsyncClient, app_of_ada: App, challenge: str
) -> None:
    answer = await second_step(client, challenge, app_of_ada.code)

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_a_challenge_accepts_only_codes_of_its_own_account(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App, bob: Person, dsn: str
) -> None:
    await turn_on(client, bob, dsn)

    answer = await second_step(client, await first_step(client, bob), app_of_ada.recovery_codes[0])

    assert answer.status_code == 401


async def test_a_change_of_the_password_ends_the_challenge(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    challenge = await first_step(client, ada)
    body = {"current_password": PASSWORD, "new_password": "another good passphrase"}
    await client.post(f"{API}/auth/password/change", json=body, headers=ada.headers)

    answer = await second_step(client, challenge, app_of_ada.code)

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_a_reset_of_the_password_does_not_replace_the_second_step(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App, inbox: Mailbox
) -> None:
    body = {"token": await inbox.next_token("Confirm your email address")}
    verified = await client.post(f"{API}/auth/email/verify", json=body, headers=ada.headers)
    assert verified.status_code == 204

    answer = await log_in(client, ada, await reset_password(client, inbox))

    assert (answer.status_code, answer.json()["code"]) == (401, "SECOND_FACTOR_REQUIRED")


async def test_a_reset_removes_a_second_factor_set_before_the_email_was_verified(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App, inbox: Mailbox
) -> None:
    answer = await log_in(client, ada, await reset_password(client, inbox))

    assert answer.status_code == 200


async def test_the_token_endpoint_needs_the_second_factor_too(
    client: httpx.AsyncClient, ada: Person, app_of_ada: App
) -> None:
    form = {"grant_type": "password", "username": ada.email, "password": PASSWORD}

    answer = await client.post(f"{API}/auth/token", data=form)

    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["code"]) == (
        "invalid_grant",
        "SECOND_FACTOR_REQUIRED",
    )


class TestParallelUse:
    async def test_of_one_code_of_the_app_succeeds_once(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App, dsn: str
    ) -> None:
        for _ in range(3):
            await forget_used_codes(dsn, ada)
            challenges = [await first_step(client, ada) for _ in range(5)]
            code = app_of_ada.code
            answers = await asyncio.gather(
                *(second_step(client, challenges[number % 5], code) for number in range(CONCURRENT))
            )

            statuses = sorted(answer.status_code for answer in answers)
            assert statuses == [200] + [401] * (CONCURRENT - 1)

    async def test_of_one_recovery_code_succeeds_once(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App
    ) -> None:
        for code in app_of_ada.recovery_codes[:3]:
            challenges = [await first_step(client, ada) for _ in range(5)]
            answers = await asyncio.gather(
                *(second_step(client, challenges[number % 5], code) for number in range(CONCURRENT))
            )

            statuses = sorted(answer.status_code for answer in answers)
            assert statuses == [200] + [401] * (CONCURRENT - 1)

    async def test_of_one_challenge_succeeds_once(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App
    ) -> None:
        challenge = await first_step(client, ada)

        answers = await asyncio.gather(
            *(second_step(client, challenge, code) for code in app_of_ada.recovery_codes * 5)
        )

        assert sorted(answer.status_code for answer in answers) == [200] + [401] * (CONCURRENT - 1)


class TestThrottle:
    async def test_wrong_codes_count_with_wrong_passwords(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            await turn_on(client, ada, dsn)
            client.cookies.clear()
            challenge = await first_step(client, ada)

            answers = [await second_step(client, challenge, "000000") for _ in range(6)]
            answers += [await log_in(client, ada, "not the password") for _ in range(5)]

            assert [answer.status_code for answer in answers] == [401] * 10 + [429]
            assert (await second_step(client, challenge, "000000")).status_code == 429
            assert (await log_in(client, ada, PASSWORD)).status_code == 429

    async def test_the_right_password_does_not_reset_the_count(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            app_of_ada = await turn_on(client, ada, dsn)
            client.cookies.clear()

            for _ in range(10):
                wrong = await second_step(client, await first_step(client, ada), "000000")
                assert wrong.status_code == 401

            assert (await log_in(client, ada, PASSWORD)).status_code == 429
            assert app_of_ada.recovery_codes

    async def test_known_devices_are_limited_together(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            app_of_ada = await turn_on(client, ada, dsn)
            known, statuses = [], []
            for code in app_of_ada.recovery_codes[:2]:
                client.cookies.clear()
                await second_step(client, await first_step(client, ada), code)
                known.append(httpx.Cookies(client.cookies))

            for cookies in known:
                client.cookies = cookies
                challenge = await first_step(client, ada)
                answers = [await second_step(client, challenge, "000000") for _ in range(6)]
                statuses += [answer.status_code for answer in answers]

            assert statuses == [401] * 10 + [429] * 2

    async def test_a_success_resets_the_count(self, build_app: AppFactory, dsn: str) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            app_of_ada = await turn_on(client, ada, dsn)
            client.cookies.clear()

            for code in app_of_ada.recovery_codes[:2]:
                challenge = await first_step(client, ada)
                wrong = [await second_step(client, challenge, "000000") for _ in range(8)]
                right = await second_step(client, challenge, code)

                assert {answer.status_code for answer in wrong} == {401}
                assert right.status_code == 200
