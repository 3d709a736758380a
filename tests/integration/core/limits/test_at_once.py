"""The limit of concurrent requests of one caller."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.client import client_of, user_without_account
from tests.support.specimen.api import SPECIMENS

VERIFY = "/api/v1/auth/email/verify"
AT_ONCE = 3


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    options = {"rate_limit_enabled": True, "trusted_proxy_hops": 1}
    async with build_app(max_requests_at_once_per_caller=AT_ONCE, **options) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


class UnfinishedRequests:
    """Requests whose bodies have not arrived."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._tasks: list[asyncio.Task[None]] = []
        self.body_arrives = asyncio.Event()
        self.statuses: list[int] = []

    async def start(self, path: str, headers: dict[str, str]) -> None:
        """Start a request, and wait until its body is read or it is answered."""
        is_pending = asyncio.Event()

        async def receive() -> dict[str, Any]:
            is_pending.set()
            await self.body_arrives.wait()
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Any) -> None:
            if "status" in message:
                self.statuses.append(message["status"])
                is_pending.set()

        sent = {"content-type": "application/json"} | headers
        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "https",
            "path": path,
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.9", 1),
            "server": ("service.test", 443),
        }
        self._tasks.append(asyncio.create_task(self._app(scope, receive, send)))
        await is_pending.wait()

    async def finish(self) -> None:
        self.body_arrives.set()
        await asyncio.gather(*self._tasks)


@pytest.fixture
async def unfinished(app: FastAPI) -> AsyncIterator[UnfinishedRequests]:
    unfinished = UnfinishedRequests(app)
    yield unfinished
    await unfinished.finish()


async def test_a_user_has_a_limit(
    app: FastAPI, client: httpx.AsyncClient, unfinished: UnfinishedRequests
) -> None:
    ada, bob = user_without_account(app), user_without_account(app)
    for number in range(AT_ONCE):
        await unfinished.start(SPECIMENS, ada.headers | {"X-Forwarded-For": f"192.0.2.{number}"})

    refused = await client.get(SPECIMENS, headers=ada.headers)
    other = await client.get(SPECIMENS, headers=bob.headers)
    anonymous = await client.get(SPECIMENS)
    await unfinished.finish()
    later = await client.get(SPECIMENS, headers=ada.headers)

    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert refused.json()["error"].startswith("Too many of your requests are running")
    assert int(refused.headers["retry-after"]) >= 1
    assert (other.status_code, anonymous.status_code, later.status_code) == (200, 401, 200)
    assert unfinished.statuses == [422] * AT_ONCE


async def test_an_address_has_a_limit_without_a_token(
    app: FastAPI, client: httpx.AsyncClient, unfinished: UnfinishedRequests
) -> None:
    here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    for _ in range(AT_ONCE):
        await unfinished.start(VERIFY, here)

    refused = await client.get(SPECIMENS, headers=here)
    wrong_token = await client.get(SPECIMENS, headers=here | {"Authorization": "Bearer a.b.c"})
    user = await client.get(SPECIMENS, headers=here | user_without_account(app).headers)
    other = await client.get(SPECIMENS, headers=there)
    probe = await client.get("/health/ready", headers=here)
    await unfinished.finish()
    later = await client.get(SPECIMENS, headers=here)

    assert (refused.status_code, wrong_token.status_code) == (429, 429)
    assert (user.status_code, other.status_code, later.status_code) == (200, 401, 401)
    assert probe.status_code == 200


async def test_fifty_concurrent_requests_are_allowed(build_app: AppFactory) -> None:
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        headers = user_without_account(app).headers
        answers = await asyncio.gather(*(client.get(SPECIMENS, headers=headers) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}


async def test_requests_are_not_limited_when_limits_are_off(build_app: AppFactory) -> None:
    options = {"rate_limit_enabled": False, "max_requests_at_once_per_caller": 1}
    async with build_app(**options) as app:
        unfinished, headers = UnfinishedRequests(app), user_without_account(app).headers
        await unfinished.start(SPECIMENS, headers)
        await unfinished.start(SPECIMENS, headers)
        await unfinished.finish()

    assert unfinished.statuses == [422, 422]
