"""Streams changes to callers, from where they stopped reading, as they are committed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from uuid import UUID

import structlog

from BE.core.events import EventBus
from BE.core.exceptions import UnavailableError
from BE.core.live.audiences import Audiences
from BE.core.live.change_log import ChangeLog, Changes, LoggedChange
from BE.core.live.exceptions import FeedInterrupted
from BE.core.live.followers import Followers
from BE.core.live.messages import LiveMessage
from BE.core.live.position import LiveCursors, Position
from BE.core.live.readers import Reader, Readers
from BE.core.live.reading import Reading
from BE.core.security.scopes import Scope

log = structlog.get_logger(__name__)

_POLL_INTERVAL = 1.0
_RETRY_DELAY = 0.5
_COALESCING = 0.01  # seconds between two polls
_READ_AT_ONCE = 5000
"""Changes read for all readers: if there are more, each reader reads the log itself."""


class LiveFeed:
    """Reads the log once for all readers of this process, and only while there are any.

    A reader first reads the log itself, up to a snapshot of its own; then it takes the changes that
    the process reads and its snapshot has not seen.
    """

    def __init__(
        self,
        change_log: ChangeLog,
        cursors: LiveCursors,
        followers: Followers,
        events: EventBus,
        audiences: Audiences,
    ) -> None:
        self._log = change_log
        self._events = events
        self._cursors = cursors
        self._followers = followers
        self._audiences = audiences
        self._readers = Readers()
        self._position: Position | None = None
        """Up to where this process has read; ``None`` before it has."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the log while the block runs."""
        following = asyncio.create_task(self._follow())
        try:
            async with self._followers.notifying():
                yield
        finally:
            following.cancel()
            await asyncio.wait([following])

    @asynccontextmanager
    async def open(
        self, user_id: UUID, since: str | None, scopes: frozenset[Scope] | None = None
    ) -> AsyncIterator[AsyncIterator[LiveMessage]]:
        """The messages for a user after the cursor ``since``, or from now on.

        For an API key, those that its ``scopes`` allow.

        The first is ``ready``. A ``reset`` follows if the changes after the cursor are not known.
        Raises :class:`UnavailableError`, also while reading, and then :class:`ReaderTooSlow`.
        """
        reader = Reader(user_id)
        with self._readers.hold(reader):
            now = await self._log.now()
            async with aclosing(self._messages(reader, now, since, scopes)) as messages:
                yield messages

    async def _messages(
        self, reader: Reader, now: Position, since: str | None, scopes: frozenset[Scope] | None
    ) -> AsyncGenerator[LiveMessage]:
        needed = self._events.scopes_of_changes()
        position = now if since is None else self._cursors.open(reader.user_id, since)
        is_known = position is not None and position.follows(now)
        reading = Reading(
            self._log,
            reader,
            position if position and is_known else now,
            regrouping=self._events.regrouping_changes(),
            regroup=lambda: self._regroup(reader),
        )

        def message(event: str, data: bytes = b"{}") -> LiveMessage:
            return LiveMessage(event, self._cursors.seal(reader.user_id, reading.position), data)

        def is_readable(change: LoggedChange) -> bool:
            return scopes is None or needed.get(change.name) in scopes

        yield message("ready")
        if not is_known:
            yield message("reset")
        async with aclosing(self._changes(reader, reading)) as changes:
            async for change in changes:
                if is_readable(change):
                    yield message(change.name, change.data_for(reader.user_id))

    async def _changes(self, reader: Reader, reading: Reading) -> AsyncGenerator[LoggedChange]:
        while True:
            await self._regroup(reader)  # after its position: a later departure is read after it
            async with aclosing(reading.catch_up()) as missed:
                async for change in missed:
                    yield change
            changes = await reader.next()
            while changes is not None and not reading.regroups(changes):
                for change in reading.take(changes):
                    yield change
                changes = await reader.next()

    async def _regroup(self, reader: Reader) -> None:
        self._readers.regroup(reader, await self._audiences.of(reader.user_id))

    async def _follow(self) -> None:
        while True:
            await self._readers.present.wait()
            self._position = None
            async with self._followers.following():
                while self._readers.present.is_set():
                    await self._read()
                    await self._wait()

    async def _pause(self) -> None:
        await asyncio.sleep(_RETRY_DELAY)
        self._followers.called.set()

    async def _wait(self) -> None:
        """Wait until there may be changes, at most for a poll interval."""
        await asyncio.sleep(_COALESCING)
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_INTERVAL):
                await self._followers.called.wait()
        self._followers.called.clear()

    async def _read(self) -> None:
        audiences = self._readers.audiences
        try:
            if self._position is None:
                # earlier readers read the log up to it, and perhaps a little further
                changes, audiences = Changes(await self._log.now(), []), frozenset()
            else:
                changes = await self._log.since(self._position, audiences, limit=_READ_AT_ONCE)
                if len(changes.items) == _READ_AT_ONCE:
                    changes, audiences = Changes(changes.now, []), frozenset()
        except UnavailableError as error:
            log.warning("changes_unread", reason=repr(error.__cause__))
            await self._pause()
            return
        except Exception:  # a reader must not wait for ever
            log.exception("changes_unread")
            await self._pause()
            return
        if self._position is None or self._position.follows(changes.now):
            self._position = changes.now
            self._readers.distribute(changes, audiences)
        else:
            self._position = None
            self._readers.interrupt(FeedInterrupted())
