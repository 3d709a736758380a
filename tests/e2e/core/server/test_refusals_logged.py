"""The log identifies refused sign-ins by address and account, but never by the email."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.postgres import fresh_database
from tests.support.processes.server import manage
from tests.support.processes.workers import (
    API,
    PASSWORD,
    SECRET,
    Worker,
    cookie_of,
    running_workers,
)

ATTACKER = "203.0.113.9"
CLAIMED = {"X-Forwarded-For": ATTACKER}


async def test_each_refusal_is_logged(server: str, migrated: str, tmp_path: Path) -> None:
    settings = {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "RATE_LIMIT_ENABLED": True}
    async with (
        fresh_database(server, migrated) as dsn,
        running_workers(tmp_path, dsn, 1, TRUSTED_PROXY_HOPS=1, **settings) as (worker,),
    ):
        visitor = await worker.register()
        unknown = f"{uuid4().hex}@example.com"
        await send_refused_requests(worker, visitor.headers, visitor.cookie, visitor.email, unknown)
        worker.server.stop()
        logged = worker.server.output

    known, other = digest_of(visitor.email), digest_of(unknown)
    assert refusals(logged) == [
        ("login", 401, "INVALID_CREDENTIALS", known),
        ("login", 401, "INVALID_CREDENTIALS", other),
        ("token", 400, "INVALID_CREDENTIALS", known),
        ("token", 400, "INVALID_REFRESH_TOKEN", None),
        ("password/change", 401, "INVALID_CREDENTIALS", known),
        ("password/reset", 401, "UNAUTHORIZED", None),
        ("me", 401, "UNAUTHORIZED", None),
        ("refresh", 401, "REFRESH_TOKEN_REUSED", known),
        *[("login", 401, "INVALID_CREDENTIALS", known)] * 8,
        ("login", 429, "RATE_LIMITED", known),
    ]
    assert visitor.email not in logged
    assert unknown not in logged


async def send_refused_requests(
    worker: Worker, signed_in: dict[str, str], cookie: str, email: str, unknown: str
) -> None:
    async def post(path: str, headers: dict[str, str] | None = None, **options: Any) -> None:
        headers = CLAIMED | (headers or {})
        await worker.client.post(f"{API}/auth/{path}", headers=headers, **options)

    wrong = {"password": "wrong password"}
    await post("login", json={"email": email} | wrong)
    await post("login", json={"email": unknown} | wrong)
    await post("token", data={"grant_type": "password", "username": email} | wrong)
    await post("token", data={"grant_type": "refresh_token", "refresh_token": "garbage"})
    change = {"current_password": "wrong password", "new_password": PASSWORD}
    await post("password/change", signed_in, json=change)
    await post("password/reset", json={"token": "A" * 43, "new_password": PASSWORD})
    await worker.client.get(f"{API}/auth/me", headers=CLAIMED)
    await worker.refresh(cookie_of(await worker.refresh(cookie)))
    await post("refresh", {"Cookie": f"refresh_token={cookie}"})
    for _ in range(9):
        await post("login", json={"email": email} | wrong)


def digest_of(email: str) -> str:
    """The digest of an email, as an operator gets it."""
    printed = manage("log-digest", email.upper(), JWT_SECRET=SECRET)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout.strip()


def refusals(logged: str) -> list[tuple[str, int, str, str | None]]:
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line.get("client_ip") == ATTACKER]
    return [
        (
            line["route"].removeprefix(f"{API}/auth/"),
            line["status"],
            line["code"],
            line.get("email_digest"),
        )
        for line in requests
    ]
