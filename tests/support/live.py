"""The objects with which one process serves the live feed, and readers of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import orjson

from BE.core.events import Event, Shown
from BE.core.http.pagination import Cursors
from BE.core.live.audiences import Audiences
from BE.core.live.change_log import ChangeLog
from BE.core.live.feed import LiveFeed
from BE.core.live.followers import Followers
from BE.core.live.messages import LiveMessage
from BE.core.live.position import LiveCursors
from BE.core.security.keys import KeyRing
from tests.support.events import CountingDatabase, Node

KEYS = KeyRing.parse("a-secret-of-tests-with-more-than-thirty-two-bytes")
PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Event):
    """A thing of ``owner_id`` now has version ``number``."""

    name = "test.moved"

    thing_id: UUID
    owner_id: UUID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouped(Event):
    """The groups of a user have changed."""

    name = "test.regrouped"

    group_id: UUID
    user_id: UUID


class LiveNode(Node):
    """Stands for a process with streams."""

    def __init__(self, database: CountingDatabase) -> None:
        super().__init__(database)
        shown = Shown(Moved, "thing.moved", of="thing_id", to="owner_id", version="number")
        self.bus.show(shown)
        regrouped = Shown(Regrouped, "group.changed", of="group_id", to="user_id", regroups=True)
        self.bus.show(regrouped)
        self.audiences = Audiences()
        self.log = ChangeLog(database)
        self.cursors = LiveCursors(Cursors(KEYS))
        followers = Followers(database, self.outbox)
        self.feed = LiveFeed(self.log, self.cursors, followers, self.bus, self.audiences)

    @asynccontextmanager
    async def reading(self, user_id: UUID, since: str | None = None) -> AsyncIterator["Stream"]:
        async with self.feed.open(user_id, since) as messages:
            yield Stream(messages)


type StartNode = Callable[..., Awaitable[LiveNode]]
"""Starts a node, on another DSN if one is given."""


class Stream:
    def __init__(self, messages: AsyncIterator[LiveMessage]) -> None:
        self._messages = messages

    async def next(self) -> LiveMessage:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._messages)

    async def take(self, count: int) -> list[LiveMessage]:
        return [await self.next() for _ in range(count)]


def versions(messages: list[LiveMessage]) -> list[int]:
    return [orjson.loads(message.data)["version"] for message in messages]
