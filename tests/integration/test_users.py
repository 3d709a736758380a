import httpx
import pytest

from BE.core.database import Database
from tests.support.client import Person, sign_up

ME = "/api/v1/users/me"


class TestRead:
    async def test_is_the_profile_with_its_version(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get(ME, headers=ada.headers)

        assert answer.status_code == 200
        assert answer.headers["etag"] == '"1"'
        assert answer.json() | {"created_at": "", "updated_at": ""} == {
            "id": ada.id,
            "email": ada.email,
            "username": None,
            "full_name": "Ada Lovelace",
            "role": "user",
            "is_active": True,
            "created_at": "",
            "updated_at": "",
        }
        assert answer.json()["created_at"].endswith("Z")

    async def test_what_the_client_holds_is_not_sent_again(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        held = await client.get(ME, headers=ada.headers | {"If-None-Match": '"1"'})
        changed = await client.get(ME, headers=ada.headers | {"If-None-Match": '"2"'})

        assert held.status_code == 304
        assert held.content == b""
        assert changed.status_code == 200

    async def test_is_for_those_who_signed_in(self, client: httpx.AsyncClient) -> None:
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
        assert answer.headers["etag"] == '"2"'
        assert answer.json()["full_name"] == "Ada King"
        assert answer.json()["username"] == "ada"
        assert answer.json()["updated_at"] > answer.json()["created_at"]

    async def test_null_gives_the_username_up(self, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client, username="ada")

        answer = await client.patch(ME, json={"username": None}, headers=ada.headers)

        assert answer.json()["username"] is None
        await sign_up(client, username="ADA")

    async def test_nothing_sent_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.patch(ME, json={}, headers=ada.headers)

        assert answer.status_code == 200
        assert answer.headers["etag"] == '"1"'

    async def test_a_username_is_taken_in_whatever_case(
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
    async def test_what_one_may_not_change_is_named(
        self, client: httpx.AsyncClient, ada: Person, body: dict[str, object]
    ) -> None:
        answer = await client.patch(ME, json=body, headers=ada.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == f"body.{next(iter(body))}"
        assert (await client.get(ME, headers=ada.headers)).headers["etag"] == '"1"'
