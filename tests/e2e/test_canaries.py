"""Secrets sent to every route appear nowhere: in no log line, error or row."""

import json
import re
import socket
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from tests.support.client import ROUTES
from tests.support.postgres import execute, fresh_database
from tests.support.processes.canaries import Canaries, Visit, altered, found_in_tables
from tests.support.processes.server import PATIENCE
from tests.support.processes.workers import API, running_workers
from tests.support.sentry import FakeSentry, fake_sentry


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    with fake_sentry() as sentry:
        yield sentry


@pytest.mark.parametrize("style", ["console", "json"])
async def test_no_secret_appears_in_logs_errors_or_rows(
    server: str, migrated: str, tmp_path: Path, style: str, sentry: FakeSentry
) -> None:
    async with fresh_database(server, migrated) as dsn:
        settings = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": style, "SENTRY_DSN": sentry.dsn}
        settings["SLOW_STATEMENT_SECONDS"] = "0.000001"
        async with running_workers(tmp_path, dsn, count=1, **settings) as (worker,):
            visit = Visit(worker)
            email, password = await use_everything(visit)
            await call_every_route(visit, email, password)
            assert max(visit.statuses) < 500
            send_invalid_http(worker.server.port, visit.canaries.new())
            await use_with_a_broken_database(visit, dsn, email, password)
            assert {500, 503} <= visit.statuses
            worker.server.stop()
            logged = worker.server.output
        stored = [table async for table in found_in_tables(dsn, visit.canaries)]

    assert logged.count("unexpected_error") >= 2
    assert logged.count("slow_statement") >= 100
    assert len(sentry.reports) >= 2
    assert visit.canaries.in_text("".join(sentry.envelopes)) == set()
    assert visit.canaries.in_text(logged) == set()
    assert visit.leaks == {}
    assert stored == []


async def use_everything(visit: Visit) -> tuple[str, str]:
    """Use secrets correctly and incorrectly."""
    new = visit.canaries.new
    email, password, next_password = f"{uuid4().hex}@example.com", new(), new()
    body = {"email": email, "password": password, "full_name": "Grace Hopper"}
    await visit.post("/auth/register", body | {"password": new()[:11]})
    await visit.post("/auth/register", body | {"password": "grace" + new()})
    await visit.post("/auth/register", body | {"password": new() * 10})
    await visit.post("/auth/register", body | {"password": new() + "\x00"})
    first = visit.signed_in(await visit.post("/auth/register", body))
    await visit.post("/auth/register", body | {"password": new()})
    for who in (email, "nobody@example.com", "no email"):
        await visit.post("/auth/login", {"email": who, "password": new()})
        for grant in ("password", "refresh_token", "unknown"):
            form = {"grant_type": grant, "username": who} | visit.canaries.fields()
            await visit.call("POST", f"{API}/auth/token", data=form)
    granted = await visit.call(
        "POST",
        f"{API}/auth/token",
        data={"grant_type": "password", "username": email, "password": password},
    )
    for name in ("access_token", "refresh_token"):
        visit.canaries.watch(granted.json()[name])

    change = {"current_password": password, "new_password": next_password}
    wrong = [
        change | {"current_password": new()},
        change | {"new_password": new()[:11]},
        change | {"new_password": "hopper" + new()},
    ]
    answers = [await visit.post("/auth/password/change", guess, headers=first) for guess in wrong]
    assert [answer.status_code for answer in answers] == [401, 422, 422]
    assert (await visit.post("/auth/password/change", change, headers=first)).is_success

    second = await visit.sign_in(email, next_password)
    visit.signed_in(await visit.call("POST", f"{API}/auth/refresh", headers=second))
    visit.signed_in(await visit.call("POST", f"{API}/auth/refresh", headers=second))
    assert (await change_profile(visit, second)).is_success
    for path in ("/auth/me", "/auth/sessions", "/users/me"):
        assert (await visit.call("GET", f"{API}{path}", headers=second)).is_success
    assert (await visit.post("/auth/logout", None, headers=second)).is_success
    assert (await visit.call("GET", f"{API}/auth/me", headers=second)).status_code == 401
    return email, next_password


async def call_every_route(visit: Visit, email: str, password: str) -> None:
    """Call every route, including those added later, with secrets in every place."""
    for route, signed_in in product(ROUTES, (False, True)):
        credentials = {
            "Authorization": f"Bearer {visit.canaries.new()}",
            "Cookie": f"refresh_token={visit.canaries.new()}",
        }
        if signed_in:
            credentials = await visit.sign_in(email, password)
        for method, (kind, content) in product(route.methods or (), bodies(visit.canaries)):
            path = re.sub(r"\{.*?\}", visit.canaries.new(), route.path)
            query = urlencode(visit.canaries.fields())
            headers = credentials | {"Content-Type": kind}
            await visit.call(method, f"{path}?{query}", headers=headers, content=content)
    for authorization in (f"Basic {visit.canaries.new()}", visit.canaries.new()):
        await visit.call("GET", f"{API}/auth/me", headers={"Authorization": authorization})
    await visit.call("GET", f"/{visit.canaries.new()}")


def bodies(canaries: Canaries) -> Iterator[tuple[str, str]]:
    """Yield bodies with secrets, each with its content type."""
    secrets = canaries.fields()
    yield "application/json", json.dumps(secrets | {canaries.new(): canaries.new()})
    yield "application/json", json.dumps(list(secrets.values()))
    yield "application/json", json.dumps(secrets)[:-1]
    form = {"grant_type": "password"} | secrets
    yield "application/x-www-form-urlencoded", urlencode(form)


def send_invalid_http(port: int, canary: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET /{canary} HTTP/{canary}\r\n{canary}\r\n\r\n".encode())
        assert canary.encode() not in connection.recv(4096)


async def use_with_a_broken_database(visit: Visit, dsn: str, email: str, password: str) -> None:
    headers = await visit.sign_in(email, password)
    async with altered(dsn, "auth.account RENAME password_hash TO broken"):
        await try_to_sign_in(visit, email, password, headers)
    async with altered(dsn, "auth.account RENAME TO broken"):
        await try_to_sign_in(visit, email, password, headers)
    async with altered(dsn, "users.profile RENAME full_name TO broken"):
        await change_profile(visit, headers)
    await execute(dsn, "ALTER TABLE auth.session ADD CONSTRAINT broken CHECK (false) NOT VALID")
    await try_to_sign_in(visit, email, password, headers)


async def change_profile(visit: Visit, headers: dict[str, str]) -> httpx.Response:
    return await visit.call(
        "PATCH", f"{API}/users/me", json={"full_name": "Grace"}, headers=headers
    )


async def try_to_sign_in(visit: Visit, email: str, password: str, headers: dict[str, str]) -> None:
    body = {"email": email, "password": password}
    for attempt in (body, body | {"password": visit.canaries.new()}):
        await visit.post("/auth/login", attempt)
    registration = {"email": f"{uuid4().hex}@example.com", "password": visit.canaries.new()}
    await visit.post("/auth/register", registration | {"full_name": "Grace Hopper"})
    form = {"grant_type": "password", "username": email, "password": password}
    await visit.call("POST", f"{API}/auth/token", data=form)
    change = {"current_password": password, "new_password": visit.canaries.new()}
    await visit.post("/auth/password/change", change, headers=headers)
    await visit.call("POST", f"{API}/auth/refresh", headers=headers)
    await visit.call("GET", f"{API}/auth/me", headers=headers)
