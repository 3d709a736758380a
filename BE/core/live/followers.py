"""Processes with readers of the feed: others notify them of commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from BE.core.database.database import Database
from BE.core.database.listening import keep_listening
from BE.core.events import HourPassed
from BE.core.events.outbox import Outbox
from BE.core.exceptions import UnavailableError

log = structlog.get_logger(__name__)

CHANNEL = "events_change"

_RENEWED_AFTER = 10.0
_LISTED_FOR = timedelta(seconds=30)
_RETRY_DELAY = 0.5
_COALESCING = 0.01  # seconds in which commits share a notification


class Followers:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox
        self.called = asyncio.Event()
        """Set when any process may have committed changes."""

    @asynccontextmanager
    async def notifying(self) -> AsyncIterator[None]:
        """While the block runs, notify the processes that follow of this one's commits.

        The notification is sent after the commit and not with it, where all commits would wait for
        each other. If it is lost, the followers' poll finds the changes.
        """
        notifying = asyncio.create_task(self._notify())
        try:
            yield
        finally:
            notifying.cancel()
            await asyncio.wait([notifying])

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Receive notifications of commits while the block runs, where they are available."""
        left = asyncio.Event()
        listed = asyncio.create_task(self._stay_listed(left))
        listening = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            left.set()
            listening.cancel()
            await asyncio.wait([listed, listening])
            await self._leave()

    async def _leave(self) -> None:
        try:
            await self._db.execute(
                "DELETE FROM events.follower WHERE process_id = $1", self._outbox.process_id
            )
        except UnavailableError:
            pass  # the entry expires
        except Exception:
            log.exception("follower_not_removed")

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Forget processes that ended without removing their entry."""
        await self._db.execute("DELETE FROM events.follower WHERE until < now()")

    async def _notify(self) -> None:
        while True:
            await self._outbox.changed.wait()
            followers = self._outbox.take_followers()
            self.called.set()
            if followers != {self._outbox.process_id}:
                try:
                    process_id = str(self._outbox.process_id)
                    await self._db.execute("SELECT pg_notify($1, $2)", CHANNEL, process_id)
                except UnavailableError as error:
                    log.warning("changes_not_notified", reason=repr(error.__cause__))
                except Exception:
                    log.exception("changes_not_notified")
            await asyncio.sleep(_COALESCING)

    async def _stay_listed(self, left: asyncio.Event) -> None:
        """Renew the entry until ``left`` is set.

        A statement is never cancelled: PostgreSQL could still run it after the entry was removed.
        """
        while not left.is_set():
            delay = _RENEWED_AFTER
            try:
                await self._db.execute(
                    """
                    INSERT INTO events.follower (process_id, until)
                    VALUES ($1, now() + $2::interval)
                    ON CONFLICT (process_id) DO UPDATE SET until = excluded.until
                    """,
                    self._outbox.process_id,
                    _LISTED_FOR,
                )
            except UnavailableError:
                delay = _RETRY_DELAY
            except Exception:
                log.exception("follower_not_listed")
                delay = _RETRY_DELAY
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await left.wait()

    async def _listen(self) -> None:
        async def call(_: asyncio.Event) -> None:
            self.called.set()

        await keep_listening(self._db, CHANNEL, self._on_notification, call)

    def _on_notification(self, process_id: str) -> None:
        if process_id != str(self._outbox.process_id):
            self.called.set()
