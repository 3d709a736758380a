"""An authenticator app is turned on and off by its owner, in a fresh session."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from BE.core.database.connections import connected
from BE.core.product import NAME
from config import Settings
from tests.support.auth.freshness import make_stale
from tests.support.auth.two_steps import TOTP, App, begin, code_of, first_step, second_step, turn_on
from tests.support.client import PASSWORD, Person
from tests.support.mailbox import Mailbox
from tests.support.postgres import execute

OFF = {"enabled": False, "enabled_at": None, "recovery_codes_left": 0}


@pytest.fixture
def inbox(ada: Person, base_settings: Settings) -> Mailbox:
    return Mailbox(base_settings.mail_dir, ada.email)


async def state_of(client: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    answer = await client.get(TOTP, headers=person.headers)
    assert answer.status_code == 200
    state: dict[str, Any] = answer.json()
    return state


async def post(client: httpx.AsyncClient, person: Person, path: str, **body: str) -> httpx.Response:
    return await client.post(f"{TOTP}{path}", json=body, headers=person.headers)


async def turn_off(client: httpx.AsyncClient, person: Person, **body: str) -> httpx.Response:
    return await client.request("DELETE", TOTP, json=body, headers=person.headers)


class TestTurningOn:
    async def test_needs_a_code_of_the_app(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        assert await state_of(client, ada) == OFF
        secret = await begin(client, ada)
        assert await state_of(client, ada) == OFF

        answer = await post(client, ada, "/confirm", code=code_of(secret))

        assert answer.status_code == 200
        assert len({*answer.json()["recovery_codes"]}) == 10
        state = await state_of(client, ada)
        assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)
        assert state["enabled_at"].endswith("Z")
        await inbox.about("Two-step sign-in is on")

    async def test_the_uri_names_the_account_and_the_secret(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await post(client, ada, "", password=PASSWORD)

        assert answer.json()["uri"].startswith(f"otpauth://totp/{quote(NAME)}:")
        assert f"secret={answer.json()['secret']}" in answer.json()["uri"]

    async def test_a_code_that_confirmed_cannot_sign_in(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        secret = await begin(client, ada)
        code = code_of(secret)
        await post(client, ada, "/confirm", code=code)

        answer = await second_step(client, await first_step(client, ada), code)

        assert answer.status_code == 401

    async def test_a_wrong_code_turns_nothing_on(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await begin(client, ada)

        answer = await post(client, ada, "/confirm", code="000000")

        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")
        assert await state_of(client, ada) == OFF

    async def test_a_new_app_replaces_an_unconfirmed_one(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first, second = await begin(client, ada), await begin(client, ada)

        refused = await post(client, ada, "/confirm", code=code_of(first))
        confirmed = await post(client, ada, "/confirm", code=code_of(second))

        assert (refused.status_code, confirmed.status_code) == (401, 200)

    async def test_an_app_in_use_must_be_turned_off_first(
        self, client: httpx.AsyncClient, ada: Person, dsn: str
    ) -> None:
        app = await turn_on(client, ada, dsn)

        begun = await post(client, ada, "", password=PASSWORD)
        confirmed = await post(client, ada, "/confirm", code=app.code)

        assert (begun.status_code, confirmed.status_code) == (409, 409)

    async def test_an_app_that_was_not_begun_is_not_found(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        assert (await post(client, ada, "/confirm", code="123456")).status_code == 404

    async def test_needs_the_password(self, client: httpx.AsyncClient, ada: Person) -> None:
        wrong = await post(client, ada, "", password="not the password")
        missing = await post(client, ada, "")

        assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
        assert (missing.status_code, missing.json()["details"][0]["type"]) == (422, "missing")


class TestTurningOff:
    @pytest.fixture
    async def app_of_ada(self, client: httpx.AsyncClient, ada: Person, dsn: str) -> App:
        return await turn_on(client, ada, dsn)

    @pytest.mark.parametrize("proof", ["password", "code", "recovery code"])
    async def test_needs_the_password_or_a_code(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        app_of_ada: App,
        inbox: Mailbox,
        proof: str,
    ) -> None:
        body = {
            "password": {"password": PASSWORD},
            "code": {"code": app_of_ada.code},
            "recovery code": {"code": app_of_ada.recovery_codes[0]},
        }[proof]

        answer = await turn_off(client, ada, **body)

        assert answer.status_code == 204
        assert await state_of(client, ada) == OFF
        credentials = {"email": ada.email, "password": PASSWORD}
        assert (await client.post("/api/v1/auth/login", json=credentials)).status_code == 200
        await inbox.about("Two-step sign-in is off")

    async def test_works_behind_a_proxy_that_strips_the_body_of_a_delete(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App
    ) -> None:
        assert (await post(client, ada, "/delete", password=PASSWORD)).status_code == 204

    async def test_needs_exactly_one_valid_proof(
        self, client: httpx.AsyncClient, ada: Person, app_of_ada: App
    ) -> None:
        wrong = [
            await turn_off(client, ada, password="not the password"),
            await turn_off(client, ada, code="000000"),
        ]
        unclear = [
            await turn_off(client, ada),
            await turn_off(client, ada, password=PASSWORD, code=app_of_ada.code),
        ]

        assert {answer.json()["code"] for answer in wrong} == {"INVALID_CREDENTIALS"}
        assert {answer.json()["details"][0]["type"] for answer in unclear} == {"proof"}
        assert (await state_of(client, ada))["enabled"]

    async def test_an_app_that_is_off_is_not_found(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        assert (await turn_off(client, ada, password=PASSWORD)).status_code == 404


class TestRecoveryCodes:
    async def test_new_codes_replace_the_earlier_ones(
        self, client: httpx.AsyncClient, ada: Person, dsn: str, inbox: Mailbox
    ) -> None:
        app = await turn_on(client, ada, dsn)
        unproved = await post(client, ada, "/recovery-codes", password="not the password")
        answer = await post(client, ada, "/recovery-codes", password=PASSWORD)
        [new, *_] = answer.json()["recovery_codes"]

        challenge = await first_step(client, ada)
        old = await second_step(client, challenge, app.recovery_codes[0])

        assert (unproved.status_code, old.status_code) == (401, 401)
        assert (await second_step(client, challenge, new)).status_code == 200
        assert (await state_of(client, ada))["recovery_codes_left"] == 9
        await inbox.about("You have new recovery codes")

    async def test_need_an_app_in_use(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await post(client, ada, "/recovery-codes", password=PASSWORD)

        assert answer.status_code == 404


async def test_every_change_needs_a_fresh_session(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    app = await turn_on(client, ada, dsn)
    await make_stale(dsn, ada)

    answers = [
        await post(client, ada, "", password=PASSWORD),
        await post(client, ada, "/confirm", code=app.code),
        await post(client, ada, "/recovery-codes", password=PASSWORD),
        await post(client, ada, "/delete", password=PASSWORD),
        await turn_off(client, ada, password=PASSWORD),
    ]

    assert {answer.json()["code"] for answer in answers} == {"STEP_UP_REQUIRED"}
    assert (await state_of(client, ada))["enabled"]


async def test_a_code_makes_the_session_fresh_again(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    app = await turn_on(client, ada, dsn)
    await make_stale(dsn, ada)
    path = "/api/v1/auth/step-up"

    proved = await client.post(path, json={"code": app.code}, headers=ada.headers)
    again = await client.post(path, json={"code": app.code}, headers=ada.headers)

    assert (proved.status_code, again.status_code) == (204, 401)
    assert (await turn_off(client, ada, password=PASSWORD)).status_code == 204


async def test_secrets_and_codes_are_not_stored_in_plain_text(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    app = await turn_on(client, ada, dsn)

    async with connected(dsn) as connection:
        kept = await connection.fetch("SELECT sealed_secret AS kept FROM auth.totp")
        kept += await connection.fetch("SELECT digest AS kept FROM auth.recovery_code")

    stored = b"".join(row["kept"] for row in kept)
    assert len(kept) == 11
    for text in (app.secret.text, *app.recovery_codes):
        assert text.encode() not in stored


async def test_the_app_is_deleted_with_the_account(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await turn_on(client, ada, dsn)

    body = {"password": PASSWORD}
    answer = await client.post("/api/v1/users/me/delete", json=body, headers=ada.headers)

    assert answer.status_code == 204
    await execute(dsn, "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM auth.totp); END $$")
