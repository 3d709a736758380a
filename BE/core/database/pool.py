"""Lends connections: a free one at once, without the bookkeeping of asyncpg's pool (50 µs)."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from BE.core.database.connections import Connector, is_lost
from BE.core.database.errors import LOST, translated_errors
from BE.core.exceptions import UnavailableError

log = structlog.get_logger(__name__)

RELEASE_TIMEOUT = 0.5
"""Seconds that a server has to finish a connection's last statement."""

_CLOSE_TIMEOUT = 3.0
# A firewall forgets a connection after a minute or so of silence, and then drops its packets:
# one that was idle for this many seconds must answer before it is lent.
_TRUSTED_IDLE = 5.0
_ANSWER_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class PoolState:
    """How many connections are to be kept open, are open, and are open and free."""

    kept: int
    size: int
    idle: int

    @property
    def in_use(self) -> int:
        return self.size - self.idle


class ConnectionPool:
    """Keeps up to ``max_size`` connections of a connector, of which ``kept`` stay open."""

    def __init__(
        self,
        connector: Connector,
        *,
        kept: int,
        max_size: int,
        acquire_timeout: float,
        idle_lifetime: float,
        is_kept_open: bool = True,
    ) -> None:
        """``acquire_timeout`` and ``idle_lifetime`` are in seconds."""
        self._is_kept_open = is_kept_open
        self._connector = connector
        self._kept = kept
        self._max_size = max_size
        self._acquire_timeout = acquire_timeout
        self._idle_lifetime = idle_lifetime
        self._pool: Any = None
        self._taken = 0
        self._free: list[Any] = []
        self._waiters: deque[asyncio.Future[Any]] = deque()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connections open when they are needed: the server may still be unreachable."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._max_size,
            max_inactive_connection_lifetime=self._idle_lifetime,
            connect=self._connector.connect,
            connection_class=self._connector.connection_class,
            reset=_keep_session,
        )
        self._keeper = asyncio.create_task(self._keep_open())

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._return_free()
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def warm_up(self) -> None:
        """Open and use the connections that are kept. Raises :class:`UnavailableError`."""
        missing = self._kept - self.state.in_use
        with translated_errors:
            opened = await asyncio.gather(
                *(self.acquire() for _ in range(missing)), return_exceptions=True
            )
            connections = [
                connection for connection in opened if not isinstance(connection, BaseException)
            ]
            used = await asyncio.gather(
                *(connection.execute("SELECT 1") for connection in connections),
                return_exceptions=True,
            )
            for connection in connections:
                connection.note_use()
                await self.discard(connection)
            for result in (*opened, *used):
                if isinstance(result, BaseException):
                    raise result

    async def acquire(self) -> Any:
        """A free connection, or a new one, or the next one that is released.

        Raises :class:`TimeoutError` after ``acquire_timeout`` in all, and what connecting raises.
        """
        if self._free and _is_trusted(self._free[-1]):
            return self._free.pop()
        async with asyncio.timeout(self._acquire_timeout):
            return await self._acquire_or_wait()

    async def _acquire_or_wait(self) -> Any:
        """Like :meth:`acquire`; a task that loses the race for a connection waits for the next."""
        while True:
            if not self._free and self._taken < self._max_size:
                connection = await self._take()
            else:
                connection = self._free.pop() if self._free else await self._wait()
            if connection is not None:
                if _is_trusted(connection) or await self._answers(connection):
                    return connection
                await self.discard(connection)

    async def release(self, connection: Any) -> None:
        """Lend a healthy connection again, without asyncpg's pool."""
        if self._pool.is_closing():
            await self.discard(connection)
        else:
            connection.note_use()
            self._hand_on(connection)

    async def discard(self, connection: Any) -> None:
        """Return a connection to asyncpg's pool, which closes it if it is unusable."""
        try:
            await self._pool.release(connection, timeout=RELEASE_TIMEOUT)
        except (*LOST, asyncpg.PostgresError) as error:
            log.info("connection_discarded", error=type(error).__name__)
        finally:
            self._taken -= 1
            self._hand_on(None)

    @property
    def state(self) -> PoolState:
        idle = self._pool.get_idle_size() + len(self._free)
        return PoolState(self._kept, self._pool.get_size(), idle)

    async def _answers(self, connection: Any) -> bool:
        """Whether a connection that was idle still reaches the server.

        If it does not, other idle ones do not either.
        """
        if is_lost(connection):
            return False
        try:
            await connection.execute("SELECT 1", timeout=_ANSWER_TIMEOUT)
        except (*LOST, asyncpg.PostgresError) as error:
            log.warning("idle_connection_lost", error=type(error).__name__)
            connection.terminate()
            await self._distrust_idle()
            return False
        except BaseException:
            connection.terminate()
            await self.discard(connection)
            raise
        return True

    async def _distrust_idle(self) -> None:
        """Close the other idle ones too: callers find them lost instead of awaiting an answer."""
        await self._pool.expire_connections()
        for connection in self._free:
            if not _is_trusted(connection) and not is_lost(connection):
                connection.terminate()

    async def _take(self) -> Any:
        self._taken += 1
        try:
            return await self._pool.acquire(timeout=self._acquire_timeout)
        except BaseException:
            self._taken -= 1
            self._hand_on(None)
            raise

    async def _wait(self) -> Any:
        """The next released connection; ``None`` when there is room for a new one."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():  # it came too late
                self._hand_on(waiter.result())
            raise

    def _hand_on(self, connection: Any) -> None:
        """Give it to the task that has waited longest; without one it is free."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            self._free.append(connection)

    async def _return_free(self) -> None:
        """Return the free connections to asyncpg's pool, which closes those that stay idle."""
        while self._free:
            await self.discard(self._free.pop())

    async def _keep_open(self) -> None:
        """Use the kept connections before they are idle for too long: asyncpg would close them.

        A firewall that forgets silent connections also sees traffic on them.
        """
        while True:
            await asyncio.sleep(self._idle_lifetime / 3)
            try:
                await self._return_free()
                if self._is_kept_open:
                    await self.warm_up()
            except UnavailableError:
                pass  # the next request that needs a connection reports it
            except Exception:
                log.exception("pool_not_kept_open")


def _is_trusted(connection: Any) -> bool:
    return not is_lost(connection) and connection.idle_time() < _TRUSTED_IDLE


async def _keep_session(_: Any) -> None:
    """Reset nothing: no repository changes its session, and a reset is a round trip."""
