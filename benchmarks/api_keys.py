"""Compares an API key with an access token: ``python -m benchmarks.api_keys``.

Both are measured in one process by its processor time, in turns, so that other load on the machine
does not change the ratio: the check (token and session), the same with the rate limits, of which a
key has two, and a page of tasks from the middleware to the statement, without a socket.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from BE.core.redis.rate_limits import RateLimits
from BE.core.security.sessions import require_live
from config import load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.auth.keys import make_key
from tests.support.client import client_of, running, sign_up
from tests.support.postgres import fresh_database, postgres_server

ROUNDS = 60
CHECKS, REQUESTS = 2000, 40
ENOUGH = 10**9

type Act = Callable[[str], Awaitable[None]]


async def main() -> None:
    async with application() as app, client_of(app) as client:
        ada = await sign_up(client)
        key = await make_key(client, ada)
        for name, act, times in (
            ("check", checking(app), CHECKS),
            ("check and rate limits", limiting(app), CHECKS),
            ("page of tasks", requesting(app), REQUESTS),
        ):
            report(name, await measure_in_turn(act, ada.token, key.text, times=times))


@asynccontextmanager
async def application() -> AsyncIterator[FastAPI]:
    with (
        TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory) / "postgres") as server,
    ):
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate()
            settings = load_settings(
                _env_file=None,
                environment="test",
                database_url=dsn,
                log_level="WARNING",
                data_dir=Path(directory),
                jwt_secret="a" * 32,
            )
            container = Container(settings)
            limits = RateLimits(None, per_address=ENOUGH, per_user=ENOUGH, per_api_key=ENOUGH)
            container.rate_limits.override(limits)
            async with running(create_app(container)) as app:
                yield app


def checking(app: FastAPI) -> Act:
    container: Container = app.state.container
    tokens, sessions = container.bearer_tokens(), container.revocations()

    async def check(token: str) -> None:
        await require_live(sessions, await tokens.verify(token))

    return check


def limiting(app: FastAPI) -> Act:
    container: Container = app.state.container
    tokens, sessions = container.bearer_tokens(), container.revocations()
    limits = container.rate_limits()

    async def check(token: str) -> None:
        principal = await tokens.verify(token)
        if principal.is_api_key:
            await limits.draw_for_api_key(principal.session_id, principal.user_id)
        else:
            await limits.draw_for_user(principal.user_id)
        await require_live(sessions, principal)

    return check


def requesting(app: FastAPI) -> Act:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200, message

    async def request(token: str) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/v1/tasks",
            "raw_path": b"/api/v1/tasks",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"test"), (b"authorization", f"Bearer {token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
            "state": {},
        }
        await app(scope, receive, send)

    return request


async def measure_in_turn(act: Act, *tokens: str, times: int) -> list[list[float]]:
    """Return the processor seconds of each round, for each token."""
    rounds: list[list[float]] = [[] for _ in tokens]
    for _ in range(ROUNDS):
        for token, seconds in zip(tokens, rounds, strict=True):
            await act(token)
            await asyncio.sleep(0.01)  # lets other processes run
            began = time.process_time()
            for _ in range(times):
                await act(token)
            seconds.append((time.process_time() - began) / times)
    return rounds


def report(name: str, rounds: list[list[float]]) -> None:
    by_token, by_key = (statistics.median(seconds) * 1e6 for seconds in rounds)
    ratio = statistics.median(key / token for token, key in zip(*rounds, strict=True))
    print(f"{name}: access token {by_token:.1f} µs, API key {by_key:.1f} µs, {ratio:.2f} ×")


if __name__ == "__main__":
    asyncio.run(main())
