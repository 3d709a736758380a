"""A caller can sign out with any credential that still names the session."""

import httpx
import pytest

from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE, refresh_with
from tests.support.client import Person, client_of, sign_in, sign_up
from tests.support.events import eventually

API = "/api/v1/auth"
EXPIRED_SOON = {"jwt_expire_minutes": 0.005}


async def until_expired(client: httpx.AsyncClient, person: Person) -> None:
    async def is_expired() -> bool:
        answer = await client.get(f"{API}/me", headers=person.headers)
        return answer.status_code == 401 and answer.json()["code"] == "TOKEN_EXPIRED"

    await eventually(is_expired)


@pytest.mark.parametrize("path", ["logout", "logout-all"])
@pytest.mark.parametrize("sends", ["both", "expired token", "cookie"])
async def test_signing_out_needs_no_valid_access_token(
    build_app: AppFactory, path: str, sends: str
) -> None:
    async with build_app(**EXPIRED_SOON) as app, client_of(app) as client:
        ada = await sign_up(client)
        cookie = client.cookies[COOKIE]
        if path == "logout-all":
            await sign_in(client, ada.email)  # the second session ends the first, too
        await until_expired(client, ada)
        if sends == "expired token":
            client.cookies.clear()

        headers = {} if sends == "cookie" else ada.headers
        answer = await client.post(f"{API}/{path}", headers=headers)
        refused = await refresh_with(client, cookie)

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert refused.status_code == 401


class TestLogout:
    async def test_by_an_older_cookie_ends_the_session(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        older = client.cookies[COOKIE]
        await client.post(f"{API}/refresh")
        current = client.cookies[COOKIE]
        client.cookies.clear()

        answer = await client.post(f"{API}/logout", headers={"Cookie": f"{COOKIE}={older}"})

        assert answer.status_code == 204
        assert (await refresh_with(client, current)).status_code == 401

    async def test_ends_both_sessions_if_token_and_cookie_name_two(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await sign_in(client, ada.email)
        cookie = client.cookies[COOKIE]

        answer = await client.post(f"{API}/logout", headers=ada.headers)

        assert answer.status_code == 204
        assert (await client.get(f"{API}/me", headers=ada.headers)).status_code == 401
        assert (await refresh_with(client, cookie)).status_code == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer nonsense"},
            {"Cookie": f"{COOKIE}=garbage"},
            {"Cookie": f"{COOKIE}="},
        ],
    )
    async def test_without_a_session_clears_the_cookie(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await client.post(f"{API}/logout", headers=headers)

        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_a_second_time_succeeds(self, client: httpx.AsyncClient, ada: Person) -> None:
        cookie = client.cookies[COOKIE]
        headers = ada.headers | {"Cookie": f"{COOKIE}={cookie}"}

        answers = [await client.post(f"{API}/logout", headers=headers) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [204, 204]

    @pytest.mark.parametrize("path", ["logout", "logout-all"])
    async def test_from_a_foreign_site_ends_nothing(
        self, client: httpx.AsyncClient, ada: Person, path: str
    ) -> None:
        foreign = {"Origin": "https://evil.example.com"}

        answer = await client.post(f"{API}/{path}", headers=foreign)

        assert answer.status_code == 403
        assert (await client.post(f"{API}/refresh")).status_code == 200

    async def test_a_tampered_token_ends_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        cookie = client.cookies[COOKIE]
        client.cookies.clear()
        head, claims, signature = ada.token.split(".")
        tampered = f"{head}.{claims}.{signature[::-1]}"

        answer = await client.post(f"{API}/logout", headers={"Authorization": f"Bearer {tampered}"})

        assert answer.status_code == 204
        assert (await refresh_with(client, cookie)).status_code == 200


class TestLogoutEverywhere:
    async def test_with_ended_credentials_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        ended = ada.headers | {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
        await client.post(f"{API}/logout", headers=ended)
        await sign_in(client, ada.email)
        current = client.cookies[COOKIE]
        client.cookies.clear()

        answer = await client.post(f"{API}/logout-all", headers=ended)

        assert answer.status_code == 401
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert (await refresh_with(client, current)).status_code == 200

    async def test_without_credentials_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(f"{API}/logout-all")

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
