"""Checks whether the database answers, with one query for all callers."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from BE.core.exceptions import UnavailableError
from BE.core.operations.pulse import DatabasePulse, SingleFlight


class FakeDatabase:
    def __init__(self) -> None:
        self.queries = 0
        self.is_unreachable = False
        self.pool = SimpleNamespace(size=1)

    async def fetchval(self, _: str) -> int:
        self.queries += 1
        await asyncio.sleep(0)
        if self.is_unreachable:
            raise UnavailableError from OSError("refused")
        return 1


@pytest.fixture
def database() -> Any:
    return FakeDatabase()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = SimpleNamespace(now=0.0)
    fake = SimpleNamespace(monotonic=lambda: clock.now, perf_counter=lambda: clock.now)
    monkeypatch.setattr("BE.core.operations.pulse.time", fake)
    return clock


async def request_latency(pulse: DatabasePulse, times: int) -> list[Any]:
    return await asyncio.gather(*(pulse.latency() for _ in range(times)), return_exceptions=True)


async def test_the_database_is_queried_once_a_second(database: Any, clock: Any) -> None:
    pulse = DatabasePulse(database)

    for second in range(3):
        clock.now = second * 1.5
        assert await request_latency(pulse, 50) == [0.0] * 50
        await pulse.latency()

    assert database.queries == 3


async def test_an_unreachable_database_is_queried_no_more_often(database: Any, clock: Any) -> None:
    pulse = DatabasePulse(database)
    database.is_unreachable = True

    refused = await request_latency(pulse, 50)
    refused += await request_latency(pulse, 50)
    queries = database.queries
    database.is_unreachable = False
    clock.now = 1.5

    assert {type(answer) for answer in refused} == {UnavailableError}
    assert {type(answer.__cause__) for answer in refused} == {OSError}
    assert queries == 1
    assert await pulse.latency() == 0


@pytest.mark.usefixtures("clock")
async def test_a_result_is_discarded_once_every_connection_is_lost(database: Any) -> None:
    pulse = DatabasePulse(database)
    await pulse.latency()
    database.is_unreachable, database.pool.size = True, 0

    with pytest.raises(UnavailableError):
        await pulse.latency()


async def test_a_hanging_query_times_out(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("BE.core.operations.pulse._PATIENCE", 0.01)
    monkeypatch.setattr(FakeDatabase, "fetchval", lambda *_: asyncio.Event().wait())

    with pytest.raises(UnavailableError):
        await DatabasePulse(database).latency()


async def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    finish, runs = asyncio.Event(), list[int]()

    async def run() -> int:
        runs.append(1)
        await finish.wait()
        return 7

    flight = SingleFlight(run)
    first, second = (asyncio.create_task(flight.result()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    finish.set()

    assert await second == 7
    assert runs == [1]
    assert first.cancelled()
