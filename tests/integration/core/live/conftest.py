"""Nodes that share a feed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.support.events import CountingDatabase
from tests.support.live import LiveNode, StartNode
from tests.support.postgres import fresh_database


@pytest.fixture(scope="package")
async def live_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture
async def start_node(live_dsn: str) -> AsyncIterator[StartNode]:
    """Make nodes, each of which stands in for a process; they share the database."""
    async with AsyncExitStack() as stack:

        async def start(dsn: str = live_dsn) -> LiveNode:
            database = CountingDatabase(
                dsn, pool_size=1, max_overflow=9, acquire_timeout=60, idle_lifetime=300
            )
            node = LiveNode(await stack.enter_async_context(database))
            await stack.enter_async_context(node.feed.running())
            return node

        yield start


@pytest.fixture
async def node(start_node: StartNode) -> LiveNode:
    return await start_node()
