from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from config import Settings
from container import Container
from main import create_app
from tests.support.application import AppFactory, container_of
from tests.support.client import Person, client_of, running, sign_in, sign_up
from tests.support.postgres import DELIVERED, TABLES, Sweeper, specimen_database

USUAL, BARE = (10, True), (1, False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run every case in the usual setup, and only the first case of each test in the bare one."""
    kept, dropped, seen = [], [], set[str]()
    for item in items:
        case = getattr(item, "callspec", None)
        test, _, _ = item.nodeid.partition("[")
        if case is None or case.params.get("shared_app") != BARE:
            kept.append(item)
        elif test in seen:
            dropped.append(item)
        else:
            seen.add(test)
            kept.append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


@pytest.fixture(
    scope="session",
    params=[USUAL, BARE],
    ids=["pool of 10", "pool of 1 without the fast path"],
)
async def shared_app(
    request: pytest.FixtureRequest, dsn: str, base_settings: Settings
) -> AsyncIterator[FastAPI]:
    """The application in its usual setup, and with one connection and no fast path."""
    connections, fast_path = request.param
    changes = {"db_pool_size": 1, "db_max_overflow": connections - 1, "fast_path": fast_path}
    settings = base_settings.model_copy(update={"database_url": dsn, **changes})
    async with running(create_app(container_of(settings))) as app:
        yield app


@pytest.fixture
async def empty_tables(sweeper: Sweeper) -> None:
    """Delete the rows that earlier tests left."""
    await sweeper.delete_rows(table for table in TABLES if table not in DELIVERED)


@pytest.fixture
async def app(shared_app: FastAPI, empty_tables: None) -> FastAPI:
    return shared_app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
def build_app(dsn: str, base_settings: Settings, empty_tables: None) -> AppFactory:
    """Build and run a separate application: other settings, overridden providers."""

    @asynccontextmanager
    async def build(
        prepare: Callable[[Container], None] = lambda _: None, **changes: Any
    ) -> AsyncIterator[FastAPI]:
        settings = base_settings.model_copy(update={"database_url": dsn, **changes})
        container = container_of(settings)
        prepare(container)
        async with running(create_app(container)) as app:
            yield app

    return build


@pytest.fixture
async def own_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    """A database of the test's own: no other application claims the events published there."""
    async with specimen_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Person:
    return await sign_up(client)


@pytest.fixture
async def bob(client: httpx.AsyncClient) -> Person:
    return await sign_up(client, full_name="Bob Bemer")


@pytest.fixture
async def root(client: httpx.AsyncClient, database: Database) -> Person:
    """An admin."""
    person = await sign_up(client, full_name="Grace Hopper")
    for table in ("auth.account", "users.profile"):
        await database.execute(f"UPDATE {table} SET role = 'admin' WHERE id = $1", person.id)
    return await sign_in(client, person.email)


@pytest.fixture
def database(app: FastAPI) -> Database:
    """The application's own database, to look behind the API."""
    found: Database = app.state.container.database()
    return found
