"""API keys elsewhere: in rate limits, the audit trail, the owner's mails, the log, the feed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from BE.core.middleware import access_log
from BE.core.redis.rate_limits import RateLimits
from BE.core.server.protocol import StrictProtocol
from config import Settings
from container import Container
from tests.support.application import AppFactory
from tests.support.auth.keys import make_key, revoke
from tests.support.client import Person, client_of, sign_up
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.mailbox import Mailbox, text_of
from tests.support.serving import port_of, serving_running
from tests.support.streams.readers import close_code, open_websocket, reading, receive

TASKS = "/api/v1/tasks"
PER_KEY, PER_USER = 3, 5


@pytest.fixture
async def limited(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    def prepare(container: Container) -> None:
        limits = RateLimits(
            None,
            per_address=100,
            per_user=PER_USER,
            per_api_key=PER_KEY,
            window=timedelta(hours=1),
        )
        container.rate_limits.override(limits)

    async with build_app(prepare, rate_limit_enabled=True) as app, client_of(app) as client:
        yield client


async def statuses(client: httpx.AsyncClient, headers: dict[str, str], times: int) -> list[int]:
    return [(await client.get(TASKS, headers=headers)).status_code for _ in range(times)]


@needs("tasks")
class TestRateLimits:
    async def test_keys_have_limits_apart_from_their_owner(
        self, limited: httpx.AsyncClient
    ) -> None:
        ada = await sign_up(limited)
        one, other = [await make_key(limited, ada) for _ in range(2)]

        assert await statuses(limited, one.headers, 4) == [200] * PER_KEY + [429]
        assert await statuses(limited, other.headers, 3) == [200] * (PER_USER - PER_KEY) + [429]
        assert await statuses(limited, ada.headers, 4) == [200] * (PER_USER - 2) + [429]

    async def test_an_unknown_key_counts_for_its_address(self, limited: httpx.AsyncClient) -> None:
        headers = {"Authorization": "Bearer bnd_unknown"}

        assert set(await statuses(limited, headers, 100)) == {401}
        assert await statuses(limited, headers, 1) == [429]


@needs("tasks")
async def test_the_trail_names_the_key_and_its_owner(
    client: httpx.AsyncClient, ada: Person, root: Person
) -> None:
    key = await make_key(client, ada, "tasks:read", "tasks:write")
    task = await client.post(TASKS, json={"title": "a"}, headers=key.headers)
    await revoke(client, ada, key)

    async def entries(**query: str) -> list[dict[str, Any]]:
        answer = await client.get("/api/v1/audit", params=query, headers=root.headers)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def are_written() -> bool:
        written = await entries(subject_id=ada.id) + await entries(subject_id=task.json()["id"])
        names = {entry["event_name"] for entry in written}
        return {"user.api_key_revoked", "task.created"} <= names

    await eventually(are_written)
    [created] = await entries(event_name="user.api_key_created", subject_id=ada.id)
    [revoked] = await entries(event_name="user.api_key_revoked", subject_id=ada.id)
    [by_key] = await entries(subject_id=task.json()["id"])

    assert (created["actor_id"], created["subject_id"], created["api_key_id"]) == (
        ada.id,
        ada.id,
        None,
    )
    assert created["data"]["api_key_id"] == revoked["data"]["api_key_id"] == key.id
    assert created["data"]["scopes"] == ["tasks:read", "tasks:write"]
    assert (by_key["actor_id"], by_key["api_key_id"]) == (ada.id, key.id)
    state = await client.get("/api/v1/audit/state", headers=root.headers)
    assert state.json()["is_whole"]


@needs("tasks")
async def test_the_owner_gets_a_mail_without_the_key(
    client: httpx.AsyncClient, ada: Person, base_settings: Settings
) -> None:
    inbox = Mailbox(Path(base_settings.mail_dir), ada.email)

    key = await make_key(client, ada, "tasks:read", "users:read")

    while (mail := await inbox.next())["Subject"] != "An API key was made for your account":
        pass
    assert "tasks:read, users:read" in text_of(mail)
    assert "/settings/api-keys" in text_of(mail)
    assert key.text not in mail.as_string()


@needs("tasks")
async def test_the_log_names_the_key_by_its_id(
    client: httpx.AsyncClient, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, logged = await make_key(client, ada), list[dict[str, Any]]()
    fields_of = access_log._fields

    def record(*arguments: Any) -> dict[str, Any]:
        logged.append(fields_of(*arguments))
        return logged[-1]

    monkeypatch.setattr(access_log, "_fields", record)
    await client.get(TASKS, headers=key.headers)

    [fields] = logged
    assert (fields["user_id"], fields["api_key_id"]) == (ada.id, key.id)
    assert key.text not in str(fields)


@asynccontextmanager
async def serving(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with build_app() as app:
        handshakes = app.state.container.handshakes()
        async with serving_running(app, StrictProtocol, handshakes=handshakes) as server:
            base_url = f"http://127.0.0.1:{port_of(server)}"
            async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
                try:
                    yield client
                finally:
                    app.state.container.live_streams().leave()


@needs("tasks")
async def test_the_feed_accepts_a_key_and_closes_when_it_is_revoked(build_app: AppFactory) -> None:
    async with serving(build_app) as client:
        ada = await sign_up(client)
        key = await make_key(client, ada, "tasks:read", "tasks:write")
        async with reading(client, key.headers) as events, open_websocket(client) as socket:
            await socket.send(json.dumps({"token": key.text}))
            assert (await receive(socket)).event == (await events.next()).event == "ready"
            await client.post(TASKS, json={"title": "a"}, headers=key.headers)
            assert (await receive(socket)).event == (await events.next()).event == "task.created"

            await revoke(client, ada, key)

            assert [[*block] for block in await events.rest()] == [["retry"]]
            assert await close_code(socket) == 4401


async def test_a_stream_of_a_key_lasts_beyond_the_life_of_a_token(build_app: AppFactory) -> None:
    async with build_app(jwt_expire_minutes=1 / 60) as app, client_of(app) as client:
        key = await make_key(client, await sign_up(client))
        tokens = app.state.container.bearer_tokens()
        await tokens.verify(key.text)

        lasts = tokens.expires_at(key.text) - app.state.container.access_tokens().expires_at(
            (await sign_up(client)).token
        )
    assert lasts > timedelta(days=89).total_seconds()
