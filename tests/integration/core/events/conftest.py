"""Nodes that share a database of events, and what they log."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from BE.core.telemetry.logging import configure_logging
from tests.support.events import (
    EFFECTS,
    CountingDatabase,
    Node,
    Start,
)
from tests.support.postgres import execute, fresh_database


@pytest.fixture(scope="package")
async def events_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        await execute(dsn, EFFECTS)
        yield dsn


@pytest.fixture(params=[5, 1], ids=["pool of 5", "pool of 1"])
async def start(request: pytest.FixtureRequest, events_dsn: str) -> AsyncIterator[Start]:
    """Make nodes, each of which stands in for a process; they share the database."""
    await execute(events_dsn, "DELETE FROM events.event; DELETE FROM effect")
    async with AsyncExitStack() as databases:

        async def start(**relay: Any) -> Node:
            database = CountingDatabase(
                events_dsn,
                pool_size=1,
                max_overflow=request.param - 1,
                acquire_timeout=60,
                idle_lifetime=300,
            )
            return Node(await databases.enter_async_context(database), **relay)

        yield start


@pytest.fixture
async def node(start: Start) -> Node:
    node: Node = await start()
    return node


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What is logged about events."""
    configure_logging(style="json", level="WARNING")
    logged: list[Any] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.msg)  # type: ignore[method-assign]
    logger = logging.getLogger("BE.core.events")
    logger.addHandler(handler)
    yield logged
    logger.removeHandler(handler)


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is written to the log, by any logger."""
    configure_logging(style="json", level="WARNING")
    root, written = logging.getLogger(), list[dict[str, Any]]()
    formatter = root.handlers[0].formatter
    assert formatter is not None
    handler = logging.Handler()
    handler.emit = lambda record: written.append(  # type: ignore[method-assign]
        json.loads(formatter.format(record))
    )
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
