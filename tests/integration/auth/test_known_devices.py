"""Guesses from elsewhere lock out neither known devices nor users who are signed in."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_in, sign_up
from tests.support.postgres import execute

API = "/api/v1"
DEVICE = "__Host-device"
HOME, CAFE = "198.51.100.7", "203.0.113.9"
NEW = "an entirely new passphrase"


@pytest.fixture
async def guarded(build_app: AppFactory, dsn: str) -> AsyncIterator[FastAPI]:
    await execute(dsn, "DELETE FROM auth.throttle")
    async with build_app(rate_limit_enabled=True, trusted_proxy_hops=1) as app:
        yield app


@pytest.fixture
async def client(guarded: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has its own cookies."""
    async with client_of(guarded) as client:
        yield client


@pytest.fixture
async def other_browser(guarded: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody has signed in."""
    async with client_of(guarded) as client:
        yield client


async def log_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, ip: str = HOME
) -> httpx.Response:
    return await client.post(
        f"{API}/auth/login",
        json={"email": email, "password": password},
        headers={"X-Forwarded-For": ip},
    )


async def lock_out(client: httpx.AsyncClient, email: str, dsn: str) -> None:
    """Guess as if for the hundredth time today."""
    assert (await log_in(client, email, "wrong password", "192.0.2.1")).status_code == 401
    daily = "resets_at > now() + interval '2 hours'"
    await execute(dsn, f"UPDATE auth.throttle SET attempts = 100 WHERE {daily}")


def device_cookies(answer: httpx.Response) -> list[str]:
    cookies = answer.headers.get_list("set-cookie")
    return [cookie for cookie in cookies if cookie.startswith(f"{DEVICE}=")]


async def test_a_device_that_has_signed_in_before_is_not_locked_out(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    await client.post(f"{API}/auth/logout", headers=ada.headers)
    await lock_out(other_browser, ada.email, dsn)

    known, unknown = await log_in(client, ada.email), await log_in(other_browser, ada.email)

    assert (known.status_code, unknown.status_code) == (200, 429)


async def test_a_known_device_is_not_locked_out_by_guesses_from_its_address(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    for _ in range(10):
        await log_in(other_browser, ada.email, "wrong password")

    unknown, known = await log_in(other_browser, ada.email), await log_in(client, ada.email)

    assert (known.status_code, unknown.status_code) == (200, 429)


async def test_a_device_has_ten_guesses_which_count_for_the_account_too(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)

    statuses = [(await log_in(client, ada.email, "wrong")).status_code for _ in range(11)]

    assert statuses == [401] * 10 + [429]
    assert (await log_in(client, ada.email)).status_code == 429
    assert (await log_in(other_browser, ada.email)).status_code == 429
    assert (await log_in(client, ada.email, ip=CAFE)).status_code == 200


async def test_a_device_has_a_hundred_guesses_a_day_from_all_addresses(
    client: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    await lock_out(client, ada.email, dsn)

    refused = await log_in(client, ada.email, ip=CAFE)

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 3600


async def test_a_device_is_known_only_to_the_account_that_used_it(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    eve = await sign_up(other_browser)
    cookie = other_browser.cookies[DEVICE]
    await lock_out(other_browser, ada.email, dsn)

    assert (await log_in(other_browser, ada.email)).status_code == 429
    for forged in (cookie[:-1], f"{cookie}A", cookie.replace(".", ""), "..", "é", "x" * 5000):
        other_browser.cookies.clear()
        header = [(b"cookie", f"{DEVICE}={forged}".encode())]
        body = {"email": ada.email, "password": PASSWORD}
        answer = await other_browser.post(f"{API}/auth/login", json=body, headers=header)
        assert answer.status_code == 429
    assert (await log_in(other_browser, eve.email)).status_code == 200


async def test_the_cookie_is_set_once_and_authenticates_nobody(client: httpx.AsyncClient) -> None:
    body = {"email": "grace@example.com", "password": PASSWORD, "full_name": "Grace Hopper"}
    registered = await client.post(f"{API}/auth/register", json=body)
    [cookie] = device_cookies(registered)
    again = await log_in(client, "grace@example.com")
    refreshed = await client.post(f"{API}/auth/refresh")
    token = client.cookies[DEVICE]
    client.cookies.clear()

    attributes = set(cookie.split("; ")[1:])
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=31536000"} == attributes
    assert registered.headers.get_list("set-cookie")[0].startswith("__Host-refresh_token=")
    assert device_cookies(again) == device_cookies(refreshed) == []
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"{DEVICE}={token}"}):
        assert (await client.get(f"{API}/auth/me", headers=headers)).status_code == 401


async def change(client: httpx.AsyncClient, person: Person, current: str) -> httpx.Response:
    body = {"current_password": current, "new_password": NEW}
    return await client.post(f"{API}/auth/password/change", json=body, headers=person.headers)


async def test_a_signed_in_user_changes_the_password_of_a_locked_account(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    await lock_out(other_browser, ada.email, dsn)

    assert (await change(client, ada, PASSWORD)).status_code == 204


async def test_a_signed_in_user_deletes_a_locked_account(
    client: httpx.AsyncClient, other_browser: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    await lock_out(other_browser, ada.email, dsn)

    answer = await delete(client, ada, PASSWORD)

    assert answer.status_code == 204


async def delete(client: httpx.AsyncClient, person: Person, password: str) -> httpx.Response:
    arguments: dict[str, Any] = {"json": {"password": password}, "headers": person.headers}
    return await client.request("DELETE", f"{API}/users/me", **arguments)


async def test_guesses_within_a_session_lock_that_session_only(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    stolen = await sign_in(client, ada.email)

    answers = [await change(client, stolen, "wrong password") for _ in range(5)]
    answers += [await delete(client, stolen, "wrong password") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert (await change(client, stolen, PASSWORD)).status_code == 429
    assert (await log_in(client, ada.email)).status_code == 200
    assert (await change(client, ada, PASSWORD)).status_code == 204
