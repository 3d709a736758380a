import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.auth.api import COOKIE, refresh_with, register_body
from tests.support.client import Person, client_of


def replace_cookies(client: httpx.AsyncClient, cookies: dict[str, str]) -> None:
    client.cookies.clear()
    client.cookies.update(cookies)


async def make_older(database: Database, late: str) -> None:
    """Move every rotation and every retry into the past."""
    await database.execute(
        "UPDATE auth.session SET rotated_at = rotated_at - $1::text::interval,"
        " retried_at = retried_at - $1::text::interval",
        late,
    )


class TestRefresh:
    async def test_returns_the_next_cookie_and_a_new_token(
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
        client.cookies.set(COOKIE, first, domain="service.test")

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

        reused = await refresh_with(client, stolen, user_agent="thief")
        owner = await refresh_with(client, current)

        assert reused.status_code == 401
        assert reused.json()["code"] == "REFRESH_TOKEN_REUSED"
        assert "Max-Age=0" in reused.headers["set-cookie"]
        assert owner.status_code == 401
        assert owner.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("late", ["31.5 s", "14 hours"])
    async def test_a_lost_answer_may_be_retried_late_by_the_same_device(
        self, client: httpx.AsyncClient, ada: Person, database: Database, late: str
    ) -> None:
        before = dict(client.cookies)
        lost = await client.post("/api/v1/auth/refresh")
        await make_older(database, late)

        tabs = []
        for _ in range(2):
            replace_cookies(client, before)
            tabs.append(await client.post("/api/v1/auth/refresh"))
        following = await client.post("/api/v1/auth/refresh")

        assert [answer.status_code for answer in (*tabs, following)] == [200] * 3
        assert {answer.headers["set-cookie"] for answer in tabs} == {lost.headers["set-cookie"]}

    async def test_a_client_without_other_cookies_may_retry_late(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        first = client.cookies[COOKIE]
        await refresh_with(client, first)
        await make_older(database, "31.5 s")

        assert (await refresh_with(client, first)).status_code == 200

    async def test_without_a_grace_every_replay_is_a_theft(self, build_app: AppFactory) -> None:
        async with build_app(refresh_grace_seconds=0) as app, client_of(app) as client:
            await client.post("/api/v1/auth/register", json=register_body())
            before = dict(client.cookies)
            await client.post("/api/v1/auth/refresh")
            replace_cookies(client, before)

            answer = await client.post("/api/v1/auth/refresh")

        assert answer.json()["code"] == "REFRESH_TOKEN_REUSED"

    async def test_two_devices_that_take_turns_are_detected(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        token, statuses = client.cookies[COOKIE], []
        for _ in range(2):
            rotated = await refresh_with(client, token)
            await make_older(database, "1 hour")
            statuses.append((await refresh_with(client, token)).status_code)
            token = rotated.cookies[COOKIE]

        assert statuses == [200, 401]

    async def test_an_older_token_is_a_theft_even_from_the_same_device(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        oldest = dict(client.cookies)
        for _ in range(2):
            await client.post("/api/v1/auth/refresh")
        replace_cookies(client, oldest)

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.json()["code"] == "REFRESH_TOKEN_REUSED"

    async def test_a_late_retry_without_the_device_cookie_is_a_theft(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        first = client.cookies[COOKIE]
        await client.post("/api/v1/auth/refresh")
        await make_older(database, "31.5 s")
        agent = client.headers["User-Agent"]

        assert (await refresh_with(client, first, user_agent=agent)).status_code == 401

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({}, 200),
            ({"X-Forwarded-For": "198.51.100.7"}, 401),
            ({"User-Agent": "another browser"}, 401),
        ],
        ids=["same", "another address", "another agent"],
    )
    async def test_a_late_retry_from_elsewhere_is_a_theft_even_with_all_cookies(
        self, build_app: AppFactory, database: Database, changed: dict[str, str], status: int
    ) -> None:
        headers = {"X-Forwarded-For": "203.0.113.7", "User-Agent": "browser"}
        async with build_app(trusted_proxy_hops=1) as app, client_of(app) as client:
            await client.post("/api/v1/auth/register", json=register_body(), headers=headers)
            before = dict(client.cookies)
            await client.post("/api/v1/auth/refresh", headers=headers)
            await make_older(database, "31.5 s")
            replace_cookies(client, before)

            answer = await client.post("/api/v1/auth/refresh", headers=headers | changed)

        assert answer.status_code == status

    @pytest.mark.parametrize("column", ["rotated_at", "created_at"])
    async def test_an_expired_session_is_refused(
        self, client: httpx.AsyncClient, ada: Person, database: Database, column: str
    ) -> None:
        await database.execute(f"UPDATE auth.session SET {column} = now() - interval '31 days'")

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("cookie", [None, "", "garbage", "AAAA", "\x7f" * 10])
    async def test_an_invalid_cookie_is_refused_and_cleared(
        self, client: httpx.AsyncClient, cookie: str | None
    ) -> None:
        answer = await refresh_with(client, cookie)

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_a_forged_token_does_not_end_the_session(
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
