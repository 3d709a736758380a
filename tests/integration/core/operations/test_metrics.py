"""The metrics of the application, for Prometheus and for admins."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from BE.core.types import new_id
from BE.core.wiring.core import CORE
from BE.modules.auth.events import PasswordChanged
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, admin_of, client_of, sign_up
from tests.support.events import eventually
from tests.support.job_nodes import Count, do_nothing
from tests.support.metrics import metric_value


@pytest.fixture
async def app_with_metrics(build_app: AppFactory, own_dsn: str) -> AsyncIterator[FastAPI]:
    async with build_app(metrics_enabled=True, database_url=own_dsn) as app:
        yield app


@pytest.fixture
async def client(app_with_metrics: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_with_metrics) as client:
        yield client


class TestMetrics:
    async def test_count_requests_by_route_method_and_status(
        self, client: httpx.AsyncClient
    ) -> None:
        count = "bounded_http_request_duration_seconds_count"
        await client.get("/api/v1/specimens/0199c0de-0000-7000-8000-000000000000")
        await client.get("/a/path/of/a/scanner")
        await client.request("BREW", "/pot")

        route = "/api/v1/specimens/{specimen_id}"
        assert await metric_value(client, count, route=route, method="GET", status="401") == 1
        assert await metric_value(client, count, route="unmatched", method="GET", status="404") == 1
        assert await metric_value(client, count, method="other", status="404") == 1
        assert "scanner" not in (await client.get("/metrics")).text

    async def test_count_sign_ins(self, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client)
        for password in (PASSWORD, "wrong", "wrong"):
            login = {"email": ada.email, "password": password}
            await client.post("/api/v1/auth/login", json=login)
        grant = {"grant_type": "password", "username": ada.email, "password": PASSWORD}
        await client.post("/api/v1/auth/token", data=grant)

        assert await metric_value(client, "bounded_sign_ins_total", outcome="success") == 2
        assert await metric_value(client, "bounded_sign_ins_total", outcome="refused") == 2

    async def test_report_the_pool_and_hashing(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)

        connections = "bounded_database_connections"

        async def one_is_idle() -> bool:  # the relay may be using it at this moment
            return (await metric_value(client, connections, state="idle") or 0) >= 1

        await eventually(one_is_idle)
        assert await metric_value(client, connections, state="in_use") is not None
        assert await metric_value(client, "bounded_password_hashing") == 0

    async def test_report_events(
        self, app_with_metrics: FastAPI, client: httpx.AsyncClient
    ) -> None:
        container = app_with_metrics.state.container
        delivered = "bounded_event_deliveries_total"
        handler = "notifications.on_password_changed"
        async with container.database().transaction():
            await container.events().publish(PasswordChanged(user_id=new_id(), by_link=False))

        async def is_delivered() -> bool:
            return await metric_value(client, delivered, handler=handler, outcome="delivered") == 1

        await eventually(is_delivered)
        assert await metric_value(client, "bounded_events", state="dead") == 0
        assert await metric_value(client, "bounded_events_overdue_seconds") is not None

    async def test_report_jobs(self, app_with_metrics: FastAPI, client: httpx.AsyncClient) -> None:
        container = app_with_metrics.state.container
        container.job_handlers().handle(Count, do_nothing)
        async with container.database().transaction():
            await container.jobs().enqueue(Count(subject="a"))

        async def is_done() -> bool:
            name = "bounded_job_duration_seconds_count"
            return await metric_value(client, name, kind="count", outcome="done") == 1

        await eventually(is_done)
        assert await metric_value(client, "bounded_jobs", state="dead") == 0
        assert await metric_value(client, "bounded_jobs_overdue_seconds") is not None

    async def test_report_deliveries_of_a_batch(
        self, app_with_metrics: FastAPI, client: httpx.AsyncClient
    ) -> None:
        container, events = app_with_metrics.state.container, 20
        async with container.database().transaction():
            await container.events().publish(
                *(PasswordChanged(user_id=new_id(), by_link=False) for _ in range(events))
            )

        async def are_delivered() -> bool:
            name, handler = "bounded_event_deliveries_total", "audit.on_events"
            return await metric_value(client, name, handler=handler, outcome="delivered") == events

        await eventually(are_delivered)

    async def test_count_lookups_in_the_cache(
        self, app_with_metrics: FastAPI, client: httpx.AsyncClient
    ) -> None:
        cache = app_with_metrics.state.container.cache()
        await cache.get("a")
        await cache.set("a", 1, ttl=timedelta(minutes=1))
        await cache.get("a")

        lookups = "bounded_cache_lookups_total"
        assert await metric_value(client, lookups, outcome="hit") == 1
        assert await metric_value(client, lookups, outcome="miss") == 1

    async def test_report_the_rest_without_the_events_tables(
        self, build_app: AppFactory, empty_dsn: str
    ) -> None:
        settings = {"database_url": empty_dsn, "metrics_enabled": True}
        async with build_app(**settings) as app, client_of(app) as client:
            assert await metric_value(client, "bounded_password_hashing") == 0
            assert await metric_value(client, "bounded_events") is None
            assert await metric_value(client, "bounded_jobs") is None

    async def test_are_off_unless_turned_on(self, build_app: AppFactory) -> None:
        async with build_app() as app, client_of(app) as client:
            assert (await client.get("/metrics")).status_code == 404


class TestPool:
    PATH = "/api/v1/metrics/database"

    async def test_is_shown_to_an_admin(self, build_app: AppFactory) -> None:
        sizes = {"db_pool_size": 2, "db_max_overflow": 3}
        async with build_app(**sizes) as app, client_of(app) as client:
            admin = await admin_of(app, client)

            pool = (await client.get(self.PATH, headers=admin.headers)).json()

        assert pool["pool_size"] == 2
        assert pool["checked_in"] + pool["checked_out"] == pool["total_connections"]
        assert pool["overflow"] == max(0, pool["total_connections"] - 2)

    async def test_is_for_admins(self, client: httpx.AsyncClient) -> None:
        ada: Person = await sign_up(client)

        assert (await client.get(self.PATH)).status_code == 401
        assert (await client.get(self.PATH, headers=ada.headers)).status_code == 403

    async def test_keeps_its_idle_connections_open(self, build_app: AppFactory) -> None:
        lifetime = 0.2
        options = {"db_pool_size": 3, "db_max_overflow": 3, "db_pool_recycle": lifetime}
        async with build_app(**options, idle_poll_seconds=lifetime / 4) as app:
            database = app.state.container.database()
            await asyncio.sleep(2 * lifetime)  # asyncpg would have closed idle connections

            async def is_full() -> bool:
                return bool(database.pool.size >= 3)

            await eventually(is_full)


class TestRecentRequests:
    PATH = "/api/v1/metrics/requests"

    async def test_are_shown_to_an_admin_without_prometheus(self, build_app: AppFactory) -> None:
        async with build_app(metrics_enabled=False) as app, client_of(app) as client:
            admin = await admin_of(app, client)
            for _ in range(3):
                await client.get("/api/v1/nowhere")

            async def are_counted() -> bool:
                figures = (await client.get(self.PATH, headers=admin.headers)).json()
                return bool(figures["answers"]["client_error"] == 3)

            await eventually(are_counted)
            figures = (await client.get(self.PATH, headers=admin.headers)).json()

        assert figures["per_second"] > 0
        assert figures["answers"]["server_error"] == 0
        latency = figures["latency_ms"]
        assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]

    async def test_make_the_relay_pause_longer(
        self, app_with_metrics: FastAPI, client: httpx.AsyncClient
    ) -> None:
        relay = app_with_metrics.state.container.objects_of(CORE).relay
        before = relay._is_serving()

        async def is_serving() -> bool:
            await client.get("/api/v1/nowhere")
            return bool(relay._is_serving())

        assert not before
        await eventually(is_serving)

    async def test_are_for_admins(self, client: httpx.AsyncClient) -> None:
        ada: Person = await sign_up(client)

        assert (await client.get(self.PATH)).status_code == 401
        assert (await client.get(self.PATH, headers=ada.headers)).status_code == 403
