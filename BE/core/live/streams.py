"""The open streams of this process: their limit, and why they end."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import orjson
import structlog

from BE.core.exceptions import RateLimitedError, UnauthorizedError, UnavailableError
from BE.core.limits.overload import Overloaded
from BE.core.live.feed import LiveFeed
from BE.core.live.messages import LiveMessage
from BE.core.live.stream import End, Stream
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionCheck

log = structlog.get_logger(__name__)

_SWEEP_INTERVAL = 0.25
_PATIENCE = 0.5  # for a reader to take the end
_CHECK_TIMEOUT = 1.5
_UNKNOWN_FOR = 3.0
_RETRY_AFTER = 5

type Transport = Literal["sse", "websocket"]


class TooManyStreams(RateLimitedError):
    """Too many of your streams are open, close one of them"""


class StreamMetrics(Protocol):
    def stream_opened(self, transport: str, *, is_resumed: bool) -> None: ...

    def stream_closed(self, transport: str) -> None: ...

    def stream_reset(self) -> None: ...

    def stream_cut_off(self) -> None: ...

    def stream_message(self, lag: float | None) -> None:
        """``lag`` is the time since it was written, ``None`` for changes from before the stream."""


class LiveStreams:
    """Ends a stream within a second of its session, and soon after its token has expired.

    One timer looks at all streams, so that none costs a timer or a query of its own.
    """

    def __init__(
        self,
        feed: LiveFeed,
        sessions: SessionCheck,
        metrics: StreamMetrics,
        *,
        per_user: int,
        at_once: int,
    ) -> None:
        self._feed = feed
        self._sessions = sessions
        self._metrics = metrics
        self._per_user = per_user
        self._at_once = at_once
        self._open: set[Stream] = set()
        self._of_users: Counter[UUID] = Counter()
        self._unknown_since: float | None = None
        self._is_leaving = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """End streams that have to end, while the block runs."""
        self._loop = asyncio.get_running_loop()
        sweeping = asyncio.create_task(self._sweep_on())
        try:
            yield
        finally:
            self._end_all(End.LEAVING)
            sweeping.cancel()
            await asyncio.wait([sweeping])

    def leave(self) -> None:
        """End all streams, and open no more. For handlers of signals too."""
        self._is_leaving = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_all, End.LEAVING)

    @asynccontextmanager
    async def open(
        self, reader: Principal, since: str | None, *, expires_at: float, transport: Transport
    ) -> AsyncIterator[Stream]:
        """Open a stream that has its first message.

        Raises :class:`TooManyStreams`, :class:`Overloaded` and what the feed raises.
        """
        with self._place(reader.user_id):
            async with self._feed.open(reader.user_id, since, reader.scopes) as messages:
                stream = Stream(reader.session_id, messages, expires_at=expires_at)
                self._open.add(stream)
                try:
                    await stream.begin()
                    self._metrics.stream_opened(transport, is_resumed=since is not None)
                    try:
                        yield stream
                    finally:
                        self._metrics.stream_closed(transport)
                finally:
                    self._open.discard(stream)
                    await stream.close()
                    if stream.ended_for is End.TOO_SLOW:
                        self._metrics.stream_cut_off()

    async def messages(
        self, stream: Stream, *, beat: float | None = None
    ) -> AsyncGenerator[LiveMessage | None]:
        """Those of the stream, counted and measured once they are sent."""
        opened_at = time.time()
        async with aclosing(stream.messages(beat=beat)) as messages:
            async for message in messages:
                yield message
                if message is None:
                    continue
                stream.count()
                if message.event == "reset":
                    self._metrics.stream_reset()
                self._metrics.stream_message(_lag(message, opened_at))

    @contextmanager
    def _place(self, user_id: UUID) -> Iterator[None]:
        if self._is_leaving or self._of_users.total() >= self._at_once:
            raise Overloaded
        if self._of_users[user_id] >= self._per_user:
            raise TooManyStreams(retry_after=_RETRY_AFTER)
        self._of_users[user_id] += 1
        try:
            yield
        finally:
            self._of_users[user_id] -= 1
            if not self._of_users[user_id]:
                del self._of_users[user_id]

    def _end_all(self, reason: End) -> None:
        for stream in self._open:
            stream.end(reason)

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_INTERVAL)
            try:
                await self._sweep()
            except Exception:
                log.exception("streams_not_swept")

    async def _sweep(self) -> None:
        now = time.time()
        of_sessions: defaultdict[UUID, list[Stream]] = defaultdict(list)
        for stream in self._open:
            stream.cut_off_if_late(_PATIENCE)
            if now >= stream.expires_at:
                stream.end(End.EXPIRED)
            elif stream.ended_for is None:
                of_sessions[stream.session_id].append(stream)
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT):
                for session_id, streams in of_sessions.items():
                    if not await self._is_live(session_id):
                        for stream in streams:
                            stream.end(End.SESSION_ENDED)
        except (TimeoutError, UnavailableError):
            self._note_unknown()
        else:
            self._unknown_since = None

    async def _is_live(self, session_id: UUID) -> bool:
        """Raises :class:`UnavailableError`."""
        try:
            await self._sessions.check(session_id)
        except UnauthorizedError:
            return False
        return True

    def _note_unknown(self) -> None:
        """Soon end streams whose session may have ended."""
        now = time.monotonic()
        if self._unknown_since is None:
            self._unknown_since = now
        elif now - self._unknown_since > _UNKNOWN_FOR:
            self._end_all(End.UNAVAILABLE)


def _lag(message: LiveMessage, since: float) -> float | None:
    at = orjson.loads(message.data).get("at")
    committed_at = datetime.fromisoformat(at).timestamp() if at is not None else 0
    return max(0.0, time.time() - committed_at) if committed_at >= since else None
