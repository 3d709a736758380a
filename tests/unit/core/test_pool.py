"""The pool, without a server."""

import asyncio
from typing import Any

import pytest

from BE.core.database.connections import Connector
from BE.core.database.pool import ConnectionPool


class RacedPool(ConnectionPool):
    """Somebody else takes every connection for which a task was woken."""

    races = 0

    async def _wait(self) -> Any:
        self.races += 1
        asyncio.get_running_loop().call_soon(self._hand_on, None)
        return await super()._wait()


async def test_who_loses_every_race_waits_no_longer_than_the_timeout() -> None:
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
