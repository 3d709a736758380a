"""The reports for operators: health, and dead deliveries."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events.relay import Relay
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, admin_of, client_of, sign_up
from tests.support.events import AT_ONCE, eventually
from tests.support.project import released_version

DEAD = "/api/v1/events/dead"


@dataclass
class BrokenSubscriber:
    """A subscriber that fails until it is repaired."""

    is_repaired: bool = False
    received: list[PasswordChanged] = field(default_factory=list)

    async def on_password_changed(self, event: PasswordChanged) -> None:
        if not self.is_repaired:
            raise ValueError("out of order")
        self.received.append(event)


@pytest.fixture
def broken() -> BrokenSubscriber:
    return BrokenSubscriber()


@pytest.fixture
async def failing_app(
    build_app: AppFactory, dsn: str, broken: BrokenSubscriber
) -> AsyncIterator[FastAPI]:
    def prepare(container: Container) -> None:
        container.events().subscribe(
            PasswordChanged, broken.on_password_changed, name="test.on_password_changed"
        )
        container.relay.override(
            Relay(
                container.database(),
                container.outbox(),
                container.deliveries(),
                container.events(),
                connections=1,
                poll=0.05,
                retries=AT_ONCE,
            )
        )

    async with build_app(prepare) as app:
        await app.state.container.database().execute("DELETE FROM events.event")
        yield app
        await app.state.container.database().execute("DELETE FROM events.event")


async def publish(app: FastAPI, *, times: int = 1) -> None:
    container = app.state.container
    async with container.database().transaction():
        for _ in range(times):
            await container.events().publish(PasswordChanged(user_id=new_id(), by_link=False))


async def wait_until_settled(app: FastAPI) -> None:
    async def is_settled() -> bool:
        return bool((await app.state.container.deliveries().backlog()).pending == 0)

    await eventually(is_settled)


class TestDeadDeliveries:
    async def test_are_listed_newest_first_in_pages(self, failing_app: FastAPI) -> None:
        async with client_of(failing_app) as client:
            admin = await admin_of(failing_app, client)
            await publish(failing_app, times=3)
            await wait_until_settled(failing_app)

            first = await client.get(DEAD, params={"limit": 2}, headers=admin.headers)
            cursor = first.json()["next_cursor"]
            second = await client.get(
                DEAD, params={"limit": 2, "cursor": cursor}, headers=admin.headers
            )
            malformed = await client.get(
                DEAD, params={"cursor": cursor[:-2]}, headers=admin.headers
            )

        items = first.json()["items"] + second.json()["items"]
        assert [len(page.json()["items"]) for page in (first, second)] == [2, 1]
        assert [item["id"] for item in items] == sorted(
            (item["id"] for item in items), reverse=True
        )
        assert second.json()["next_cursor"] is None
        assert {item["event_name"] for item in items} == {"user.password_changed"}
        assert {item["handler"] for item in items} == {"test.on_password_changed"}
        assert {item["last_error"] for item in items} == {"ValueError: out of order"}
        assert {item["attempts"] for item in items} == {3}
        assert malformed.status_code == 422

    async def test_a_dead_delivery_can_be_retried(
        self, failing_app: FastAPI, broken: BrokenSubscriber
    ) -> None:
        async with client_of(failing_app) as client:
            admin = await admin_of(failing_app, client)
            await publish(failing_app)
            await wait_until_settled(failing_app)
            (dead,) = (await client.get(DEAD, headers=admin.headers)).json()["items"]
            path = f"/api/v1/events/{dead['id']}/retry"
            broken.is_repaired = True

            retried = await client.post(path, headers=admin.headers)
            await wait_until_settled(failing_app)
            left = await client.get(DEAD, headers=admin.headers)
            again = await client.post(path, headers=admin.headers)

        assert retried.status_code == 204
        assert len(broken.received) == 1
        assert left.json()["items"] == []
        assert again.status_code == 409

    async def test_a_dead_delivery_can_be_read(self, failing_app: FastAPI) -> None:
        async with client_of(failing_app) as client:
            admin = await admin_of(failing_app, client)
            change = {"current_password": PASSWORD, "new_password": "another horse battery staple"}
            ada = await sign_up(client)
            headers = ada.headers | {"X-Request-ID": uuid4().hex}
            await client.post("/api/v1/auth/password/change", json=change, headers=headers)
            await wait_until_settled(failing_app)
            (dead,) = (await client.get(DEAD, headers=admin.headers)).json()["items"]

            found = await client.get(f"/api/v1/events/{dead['id']}", headers=admin.headers)

        assert found.json() == dead | {
            "payload": {"user_id": ada.id, "by_link": False},
            "actor_id": ada.id,
            "api_key_id": None,
            "request_id": headers["X-Request-ID"],
            "client_ip": "127.0.0.1",
        }

    @pytest.mark.parametrize(("delivery_id", "status"), [(2**62, 404), (0, 422), ("x", 422)])
    async def test_an_unknown_delivery_is_not_found(
        self, app: FastAPI, client: httpx.AsyncClient, delivery_id: Any, status: int
    ) -> None:
        admin = await admin_of(app, client)
        path = f"/api/v1/events/{delivery_id}"

        found = await client.get(path, headers=admin.headers)
        retried = await client.post(f"{path}/retry", headers=admin.headers)

        assert found.status_code == retried.status_code == status

    async def test_are_for_admins(self, client: httpx.AsyncClient, ada: Person) -> None:
        answers = [
            await client.get(DEAD, headers=ada.headers),
            await client.get("/api/v1/events/1", headers=ada.headers),
            await client.post("/api/v1/events/1/retry", headers=ada.headers),
            await client.get(DEAD),
            await client.get("/api/v1/events/1"),
            await client.post("/api/v1/events/1/retry"),
        ]

        assert [answer.status_code for answer in answers] == [403] * 3 + [401] * 3
        assert answers[0].json()["code"] == "FORBIDDEN"


class TestHealth:
    async def test_reports_every_part(self, build_app: AppFactory, dsn: str) -> None:
        async with build_app() as app, client_of(app) as client:
            await app.state.container.database().execute("DELETE FROM events.event")
            answer = await client.get("/health")

        report = answer.json()
        assert answer.status_code == 200
        assert report["status"] == "healthy"
        assert (report["app_name"], report["version"]) == ("Bounded", released_version())
        assert report["checks"]["database"]["latency_ms"] > 0
        assert report["checks"]["events"]["dead"] == 0
        assert report["checks"]["events"]["pending"] >= 0

    async def test_is_degraded_while_a_delivery_is_dead(
        self, failing_app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.operations.health._BACKLOG_KEPT", 0)
        await publish(failing_app)
        await wait_until_settled(failing_app)
        async with client_of(failing_app) as client:
            answer = await client.get("/health")

        assert answer.status_code == 200
        assert answer.json()["status"] == "degraded"
        assert answer.json()["checks"]["database"]["status"] == "healthy"
        assert answer.json()["checks"]["events"]["dead"] == 1

    async def test_is_degraded_while_a_delivery_is_long_overdue(
        self, failing_app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.operations.health._BACKLOG_KEPT", 0)
        database: Database = failing_app.state.container.database()
        async with database.transaction():
            await failing_app.state.container.events().publish(
                PasswordChanged(user_id=new_id(), by_link=False)
            )
            await database.execute(
                "UPDATE events.delivery"
                " SET handler = 'gone', due_at = now() - '6 minutes'::interval"
                " WHERE handler = 'test.on_password_changed'"
            )
        async with client_of(failing_app) as client:
            answer = await client.get("/health")

        assert answer.json()["checks"]["events"]["status"] == "degraded"
        assert answer.json()["checks"]["events"]["oldest_overdue_seconds"] >= 360

    async def test_counts_deliveries_only_at_intervals(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        first = await client.get("/health")
        await app.state.container.database().execute(
            "WITH e AS (INSERT INTO events.event (id, name, version, payload, occurred_at)"
            " VALUES (gen_random_uuid(), 'a.b', 1, '{}', now()) RETURNING id)"
            " INSERT INTO events.delivery (event_id, handler) SELECT id, 'gone' FROM e"
        )
        second = await client.get("/health")
        await app.state.container.database().execute("DELETE FROM events.event WHERE name = 'a.b'")

        assert second.json()["checks"]["events"] == first.json()["checks"]["events"]

    async def test_is_unhealthy_without_its_database(self, build_app: AppFactory) -> None:
        unreachable = "postgresql://nobody:hidden@127.0.0.1:1/nothing"
        async with build_app(database_url=unreachable) as app, client_of(app) as client:
            answer = await client.get("/health")

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["status"] == "unhealthy"
        assert answer.json()["checks"] == {
            "database": {"status": "unhealthy"},
            "events": {"status": "unhealthy"},
            "jobs": {"status": "unhealthy"},
            "cache": {"status": "healthy", "backend": "memory"},
            "rate_limiter": {"status": "healthy", "backend": "memory"},
        }
        assert "hidden" not in answer.text

    async def test_does_not_wait_for_a_part_that_hangs(
        self, build_app: AppFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.operations.health._CHECK_TIMEOUT", 0.05)

        class HangingCheck:
            async def check(self) -> dict[str, Any]:
                await asyncio.Event().wait()
                return {}

        def prepare(container: Container) -> None:
            health: Any = container.health
            health.add_kwargs(hanging=HangingCheck())

        async with build_app(prepare) as app, client_of(app) as client:
            answer = await client.get("/health")

        assert answer.status_code == 503
        assert answer.json()["checks"]["hanging"] == {"status": "unhealthy"}
