from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events import Envelope
from BE.modules.auth.events import (
    EmailVerificationRequested,
    PasswordChanged,
    PasswordResetRequested,
    TokenReuseDetected,
    UserRegistered,
)
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, etag_of, sign_in, sign_up

ME = "/api/v1/users/me"


class TestRead:
    async def test_is_the_profile_with_its_version(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get(ME, headers=ada.headers)

        assert answer.status_code == 200
        assert answer.headers["etag"] == etag_of(ada.id, 1)
        assert answer.json() | {"created_at": "", "updated_at": ""} == {
            "id": ada.id,
            "email": ada.email,
            "username": None,
            "full_name": "Ada Lovelace",
            "role": "user",
            "is_active": True,
            "version": 1,
            "created_at": "",
            "updated_at": "",
        }
        assert answer.json()["created_at"].endswith("Z")

    async def test_a_cached_profile_is_not_sent_again(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        cached = await client.get(ME, headers=ada.headers | {"If-None-Match": etag_of(ada.id, 1)})
        changed = await client.get(ME, headers=ada.headers | {"If-None-Match": etag_of(ada.id, 2)})

        assert cached.status_code == 304
        assert cached.content == b""
        assert changed.status_code == 200

    async def test_needs_a_signed_in_user(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(ME)).status_code == 401
        assert (await client.patch(ME, json={})).status_code == 401

    async def test_without_a_profile_it_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("DELETE FROM users.profile")

        assert (await client.get(ME, headers=ada.headers)).status_code == 404
        assert (await client.patch(ME, json={}, headers=ada.headers)).status_code == 404


class TestChange:
    async def test_changes_what_is_sent_and_nothing_else(self, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client, username="ada")

        answer = await client.patch(ME, json={"full_name": " Ada King "}, headers=ada.headers)

        assert answer.status_code == 200
        assert answer.headers["etag"] == etag_of(ada.id, 2)
        assert answer.json()["full_name"] == "Ada King"
        assert answer.json()["username"] == "ada"
        assert answer.json()["updated_at"] > answer.json()["created_at"]

    async def test_null_releases_the_username(self, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client, username="ada")

        answer = await client.patch(ME, json={"username": None}, headers=ada.headers)

        assert answer.json()["username"] is None
        await sign_up(client, username="ADA")

    async def test_an_empty_body_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.patch(ME, json={}, headers=ada.headers)

        assert answer.status_code == 200
        assert answer.headers["etag"] == etag_of(ada.id, 1)

    async def test_usernames_are_unique_in_any_case(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await sign_up(client, username="Grace")

        answer = await client.patch(ME, json={"username": "gRACE"}, headers=ada.headers)

        assert answer.status_code == 409
        assert answer.json()["error"] == "Username already taken"

    async def test_a_stale_version_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await client.patch(ME, json={"full_name": "First"}, headers=ada.headers)

        stale = await client.patch(
            ME, json={"full_name": "Second"}, headers=ada.headers | {"If-Match": '"1"'}
        )
        current = await client.patch(
            ME, json={"full_name": "Third"}, headers=ada.headers | {"If-Match": '"2"'}
        )

        assert stale.status_code == 412
        assert stale.headers["etag"] == etag_of(ada.id, 2)
        assert stale.json()["code"] == "PRECONDITION_FAILED"
        assert current.json()["full_name"] == "Third"

    @pytest.mark.parametrize(
        "body",
        [
            {"full_name": None},
            {"full_name": ""},
            {"full_name": 5},
            {"username": "x"},
            {"username": ["ada"]},
            {"role": "admin"},
            {"email": "new@example.com"},
            {"is_active": False},
        ],
    )
    async def test_an_invalid_change_names_its_field(
        self, client: httpx.AsyncClient, ada: Person, body: dict[str, object]
    ) -> None:
        answer = await client.patch(ME, json=body, headers=ada.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == f"body.{next(iter(body))}"
        assert (await client.get(ME, headers=ada.headers)).headers["etag"] == etag_of(ada.id, 1)


type Delete = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(params=[("DELETE", ME), ("POST", f"{ME}/delete")], ids=["DELETE", "POST"])
def delete(request: pytest.FixtureRequest) -> Delete:
    """Delete one's own account, with each of the two requests."""

    async def send(
        client: httpx.AsyncClient,
        person: Person,
        body: dict[str, object],
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = person.headers | (headers or {})
        return await client.request(*request.param, json=body, headers=sent)

    return send


class TestDelete:
    async def test_leaves_nothing_and_every_token_is_refused(
        self, delete: Delete, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await client.post("/api/v1/specimens", json={"title": "Fern"}, headers=ada.headers)
        other = await sign_in(client, ada.email)

        answer = await delete(client, ada, {"password": PASSWORD})

        assert answer.status_code == 204
        for person in (ada, other):
            assert (await client.get(ME, headers=person.headers)).status_code == 401
        for table in ("auth.account", "auth.session", "users.profile", "specimens.specimen"):
            assert await database.fetchval(f"SELECT count(*) FROM {table}") == 0
        await sign_up(client, email=ada.email)

    @pytest.mark.parametrize("password", ["wrong", ""])
    async def test_needs_the_password(
        self, delete: Delete, client: httpx.AsyncClient, ada: Person, password: str
    ) -> None:
        answer = await delete(client, ada, {"password": password})

        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")
        assert (await client.get(ME, headers=ada.headers)).status_code == 200

    @pytest.mark.parametrize("body", [{"password": None}, {}])
    async def test_a_missing_password_does_not_count_as_a_guess(
        self, delete: Delete, build_app: AppFactory, body: dict[str, object]
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            answers = [await delete(client, ada, body) for _ in range(11)]
            unknown = await client.post(f"{ME}/delete", json=body)
            deleted = await delete(client, ada, {"password": PASSWORD})

        missing = {
            "field": "body.password",
            "message": "The password is required",
            "type": "missing",
        }
        assert {answer.status_code for answer in answers} == {422}
        assert answers[-1].json()["details"] == [missing]
        assert (unknown.status_code, deleted.status_code) == (401, 204)

    async def test_a_missing_body_is_refused(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await client.delete(ME, headers=ada.headers)

        [detail] = answer.json()["details"]
        assert (answer.status_code, detail["field"], detail["type"]) == (422, "body", "missing")

    async def test_guesses_are_limited_and_do_not_block_signing_in(
        self, delete: Delete, build_app: AppFactory
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            for _ in range(10):
                assert (await delete(client, ada, {"password": "x"})).status_code == 401

            refused = await delete(client, ada, {"password": PASSWORD})
            login = await client.post(
                "/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD}
            )

        assert (refused.status_code, login.status_code) == (429, 200)

    async def test_a_user_without_a_password_needs_none(
        self, delete: Delete, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("UPDATE auth.account SET password_hash = NULL")

        guessed = await delete(client, ada, {"password": PASSWORD})
        answer = await delete(client, ada, {})

        assert (guessed.status_code, answer.status_code) == (401, 204)

    async def test_a_stale_version_deletes_nothing(
        self, delete: Delete, client: httpx.AsyncClient, ada: Person
    ) -> None:
        stale = await delete(client, ada, {"password": PASSWORD}, {"If-Match": '"2"'})
        current = await delete(client, ada, {"password": PASSWORD}, {"If-Match": '"1"'})

        assert (stale.status_code, current.status_code) == (412, 204)
        assert stale.headers["etag"] == etag_of(ada.id, 1)

    async def test_the_last_admin_cannot_be_deleted(
        self, delete: Delete, client: httpx.AsyncClient, root: Person
    ) -> None:
        answer = await delete(client, root, {"password": PASSWORD})

        assert answer.status_code == 409
        assert (await client.get(ME, headers=root.headers)).status_code == 200

    async def test_pending_mails_of_a_deleted_account_are_dropped(
        self,
        delete: Delete,
        app: FastAPI,
        client: httpx.AsyncClient,
        ada: Person,
        database: Database,
    ) -> None:
        mail = app.state.container.notification_service()
        await delete(client, ada, {"password": PASSWORD})
        user_id = UUID(ada.id)

        registered = UserRegistered(
            user_id=user_id, email=ada.email, role="user", full_name="Ada", username=None
        )
        await mail.on_user_registered(Envelope(event=registered))
        await mail.on_password_changed(
            Envelope(event=PasswordChanged(user_id=user_id, by_link=False))
        )
        await mail.on_password_reset_requested(
            Envelope(event=PasswordResetRequested(user_id=user_id))
        )
        await mail.on_email_verification_requested(
            Envelope(event=EmailVerificationRequested(user_id=user_id))
        )
        await mail.on_token_reuse_detected(
            Envelope(event=TokenReuseDetected(user_id=user_id, session_id=user_id))
        )

        assert await database.fetchval("SELECT count(*) FROM auth.one_time_token") == 0
