"""Events, and the objects with which one process delivers them, on their own connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from BE.core.context import RequestContext, enter_request
from BE.core.database.database import Database
from BE.core.durable.retries import Retries
from BE.core.events import (
    Event,
    EventBus,
    HourPassed,
)
from BE.core.events.claims import Claimed, Claims, Lane
from BE.core.events.deliveries import Deliveries
from BE.core.events.outbox import Outbox
from BE.core.events.relay import Relay
from BE.core.events.schedule import Schedule

EFFECTS = "CREATE TABLE effect (id bigserial PRIMARY KEY, subject text, number integer)"

AT_ONCE = Retries(attempts=3, first=timedelta(0), longest=timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    name = "test.counted"
    key = "subject"

    subject: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Event):
    name = "test.noticed"

    number: int
    colour: str = "blue"


type Start = Callable[..., Awaitable["Node"]]
"""Starts a node, with the options of its relay."""


class CountingDatabase(Database):
    """Records the statements that it runs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statements: list[tuple[str, tuple[Any, ...]]] = []

    async def _run(self, method: str, query: str, arguments: tuple[Any, ...]) -> Any:
        self.statements.append((query, arguments))
        return await super()._run(method, query, arguments)


class Node:
    """The objects with which one process delivers events."""

    def __init__(self, database: CountingDatabase, **relay: Any) -> None:
        self.db = database
        self.outbox = Outbox(database)
        self.claims = Claims(database)
        self.bus = EventBus(database, self.outbox)
        self.deliveries = Deliveries(database, self.outbox, self.bus, kept=timedelta(days=7))
        self.schedule = Schedule(self.outbox, self.bus)
        options: dict[str, Any] = {"connections": 3, "poll": 0.05, "retries": AT_ONCE} | relay
        self.relay = Relay(database, self.outbox, self.deliveries, self.bus, **options)

    async def publish(self, *events: Event) -> None:
        async with self.db.transaction():
            await self.bus.publish(*events)

    async def count(self, event: Counted) -> None:
        """A handler that leaves its effect in the database."""
        await self.db.execute(
            "INSERT INTO effect (subject, number) VALUES ($1, $2)", event.subject, event.number
        )

    async def effects(self) -> list[tuple[str, int]]:
        rows = await self.db.fetch("SELECT subject, number FROM effect ORDER BY id")
        return [tuple(row) for row in rows]

    async def states(self) -> list[tuple[str, int]]:
        rows = await self.db.fetch("SELECT state, attempts FROM events.delivery ORDER BY id")
        return [tuple(row) for row in rows]

    async def settled(self, *, but: int = 0) -> None:
        """Wait until at most ``but`` deliveries are pending."""

        async def is_settled() -> bool:
            return (await self.deliveries.backlog()).pending <= but

        await eventually(is_settled)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        ready = asyncio.Event()
        ready.set()
        async with self.relay.running(ready):
            yield


async def pass_an_hour(app: FastAPI) -> None:
    """Publish the hourly event to every subscriber."""
    container = app.state.container
    async with container.database().transaction():
        await container.events().publish(HourPassed(began_at=datetime.now(UTC)))


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is true; the timeout only catches what never happens, not what is slow."""
    async with asyncio.timeout(120):
        while not await condition():  # noqa: ASYNC110 - nothing notifies from outside
            await asyncio.sleep(0.01)


async def claim(
    node: Node, lease: timedelta = timedelta(seconds=60), *, suspects: int = 0, free: int = 100
) -> list[Claimed]:
    return await node.claims.take(
        [Lane(*subscription.lane, free, followers=0) for subscription in node.bus.durable],
        suspects=suspects,
        lease=lease,
        retries=AT_ONCE,
    )


EXPIRED = timedelta(0)
"""A lease that has expired as soon as it begins."""


async def publish_as(request_id: str, node: Node, event: Event) -> None:
    """Publish as part of a request."""

    async def serve() -> None:
        enter_request(RequestContext(request_id))
        await node.publish(event)

    await asyncio.create_task(serve())


async def current_hour(node: Node) -> datetime:
    """When the current hour began."""
    began: datetime = await node.db.fetchval("SELECT date_trunc('hour', now(), 'UTC')")
    return began


def failing_once(call: Callable[..., Any]) -> Callable[..., Any]:
    failures = iter([RuntimeError("boom")])

    async def fail_once(*arguments: Any, **options: Any) -> Any:
        for failure in failures:
            raise failure
        return await call(*arguments, **options)

    return fail_once


async def ignore(_: object) -> None:
    """A handler that does nothing."""


async def holds(condition: bool) -> bool:  # noqa: FBT001
    return condition


async def claimed_once(node: Node) -> bool:
    return any("SKIP LOCKED" in query for query, _ in node.db.statements)


async def failure_recorded(node: Node) -> bool:
    found: bool = await node.db.fetchval(
        "SELECT EXISTS (SELECT FROM events.delivery WHERE last_error IS NOT NULL)"
    )
    return found


async def is_lock_awaited(node: Node) -> bool:
    found: bool = await node.db.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    return found
