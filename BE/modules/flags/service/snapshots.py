"""The settings of all flags, in the memory of each process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from BE.core.database.database import Database
from BE.core.database.listening import keep_listening
from BE.core.exceptions import UnavailableError
from BE.modules.flags.models import Snapshot
from BE.modules.flags.repository import CHANNEL, FlagRepository

log = structlog.get_logger(__name__)

_POLL_INTERVAL = 0.8
_POLL_INTERVAL_WHILE_LISTENING = 10.0


class Snapshots:
    """Keeps the newest snapshot, so that an evaluation needs no query.

    A notification announces every change; a poll finds those that a dead connection lost, and all
    of them behind a pooler. Without the database the last snapshot stays.
    """

    def __init__(
        self, database: Database, repository: FlagRepository, *, idle_poll: float = 0
    ) -> None:
        """Without requests the database is polled after ``idle_poll`` seconds."""
        self._database = database
        self._repository = repository
        self._idle_poll = idle_poll
        self._current = Snapshot(0, {})
        self._loading = asyncio.Lock()
        self._loaded = asyncio.Event()
        self._loaded_at = float("-inf")
        self._is_in_use = False
        self._is_listening = False

    @property
    def current(self) -> Snapshot:
        self._is_in_use = True
        return self._current

    async def load(self) -> None:
        """Read the committed settings. Raises :class:`UnavailableError`."""
        async with self._loading:  # or an earlier answer could replace a later one
            self._current = await self._repository.snapshot()
            self._loaded_at = time.monotonic()
        self._loaded.set()

    async def reach(self, revision: int) -> None:
        """Reload if the snapshot is older. Raises :class:`UnavailableError`."""
        if self._current.revision < revision:
            await self.load()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Follow the changes while the block runs, after the first load: its table exists."""
        watchers = [asyncio.create_task(self._listen()), asyncio.create_task(self._poll())]
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def _listen(self) -> None:
        await self._loaded.wait()
        changed = asyncio.Event()

        async def reload_on_change(lost: asyncio.Event) -> None:
            await self.load()
            self._is_listening = True
            try:
                while not lost.is_set():
                    await _first_of(changed, lost)
                    if changed.is_set():
                        changed.clear()
                        await self.load()
            finally:
                self._is_listening = False

        await keep_listening(self._database, CHANNEL, lambda _: changed.set(), reload_on_change)

    async def _poll(self) -> None:
        await self._loaded.wait()
        while True:
            await asyncio.sleep(_POLL_INTERVAL)
            age = time.monotonic() - self._loaded_at
            if self._is_listening and age < _POLL_INTERVAL_WHILE_LISTENING:
                continue
            if not self._is_in_use and age < self._idle_poll:
                continue
            self._is_in_use = False
            try:
                await self.load()
            except UnavailableError as error:
                log.warning("flags_unknown", reason=repr(error.__cause__))
            except Exception:
                log.exception("flags_unknown")


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in waits:
            waiting.cancel()
