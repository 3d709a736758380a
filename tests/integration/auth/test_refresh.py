import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE, refresh_with, register_body
from tests.support.client import Person, client_of


class TestRefresh:
    async def test_gives_the_next_cookie_and_a_new_token(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first = client.cookies[COOKIE]

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == ada.id
        assert client.cookies[COOKIE] != first
        assert answer.headers["cache-control"] == "no-store"

    async def test_a_second_tab_gets_the_same_cookie(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first = client.cookies[COOKIE]
        one = await client.post("/api/v1/auth/refresh")
        client.cookies.set(COOKIE, first, domain="bounded.test")

        two = await client.post("/api/v1/auth/refresh")

        assert two.status_code == 200
        assert one.headers["set-cookie"] == two.headers["set-cookie"]

    async def test_reuse_ends_the_session_for_good(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        stolen = client.cookies[COOKIE]
        await client.post("/api/v1/auth/refresh")
        await database.execute("UPDATE auth.session SET rotated_at = now() - interval '31 s'")
        current = client.cookies[COOKIE]

        reused = await refresh_with(client, stolen)
        owner = await refresh_with(client, current)

        assert reused.status_code == 401
        assert reused.json()["code"] == "REFRESH_TOKEN_REUSED"
        assert "Max-Age=0" in reused.headers["set-cookie"]
        assert owner.status_code == 401
        assert owner.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("column", ["rotated_at", "created_at"])
    async def test_a_session_too_old_is_refused(
        self, client: httpx.AsyncClient, ada: Person, database: Database, column: str
    ) -> None:
        await database.execute(f"UPDATE auth.session SET {column} = now() - interval '31 days'")

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("cookie", [None, "", "garbage", "AAAA", "\x7f" * 10])
    async def test_anything_else_is_refused_and_forgotten(
        self, client: httpx.AsyncClient, cookie: str | None
    ) -> None:
        answer = await refresh_with(client, cookie)

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_a_forged_token_ends_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        genuine = client.cookies[COOKIE]
        forged = genuine[:-4] + ("AAAA" if genuine[-4:] != "AAAA" else "BBBB")

        refused = await refresh_with(client, forged)
        owner = await refresh_with(client, genuine)

        assert refused.json()["code"] == "INVALID_REFRESH_TOKEN"
        assert owner.status_code == 200

    async def test_without_https_the_cookie_has_no_prefix(self, build_app: AppFactory) -> None:
        async with build_app(cookie_secure=False) as app, client_of(app) as client:
            answer = await client.post(
                "/api/v1/auth/register", json=register_body(email="c@example.com")
            )

        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("refresh_token=")
        assert "Path=/api/v1/auth" in cookie
        assert "Secure" not in cookie
