"""Server processes on one PostgreSQL, as behind a load balancer; tests address each separately."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.support.processes.server import CLOSING, PATIENCE, ForkedServer, Server

API = "/api/v1"
SERVE = (sys.executable, "manage.py", "serve")
ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))
SECRET = "a secret that all the processes share"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Visitor:
    """A signed-in user, with the tokens that a browser would hold."""

    email: str
    access_token: str
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


class Worker:
    """One process, and a client that stores no cookies."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def register(self) -> Visitor:
        email = f"{uuid4().hex}@example.com"
        body = {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}
        return _visitor(email, await self.client.post(f"{API}/auth/register", json=body))

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return await self.client.post(
            f"{API}/auth/login", json={"email": email, "password": password}
        )

    async def sign_in(self, email: str) -> Visitor:
        return _visitor(email, await self.log_in(email))

    async def refresh(self, cookie: str, user_agent: str = "browser") -> httpx.Response:
        headers = {"Cookie": f"refresh_token={cookie}", "User-Agent": user_agent}
        return await self.client.post(f"{API}/auth/refresh", headers=headers)

    async def log_out(self, visitor: Visitor) -> None:
        answer = await self.client.post(f"{API}/auth/logout", headers=visitor.headers)
        assert answer.status_code == 204, answer.text

    async def admits(self, visitor: Visitor) -> bool:
        """Whether the access token still works."""
        answer = await self.client.get(f"{API}/auth/me", headers=visitor.headers)
        assert answer.status_code in {200, 401}, answer.text
        return answer.status_code == 200


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0].partition("=")[2]


def _visitor(email: str, answer: httpx.Response) -> Visitor:
    assert answer.is_success, answer.text
    return Visitor(email, answer.json()["access_token"], cookie_of(answer))


def running_workers(
    directory: Path, dsn: str, count: int = 2, **settings: Any
) -> AbstractAsyncContextManager[list[Worker]]:
    """Start ``count`` processes on the database and end them."""
    return _running(ForkedServer, directory, dsn, count, settings)


def measured_workers(
    directory: Path, dsn: str, count: int, **settings: Any
) -> AbstractAsyncContextManager[list[Worker]]:
    """As :func:`running_workers`, but not forked: forked processes share memory."""
    return _running(partial(Server, command=SERVE), directory, dsn, count, settings)


@asynccontextmanager
async def _running(
    start: Callable[..., Server], directory: Path, dsn: str, count: int, settings: dict[str, Any]
) -> AsyncIterator[list[Worker]]:
    defaults = {
        "DATABASE_URL": dsn,
        "JWT_SECRET": SECRET,
        "RATE_LIMIT_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "DB_POOL_TIMEOUT": 20,
    }
    async with AsyncExitStack() as stack:
        servers: list[Server] = []
        for _ in range(count):
            servers.append(start(directory / "data", **defaults | settings))
            stack.callback(servers[-1].clean_up)
        workers = []
        for server in servers:
            server.wait_until()
            client = httpx.AsyncClient(
                base_url=server.client.base_url,
                limits=CLOSING,
                timeout=PATIENCE,
                cookies=_NoCookies(),
            )
            workers.append(Worker(server, await stack.enter_async_context(client)))
        yield workers


class _NoCookies(httpx.Cookies):
    """Stores nothing: the caller names the cookies to send."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass
