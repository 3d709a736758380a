"""How many requests of one caller run at the same time."""

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


class Sending:
    """Requests whose bodies are on their way."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._tasks: list[asyncio.Task[None]] = []
        self.go = asyncio.Event()
        self.statuses: list[int] = []

    async def start(self, path: str, headers: dict[str, str]) -> None:
        """Begin one, and wait until its body is asked for or it is answered."""
        asked = asyncio.Event()

        async def receive() -> dict[str, Any]:
            asked.set()
            await self.go.wait()
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Any) -> None:
            if "status" in message:
                self.statuses.append(message["status"])
                asked.set()

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
        await asked.wait()

    async def finish(self) -> None:
        self.go.set()
        await asyncio.gather(*self._tasks)


@pytest.fixture
async def sending(app: FastAPI) -> AsyncIterator[Sending]:
    sending = Sending(app)
    yield sending
    await sending.finish()


async def test_a_user_has_so_many(
    app: FastAPI, client: httpx.AsyncClient, sending: Sending
) -> None:
    ada, bob = user_without_account(app), user_without_account(app)
    for number in range(AT_ONCE):
        await sending.start(SPECIMENS, ada.headers | {"X-Forwarded-For": f"192.0.2.{number}"})

    refused = await client.get(SPECIMENS, headers=ada.headers)
    other = await client.get(SPECIMENS, headers=bob.headers)
    nobody = await client.get(SPECIMENS)
    await sending.finish()
    later = await client.get(SPECIMENS, headers=ada.headers)

    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert refused.json()["error"].startswith("Too many of your requests are running")
    assert int(refused.headers["retry-after"]) >= 1
    assert (other.status_code, nobody.status_code, later.status_code) == (200, 401, 200)
    assert sending.statuses == [422] * AT_ONCE


async def test_an_address_has_so_many_without_a_token(
    app: FastAPI, client: httpx.AsyncClient, sending: Sending
) -> None:
    here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    for _ in range(AT_ONCE):
        await sending.start(VERIFY, here)

    refused = await client.get(SPECIMENS, headers=here)
    wrong_token = await client.get(SPECIMENS, headers=here | {"Authorization": "Bearer a.b.c"})
    user = await client.get(SPECIMENS, headers=here | user_without_account(app).headers)
    other = await client.get(SPECIMENS, headers=there)
    probe = await client.get("/health/ready", headers=here)
    await sending.finish()
    later = await client.get(SPECIMENS, headers=here)

    assert (refused.status_code, wrong_token.status_code) == (429, 429)
    assert (user.status_code, other.status_code, later.status_code) == (200, 401, 401)
    assert probe.status_code == 200


async def test_fifty_at_once_are_usual(build_app: AppFactory) -> None:
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        headers = user_without_account(app).headers
        answers = await asyncio.gather(*(client.get(SPECIMENS, headers=headers) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}


async def test_they_are_not_counted_where_limits_are_off(build_app: AppFactory) -> None:
    options = {"rate_limit_enabled": False, "max_requests_at_once_per_caller": 1}
    async with build_app(**options) as app:
        sending, headers = Sending(app), user_without_account(app).headers
        await sending.start(SPECIMENS, headers)
        await sending.start(SPECIMENS, headers)
        await sending.finish()

    assert sending.statuses == [422, 422]
