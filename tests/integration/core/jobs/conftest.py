"""Nodes that share a queue of jobs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from BE.core.database.database import Database
from BE.core.jobs import worker
from tests.support.job_nodes import EFFECTS, JobNode, StartNode
from tests.support.postgres import execute, fresh_database


@pytest.fixture(scope="package")
async def jobs_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        await execute(dsn, EFFECTS)
        yield dsn


@pytest.fixture
def extending_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are long, so that none expires on a busy machine, but are extended soon."""
    monkeypatch.setattr(worker, "_EXTENSIONS", 300)


@pytest.fixture(params=[5, 1], ids=["pool of 5", "pool of 1"])
async def start(request: pytest.FixtureRequest, jobs_dsn: str) -> AsyncIterator[StartNode]:
    """Make nodes, each of which stands in for a process; they share the database."""
    await execute(
        jobs_dsn, "DELETE FROM jobs.job; DELETE FROM jobs.schedule; DELETE FROM job_effect"
    )
    async with AsyncExitStack() as databases:

        async def start(pool: int = request.param, **worker: Any) -> JobNode:
            database = Database(
                jobs_dsn,
                pool_size=1,
                max_overflow=pool - 1,
                acquire_timeout=60,
                idle_lifetime=300,
            )
            return JobNode(await databases.enter_async_context(database), **worker)

        yield start


@pytest.fixture
async def node(start: StartNode) -> JobNode:
    return await start()
