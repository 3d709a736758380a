import asyncio

import httpx
import pytest

from tests.support.auth.api import log_in
from tests.support.client import PASSWORD, Person, sign_up


class TestPasswordChange:
    NEW = "another good passphrase"

    async def change(
        self, client: httpx.AsyncClient, person: Person, **body: str
    ) -> httpx.Response:
        return await client.post(
            "/api/v1/auth/password/change",
            json={"current_password": PASSWORD, "new_password": self.NEW} | body,
            headers=person.headers,
        )

    async def test_sets_the_password_and_ends_every_other_session(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        other = await log_in(client, ada)

        answer = await self.change(client, ada)

        old, new = [
            await client.post("/api/v1/auth/login", json={"email": ada.email, "password": password})
            for password in (PASSWORD, self.NEW)
        ]
        assert answer.status_code == 204
        assert (old.status_code, new.status_code) == (401, 200)
        assert (await client.get("/api/v1/auth/me", headers=other)).status_code == 401
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 200

    async def test_a_wrong_password_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await self.change(client, ada, current_password="not the password")

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_CREDENTIALS"
        await log_in(client, ada)

    @pytest.mark.parametrize(
        "password",
        ["short", "lovelace-forever", "my-name-is-countess", "it-is-bounded-too", "iloveyou1234"],
    )
    async def test_a_weak_password_is_refused(
        self, client: httpx.AsyncClient, password: str
    ) -> None:
        ada = await sign_up(client, username="countess")

        answer = await self.change(client, ada, new_password=password)

        assert answer.status_code == 422
        assert answer.json()["code"] == "WEAK_PASSWORD"
        assert answer.json()["details"][0]["field"] == "body.new_password"
        await log_in(client, ada)

    async def test_one_of_two_concurrent_changes_succeeds(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answers = await asyncio.gather(
            self.change(client, ada), self.change(client, ada, new_password="a third passphrase")
        )

        assert sorted(answer.status_code for answer in answers) == [204, 401]

    async def test_the_session_of_a_concurrent_login_ends_with_it(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        login = client.post("/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD})

        changed, logged_in = await asyncio.gather(self.change(client, ada), login)

        assert changed.status_code == 204
        if logged_in.status_code == 200:
            headers = {"Authorization": f"Bearer {logged_in.json()['access_token']}"}
            assert (await client.get("/api/v1/auth/me", headers=headers)).status_code == 401

    async def test_needs_a_signed_in_user(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/auth/password/change", json={})

        assert answer.status_code == 401
