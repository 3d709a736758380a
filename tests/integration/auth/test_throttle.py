"""Limits on attempts: counted in PostgreSQL, so by all processes together."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from BE.core.database.connections import connect
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.postgres import execute

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
async def client(build_app: AppFactory, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    await execute(dsn, "DELETE FROM auth.throttle")
    async with (
        build_app(rate_limit_enabled=True, trusted_proxy_hops=1) as app,
        client_of(app) as client,
    ):
        yield client


async def log_in(
    client: httpx.AsyncClient, email: str, password: str = "wrong password", ip: str = HERE
) -> httpx.Response:
    return await client.post(
        "/api/v1/auth/login",
        json={"email": email, "password": password},
        headers={"X-Forwarded-For": ip},
    )


async def fail(client: httpx.AsyncClient, email: str, times: int, ip: str = HERE) -> list[int]:
    return [(await log_in(client, email, ip=ip)).status_code for _ in range(times)]


async def test_after_ten_failures_even_the_right_password_is_refused(
    client: httpx.AsyncClient,
) -> None:
    ada = await sign_up(client)

    statuses = await fail(client, ada.email, 11)
    right = await log_in(client, ada.email, PASSWORD)

    assert statuses == [401] * 10 + [429]
    assert right.status_code == 429
    assert right.json()["code"] == "RATE_LIMITED"
    assert 800 < int(right.headers["retry-after"]) <= 900


async def test_the_owner_can_still_sign_in_from_elsewhere(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    await fail(client, ada.email, 120)

    assert (await log_in(client, ada.email, PASSWORD, ip=ELSEWHERE)).status_code == 200


async def test_an_unknown_email_is_throttled_like_a_known_one(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    unknown = f"{uuid4().hex}@example.com"

    await fail(client, ada.email, 10)
    await fail(client, unknown, 10)
    one, other = await log_in(client, ada.email), await log_in(client, unknown)

    assert one.status_code == other.status_code == 429
    assert one.json() | {"request_id": ""} == other.json() | {"request_id": ""}


async def test_an_email_in_another_case_is_the_same_account(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    await fail(client, ada.email, 10)

    assert (await log_in(client, ada.email.upper())).status_code == 429


async def test_a_success_clears_the_failures(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    await fail(client, ada.email, 9)

    success = await log_in(client, ada.email, PASSWORD)

    assert success.status_code == 200
    assert await fail(client, ada.email, 10) == [401] * 10


async def test_successes_are_not_counted(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)

    statuses = {(await log_in(client, ada.email, PASSWORD)).status_code for _ in range(105)}

    assert statuses == {200}


async def test_an_address_has_a_hundred_failures_an_hour(client: httpx.AsyncClient) -> None:
    for number in range(10):
        await fail(client, f"{number}-{uuid4().hex}@example.com", 10)

    here = await log_in(client, "new@example.com")
    there = await log_in(client, "new@example.com", ip=ELSEWHERE)

    assert here.status_code == 429
    assert there.status_code == 401


async def test_an_account_has_a_hundred_failures_a_day(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    for number in range(10):
        await fail(client, ada.email, 10, ip=f"192.0.2.{number}")

    answer = await log_in(client, ada.email, PASSWORD, ip=ELSEWHERE)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 3600


async def test_an_ipv6_network_counts_as_one_address(client: httpx.AsyncClient) -> None:
    email = f"{uuid4().hex}@example.com"
    for number in range(10):
        await fail(client, email, 1, ip=f"2001:db8::{number}")

    assert await fail(client, email, 1, ip="2001:db8::ffff") == [429]
    assert await fail(client, email, 1, ip="2001:db8:0:1::1") == [401]


async def test_concurrent_guesses_do_not_exceed_the_limit(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)

    answers = await asyncio.gather(*(log_in(client, ada.email) for _ in range(20)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) <= 10
    assert set(statuses) == {401, 429}


async def counts(dsn: str) -> list[tuple[object, ...]]:
    """Every count, and the transaction that wrote it last."""
    connection = await connect(dsn)
    rows = await connection.fetch("SELECT xmin::text, * FROM auth.throttle ORDER BY key")
    await connection.close()
    return [tuple(row) for row in rows]


async def test_a_refused_attempt_writes_nothing(client: httpx.AsyncClient, dsn: str) -> None:
    ada = await sign_up(client)
    await fail(client, ada.email, 10)
    for number in range(9):
        await fail(client, f"{number}-{uuid4().hex}@example.com", 10)
    before = await counts(dsn)

    unknown = [log_in(client, f"{uuid4().hex}@example.com") for _ in range(20)]
    answers = await asyncio.gather(*unknown, *(log_in(client, ada.email) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {429}
    assert await counts(dsn) == before


async def test_no_row_has_a_count_of_zero(client: httpx.AsyncClient, dsn: str) -> None:
    ada = await sign_up(client)

    await asyncio.gather(*(log_in(client, ada.email, PASSWORD) for _ in range(12)))
    await asyncio.gather(*(log_in(client, ada.email) for _ in range(20)))

    assert 0 not in [attempts for _, _, attempts, _ in await counts(dsn)]


async def test_the_next_write_clears_expired_windows(client: httpx.AsyncClient, dsn: str) -> None:
    await fail(client, "nobody@example.com", 1)
    await execute(dsn, "UPDATE auth.throttle SET resets_at = now() - interval '1 second'")

    await fail(client, "another@example.com", 1, ip=ELSEWHERE)

    assert len(await counts(dsn)) == 3


async def test_an_unknown_refresh_token_counts_as_a_failure_of_the_address(
    client: httpx.AsyncClient,
) -> None:
    ada = await sign_up(client)
    good = client.cookies["__Host-refresh_token"]
    client.cookies.clear()
    by_cookie = [await refresh(client, f"garbage{number}") for number in range(50)]
    form = {"grant_type": "refresh_token", "refresh_token": good[:-8] + "AAAAAAAA"}
    headers = {"X-Forwarded-For": HERE}
    by_form = [
        await client.post("/api/v1/auth/token", data=form, headers=headers) for _ in range(51)
    ]

    assert [answer.status_code for answer in by_cookie] == [401] * 50
    assert [answer.status_code for answer in by_form] == [400] * 50 + [429]
    assert (await log_in(client, ada.email, PASSWORD)).status_code == 429
    assert (await refresh(client, "garbage", ip=ELSEWHERE)).status_code == 401
    assert (await refresh(client, good)).status_code == 200


async def test_a_missing_cookie_and_an_ended_session_are_not_counted(
    client: httpx.AsyncClient, dsn: str
) -> None:
    ada = await sign_up(client)
    ended = client.cookies["__Host-refresh_token"]
    await client.post("/api/v1/auth/logout", headers=ada.headers)
    client.cookies.clear()
    before = await counts(dsn)

    statuses = {(await refresh(client, token)).status_code for token in ("", ended)}

    assert statuses == {401}
    assert await counts(dsn) == before


async def refresh(client: httpx.AsyncClient, token: str, ip: str = HERE) -> httpx.Response:
    headers = {"X-Forwarded-For": ip}
    if token:
        headers["Cookie"] = f"__Host-refresh_token={token}"
    return await client.post("/api/v1/auth/refresh", headers=headers)


async def test_concurrent_attempts_do_not_deadlock(client: httpx.AsyncClient) -> None:
    people = [await sign_up(client) for _ in range(4)]

    answers = await asyncio.gather(
        *(
            log_in(client, person.email, password)
            for person in people
            for password in (PASSWORD, "wrong password")
            for _ in range(3)
        )
    )

    assert {answer.status_code for answer in answers} == {200, 401}


async def test_an_address_may_register_twenty_accounts_in_an_hour(
    client: httpx.AsyncClient,
) -> None:
    people: list[Person] = [await sign_up(client) for _ in range(20)]
    body = {"email": "late@example.com", "password": PASSWORD, "full_name": "Late"}

    refused = await client.post("/api/v1/auth/register", json=body)
    elsewhere = await client.post(
        "/api/v1/auth/register", json=body, headers={"X-Forwarded-For": ELSEWHERE}
    )

    assert len(people) == 20
    assert refused.status_code == 429
    assert elsewhere.status_code == 201


async def test_the_limits_can_be_turned_off(build_app: AppFactory) -> None:
    async with build_app() as app, client_of(app) as client:
        assert set(await fail(client, "nobody@example.com", 12)) == {401}
