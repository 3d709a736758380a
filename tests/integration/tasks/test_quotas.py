"""What one account can store and change; other accounts are not affected."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from dependency_injector import providers
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.http.idempotency import Idempotency
from BE.core.redis.rate_limits import RateLimits
from BE.modules.auth.models import Device
from config import Settings
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_in, sign_up, user_without_account
from tests.support.events import eventually
from tests.support.tasks.api import TASKS, bulk, create

ME = "/api/v1/auth/me"
ROWS = 300
CREATION = {"op": "create", "task": {"title": "x"}}


async def import_tasks(
    client: httpx.AsyncClient, owner: Person, count: int, **params: Any
) -> httpx.Response:
    body = {"items": [{"title": "x"}] * count}
    return await client.post(f"{TASKS}/import", json=body, headers=owner.headers, params=params)


async def total(client: httpx.AsyncClient, owner: Person) -> int:
    stats = (await client.get(f"{TASKS}/stats", headers=owner.headers)).json()
    counted: int = stats["total"]
    return counted


def database_of(app: FastAPI) -> Database:
    database: Database = app.state.container.database()
    return database


class TestTasks:
    async def test_one_too_many_is_refused_on_every_route(self, build_app: AppFactory) -> None:
        async with build_app(max_tasks_per_user=3) as app, client_of(app) as client:
            ada = user_without_account(app)
            gone = await create(client, ada)
            await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
            kept = await create(client, ada)

            change = {"op": "update", "id": kept["id"], "changes": {"title": "changed"}}
            answers = [await bulk(client, ada, change, CREATION, CREATION)]
            answers += [await import_tasks(client, ada, 2)]
            await create(client, ada)
            one_more = {"title": "one more"}
            answers += [await client.post(TASKS, json=one_more, headers=ada.headers)]

            for answer in answers:
                assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
                assert "3 tasks, those in the trash included" in answer.json()["error"]
            path = f"{TASKS}/{kept['id']}"
            assert (await client.get(path, headers=ada.headers)).json() == kept
            assert await total(client, ada) == 2
            restored = await client.post(f"{TASKS}/{gone['id']}/restore", headers=ada.headers)
            assert restored.status_code == 200
            assert (await create(client, user_without_account(app)))["version"] == 1

    async def test_existing_tasks_are_counted(self, build_app: AppFactory) -> None:
        async with build_app(max_tasks_per_user=20_000) as app, client_of(app) as client:
            ada = user_without_account(app)
            await database_of(app).execute(
                """
                INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position)
                SELECT uuidv7(), $1, 'x', 'todo', 'none', '{}', n::text
                FROM generate_series(1, 19999) AS n
                """,
                ada.id,
            )

            answers = [
                await client.post(TASKS, json={"title": "x"}, headers=ada.headers) for _ in range(3)
            ]

        assert [answer.status_code for answer in answers] == [201, 409, 409]

    async def test_concurrent_requests_in_two_processes_fill_the_quota_exactly(
        self, build_app: AppFactory
    ) -> None:
        limits = {"max_tasks_per_user": 30}
        async with (
            build_app(**limits) as one,
            build_app(**limits) as other,
            client_of(one) as first_client,
            client_of(other) as second_client,
        ):
            ada = await sign_up(first_client)
            calls = [
                client.post(TASKS, json={"title": "x"}, headers=ada.headers)
                for client in [first_client, second_client] * 25
            ]
            answers = await asyncio.gather(*calls)
            made = sum(answer.status_code == 201 for answer in answers)

            assert {answer.status_code for answer in answers} == {201, 409}
            assert made == await total(first_client, ada) == 30


class TestAnswers:
    @pytest.fixture
    def build(self, build_app: AppFactory, base_settings: Settings) -> Any:
        def prepare(container: Container) -> None:
            idempotency = Idempotency(container.database(), base_settings.keys, most=4)
            container.idempotency.override(providers.Object(idempotency))

        return lambda: build_app(prepare)

    async def test_too_many_are_refused_and_the_stored_ones_still_replayed(
        self, build: Any
    ) -> None:
        async with build() as app, client_of(app) as client:
            ada, bob = user_without_account(app), user_without_account(app)

            async def post(owner: Person, key: str) -> httpx.Response:
                headers = owner.headers | {"Idempotency-Key": key}
                return await client.post(TASKS, json={"title": "x"}, headers=headers)

            first = [await post(ada, str(number)) for number in range(4)]
            refused = await post(ada, "one more")
            again = await post(ada, "0")

            assert [answer.status_code for answer in first] == [201] * 4
            assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
            assert "Idempotency-Key" in refused.json()["error"]
            assert int(refused.headers["retry-after"]) > 0
            assert again.content == first[0].content
            assert await total(client, ada) == 4
            await create(client, ada)
            assert (await post(bob, "0")).status_code == 201

    async def test_a_large_answer_counts_by_its_size(self, build: Any) -> None:
        async with build() as app, client_of(app) as client:
            ada = user_without_account(app)
            task = {"title": "x", "description": "x" * 10_000}

            async def post(key: str) -> int:
                headers = ada.headers | {"Idempotency-Key": key}
                body = {"operations": [{"op": "create", "task": task}] * 3}
                answer = await client.post(f"{TASKS}/bulk", json=body, headers=headers)
                return answer.status_code

            assert [await post("a"), await post("b")] == [200, 429]


def two_sessions(container: Container) -> None:
    policy = replace(container.session_policy(), most=2)
    container.session_policy.override(providers.Object(policy))


class TestSessions:
    async def test_sessions_opened_at_once_end_the_earlier_ones(
        self, build_app: AppFactory
    ) -> None:
        async with build_app(two_sessions) as app, client_of(app) as client:
            ada = await sign_up(client)
            account = await app.state.container.auth_repository().account_by_id(UUID(ada.id))
            sessions = app.state.container.session_service()
            device = Device(user_agent=None, ip=None)

            for _ in range(5):
                opened = await asyncio.gather(*(sessions.open(account, device) for _ in range(20)))
                assert None not in opened

            assert (await client.get(ME, headers=ada.headers)).status_code == 401

    async def test_one_too_many_ends_the_oldest_in_every_process(
        self, build_app: AppFactory
    ) -> None:
        async with (
            build_app(two_sessions) as one,
            build_app(two_sessions) as other,
            client_of(one) as first_client,
            client_of(other) as second_client,
        ):
            first = await sign_up(first_client)
            cookies = dict(first_client.cookies)
            first_client.cookies.clear()
            second = await sign_in(first_client, first.email)
            before = await second_client.get(ME, headers=first.headers)
            first_client.cookies.clear()
            third = await sign_in(first_client, first.email)

            assert before.status_code == 200
            statuses = [
                (await first_client.get(ME, headers=person.headers)).status_code
                for person in (first, second, third)
            ]
            assert statuses == [401, 200, 200]

            async def is_refused_by_second() -> bool:
                return (await second_client.get(ME, headers=first.headers)).status_code == 401

            await eventually(is_refused_by_second)
            second_client.cookies.update(cookies)
            refreshed = await second_client.post("/api/v1/auth/refresh")
            assert refreshed.json()["code"] == "INVALID_REFRESH_TOKEN"
            listed = await first_client.get("/api/v1/auth/sessions", headers=third.headers)
            assert len(listed.json()["items"]) == 2


class TestRows:
    @pytest.fixture
    def build(self, build_app: AppFactory) -> Any:
        def prepare(container: Container) -> None:
            limits = RateLimits(None, per_address=1000, per_user=1000, rows_per_user=ROWS)
            container.rate_limits.override(providers.Object(limits))

        return lambda: build_app(prepare, rate_limit_enabled=True)

    async def test_are_limited_per_minute_across_bulks_and_imports(self, build: Any) -> None:
        async with build() as app, client_of(app) as client:
            ada, bob = user_without_account(app), user_without_account(app)

            many = [CREATION] * 200
            assert (await bulk(client, ada, *many)).status_code == 200
            assert (await import_tasks(client, ada, 200, dry_run=True)).status_code == 200
            refused = [await import_tasks(client, ada, 200), await bulk(client, ada, *many)]
            for answer in refused:
                assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
                assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert await total(client, ada) == 200
            await create(client, ada)
            assert (await bulk(client, bob, *many)).status_code == 200

    async def test_a_row_that_is_changed_many_times_counts_once(self, build: Any) -> None:
        async with build() as app, client_of(app) as client:
            ada = user_without_account(app)
            task = await create(client, ada)
            change = {"op": "update", "id": task["id"], "changes": {"tags": ["x"]}}

            answers = [await bulk(client, ada, *[change] * 500) for _ in range(5)]

            assert {answer.status_code for answer in answers} == {200}
            found = await database_of(app).fetch(
                "SELECT name FROM events.event WHERE payload ->> 'task_id' = $1 ORDER BY id",
                task["id"],
            )
            assert [row["name"] for row in found] == ["task.created", *["task.updated"] * 5]


@pytest.mark.parametrize(("provider", "others"), [("task_bulks", 2 + 14), ("task_imports", 1 + 15)])
async def test_too_many_concurrent_batches_are_refused(
    app: FastAPI, client: httpx.AsyncClient, provider: str, others: int
) -> None:
    ada, bob = user_without_account(app), user_without_account(app)
    batches = getattr(app.state.container, provider)()
    go = asyncio.Event()

    async def hold() -> None:
        async with batches.turn(UUID(ada.id)):
            await go.wait()

    async def post(owner: Person) -> httpx.Response:
        if provider == "task_bulks":
            return await bulk(client, owner, CREATION)
        return await import_tasks(client, owner, 1)

    async with asyncio.TaskGroup() as requests:
        for _ in range(others):
            requests.create_task(hold())
        await asyncio.sleep(0)
        refused, allowed = await post(ada), await post(bob)
        go.set()

    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["retry-after"]) > 0
    assert allowed.status_code == 200
    assert (await post(ada)).status_code == 200


async def test_too_many_concurrent_bulks_of_users_are_refused(
    app: FastAPI, client: httpx.AsyncClient, root: Person
) -> None:
    draft = {"email": "new@example.com", "password": PASSWORD, "full_name": "New Comer"}
    batches = app.state.container.user_bulks()
    go = asyncio.Event()

    async def hold() -> None:
        async with batches.turn(UUID(root.id)):
            await go.wait()

    async with asyncio.TaskGroup() as requests:
        for _ in range(3):
            requests.create_task(hold())
        await asyncio.sleep(0)
        refused = await client.post("/api/v1/users/bulk", json=[draft], headers=root.headers)
        go.set()

    assert refused.status_code == 429
