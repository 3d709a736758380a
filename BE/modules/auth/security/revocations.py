"""The sessions that ended before their access tokens expire, in every process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from BE.core.database.database import Database
from BE.core.database.listening import keep_listening
from BE.core.exceptions import UnavailableError
from BE.core.security.sessions import SessionEnded

log = structlog.get_logger(__name__)

CHANNEL = "auth_revocation"

_POLL_INTERVAL = 2.0
_OVERLAP = timedelta(seconds=60)
_STALE_AFTER = 10.0


class RevocationSource(Protocol):
    """The store of revocations."""

    async def revoked_sessions(self, within: timedelta | None) -> list[UUID]:
        """Return those ``within`` this time, by the source's clock; ``None`` for all in force."""

    async def is_revoked(self, session_id: UUID) -> bool: ...


class Revocations:
    """The revocations in force, in memory, so that a request needs no query for its session.

    A notification announces every revocation; a poll finds those that a dead connection lost. If
    neither has succeeded for ten seconds, every request queries the source, and fails with it.
    """

    def __init__(
        self,
        database: Database,
        source: RevocationSource,
        *,
        token_lifetime: timedelta,
        forget_tokens: Callable[[UUID], None],
        idle_poll: float = 0,
    ) -> None:
        """``forget_tokens`` is called with every session that ends.

        Without requests the source is polled after ``idle_poll`` seconds.
        """
        self._database = database
        self._source = source
        self._lifetime = token_lifetime.total_seconds()
        self._forget_tokens = forget_tokens
        self._idle_poll = idle_poll
        self._is_in_use = False
        self._forget_at: dict[UUID, float] = {}
        self._synced_at = float("-inf")

    async def check(self, session_id: UUID) -> None:
        """Raises :class:`SessionEnded`, or :class:`UnavailableError` if the source is down."""
        self._is_in_use = True
        if session_id in self._forget_at:
            raise SessionEnded
        if time.monotonic() - self._synced_at > _STALE_AFTER and await self._source.is_revoked(
            session_id
        ):
            raise SessionEnded

    def add(self, session_id: UUID) -> None:
        """Keep a revocation for as long as a token of the session can be valid."""
        self._remember(session_id, time.monotonic())

    async def load(self) -> None:
        """Load every revocation in force."""
        await self._update(None)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Follow the source while the block runs."""
        watchers = [asyncio.create_task(self._listen()), asyncio.create_task(self._poll())]
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def _listen(self) -> None:
        await keep_listening(self._database, CHANNEL, self._on_notification, lambda _: self.load())

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_INTERVAL)
            if not self._is_in_use and time.monotonic() - self._synced_at < self._idle_poll:
                continue
            self._is_in_use = False
            was_suspended = time.monotonic() - self._synced_at > _OVERLAP.total_seconds() / 2
            try:
                await self._update(None if was_suspended else _OVERLAP)
            except UnavailableError as error:
                log.warning("revocations_unknown", reason=repr(error.__cause__))
            except Exception:
                log.exception("revocations_unknown")
            self._forget_expired()

    async def _update(self, within: timedelta | None) -> None:
        queried_at = time.monotonic()
        for session_id in await self._source.revoked_sessions(within):
            if session_id not in self._forget_at:
                self._remember(session_id, queried_at)
        self._synced_at = queried_at

    def _remember(self, session_id: UUID, since: float) -> None:
        self._forget_at[session_id] = since + self._lifetime
        self._forget_tokens(session_id)

    def _on_notification(self, payload: str) -> None:
        self.add(UUID(payload))

    def _forget_expired(self) -> None:
        now = time.monotonic()
        for session_id in [key for key, moment in self._forget_at.items() if moment < now]:
            del self._forget_at[session_id]
