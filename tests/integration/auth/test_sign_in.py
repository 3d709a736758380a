import base64
import json

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up


class TestLogin:
    async def test_does_not_reveal_whether_an_account_exists(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        wrong = {"email": ada.email, "password": "not the password"}
        unknown = {"email": "nobody@example.com", "password": PASSWORD}

        answers = [await client.post("/api/v1/auth/login", json=body) for body in (wrong, unknown)]

        assert {answer.status_code for answer in answers} == {401}
        assert {answer.json()["code"] for answer in answers} == {"INVALID_CREDENTIALS"}
        assert {answer.json()["error"] for answer in answers} == {"Incorrect email or password"}
        assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}

    async def test_a_deactivated_account_is_refused_like_an_unknown_one(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("UPDATE auth.account SET is_active = false")

        answer = await client.post(
            "/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD}
        )

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_CREDENTIALS"

    async def test_accepts_the_email_in_any_case(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.post(
            "/api/v1/auth/login", json={"email": ada.email.upper(), "password": PASSWORD}
        )

        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == ada.id


class TestMe:
    async def test_is_the_account_and_its_session(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get("/api/v1/auth/me", headers=ada.headers)

        assert answer.status_code == 200
        assert answer.json()["id"] == ada.id
        assert answer.json()["session_id"]

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer a.b.c"])
    async def test_needs_a_valid_token(self, client: httpx.AsyncClient, header: str) -> None:
        answer = await client.get("/api/v1/auth/me", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.json()["code"] == "UNAUTHORIZED"
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_an_expired_token_is_reported_as_expired(self, build_app: AppFactory) -> None:
        async with build_app(jwt_expire_minutes=-1) as app, client_of(app) as client:
            ada = await sign_up(client)

            answer = await client.get("/api/v1/auth/me", headers=ada.headers)

        assert answer.status_code == 401
        assert answer.json()["code"] == "TOKEN_EXPIRED"

    async def test_an_altered_token_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        header, payload, signature = ada.token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged = base64.urlsafe_b64encode(json.dumps(claims | {"role": "admin"}).encode())
        token = f"{header}.{forged.decode().rstrip('=')}.{signature}"

        answer = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

        assert answer.status_code == 401

    async def test_a_deleted_account_is_refused(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("DELETE FROM auth.account")

        answer = await client.get("/api/v1/auth/me", headers=ada.headers)

        assert answer.status_code == 401
