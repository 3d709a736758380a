"""The pool, without a server."""

import asyncio
from typing import Any

import pytest

from BE.core.database.connections import Connector
from BE.core.database.pool import ConnectionPool


class RacedPool(ConnectionPool):
    """A pool in which another task takes every connection for which a task was woken."""

    races = 0

    async def _wait(self) -> Any:
        self.races += 1
        asyncio.get_running_loop().call_soon(self._hand_on, None)
        return await super()._wait()


async def test_a_task_that_loses_every_race_times_out() -> None:
    pool = RacedPool(
        Connector("postgresql://nobody@127.0.0.1:1/none", timeout=1),
        kept=1,
        max_size=0,  # all are taken
        acquire_timeout=0.05,
        idle_lifetime=300,
    )

    with pytest.raises(TimeoutError):
        await pool.acquire()

    assert pool.races > 1


class Connection:
    def __init__(self) -> None:
        self.is_cut = False
        self.is_terminated = False

    def is_closed(self) -> bool:
        return self.is_terminated

    def idle_time(self) -> float:
        return 3600 if self.is_cut else 0

    def note_use(self) -> None:
        pass

    def terminate(self) -> None:
        self.is_terminated = True

    async def execute(self, *_: Any, **__: Any) -> None:
        raise ConnectionResetError


class Driver:
    """A fake of asyncpg's pool that can delay the release of a connection."""

    def __init__(self) -> None:
        self.may_release = asyncio.Event()
        self.may_release.set()

    async def acquire(self, **_: Any) -> Connection:
        return Connection()

    async def release(self, *_: Any, **__: Any) -> None:
        await self.may_release.wait()

    async def expire_connections(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False


async def test_a_timeout_over_cut_connections_frees_their_places() -> None:
    driver = Driver()
    pool = ConnectionPool(
        Connector("postgresql://nobody@127.0.0.1:1/none", timeout=1),
        kept=2,
        max_size=2,
        acquire_timeout=0.05,
        idle_lifetime=300,
    )
    pool._pool = driver
    closed, silent = await pool.acquire(), await pool.acquire()
    for connection in (closed, silent):
        await pool.release(connection)
        connection.is_cut = True
    closed.is_terminated = True

    driver.may_release.clear()
    with pytest.raises(TimeoutError):
        await pool.acquire()
    driver.may_release.set()

    assert len({await pool.acquire(), await pool.acquire()}) == 2


async def test_connections_cut_together_are_discovered_by_one_check() -> None:
    pool = ConnectionPool(
        Connector("postgresql://nobody@127.0.0.1:1/none", timeout=1),
        kept=3,
        max_size=3,
        acquire_timeout=5,
        idle_lifetime=300,
    )
    pool._pool = Driver()
    idle = [await pool.acquire() for _ in range(3)]
    for connection in idle:
        await pool.release(connection)
        connection.is_cut = True

    acquired = await pool.acquire()

    assert acquired not in idle
    assert all(connection.is_terminated for connection in idle)
