"""Another application on the same host sets a cookie of our name; ours still counts."""

from typing import Literal

import httpx
import pytest

from tests.support.auth.api import COOKIE, refresh_with
from tests.support.client import Person, sign_in, sign_up

API = "/api/v1/auth"
STALE = {"garbage": "stale", "empty": "", "quoted": '"stale"'}


type Order = Literal["good first", "good last"]


def ordered(order: Order, good: str, other: str) -> list[str]:
    return [good, other] if order == "good first" else [other, good]


def cookies(*values: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{COOKIE}={value}" for value in values)}


class TestRefresh:
    @pytest.mark.parametrize("stale", STALE.values(), ids=STALE)
    @pytest.mark.parametrize("order", ["good first", "good last"])
    async def test_takes_the_valid_cookie_in_either_order(
        self, client: httpx.AsyncClient, ada: Person, stale: str, order: Order
    ) -> None:
        good = client.cookies[COOKIE]
        client.cookies.clear()

        answer = await client.post(f"{API}/refresh", headers=cookies(*ordered(order, good, stale)))

        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == ada.id
        assert "Max-Age=0" not in answer.headers["set-cookie"]

    async def test_takes_cookies_in_separate_headers(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        good = client.cookies[COOKIE]
        client.cookies.clear()
        headers = [("Cookie", f"{COOKIE}={value}") for value in ("stale", good, "stale too")]

        answer = await client.post(f"{API}/refresh", headers=headers)

        assert answer.status_code == 200

    @pytest.mark.parametrize("order", ["good first", "good last"])
    async def test_ignores_the_cookie_of_an_ended_session(
        self, client: httpx.AsyncClient, ada: Person, order: Order
    ) -> None:
        ended = client.cookies[COOKIE]
        await client.post(f"{API}/logout", headers=ada.headers)
        await sign_in(client, ada.email)
        good = client.cookies[COOKIE]
        client.cookies.clear()

        answer = await client.post(f"{API}/refresh", headers=cookies(*ordered(order, good, ended)))

        assert answer.status_code == 200

    @pytest.mark.parametrize("order", ["good first", "good last"])
    async def test_with_an_older_cookie_of_the_same_session_is_no_theft(
        self, client: httpx.AsyncClient, ada: Person, order: Order
    ) -> None:
        old = client.cookies[COOKIE]
        for _ in range(2):
            await client.post(f"{API}/refresh")
        good = client.cookies[COOKIE]
        client.cookies.clear()

        answer = await client.post(f"{API}/refresh", headers=cookies(*ordered(order, good, old)))

        assert answer.status_code == 200

    async def test_without_a_valid_cookie_is_refused_and_clears_it(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post(f"{API}/refresh", headers=cookies("stale", "staler"))

        assert answer.status_code == 401
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_with_too_many_cookies_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        good = client.cookies[COOKIE]
        forged = [f"{good[:-8]}{number:04}{good[-4:]}" for number in range(10)]

        answer = await client.post(f"{API}/refresh", headers=cookies(*forged, good))

        assert answer.status_code == 401


async def test_logout_ends_the_session_of_each_cookie(client: httpx.AsyncClient) -> None:
    values = []
    for _ in range(2):
        await sign_up(client)
        values.append(client.cookies[COOKIE])
    client.cookies.clear()

    answer = await client.post(f"{API}/logout", headers=cookies("stale", *values))

    assert answer.status_code == 204
    assert [(await refresh_with(client, value)).status_code for value in values] == [401, 401]
