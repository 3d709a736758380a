import asyncio
from typing import Any
from uuid import UUID

import pytest

from BE.core.limits import batches as module
from BE.core.limits.batches import Batches
from BE.core.limits.concurrency import TooManyAtOnce
from BE.core.redis.rate_limits import RateLimits, TooManyChanges
from BE.core.types import new_id

ADA, BOB = new_id(), new_id()


class HeldRequests:
    """Requests that keep their turn until they are released."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self.running: list[UUID] = []
        self.release = asyncio.Event()

    async def request(self, caller: UUID) -> None:
        async with self._batches.turn(caller):
            self.running.append(caller)
            await self.release.wait()


def batches_with(**options: Any) -> Batches:
    limits = RateLimits(None, per_address=1, per_user=1, rows_per_user=100)
    return Batches(limits, **{"counting": True, "at_once": 2, "waiting": 1} | options)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_requests_over_the_limits_wait_and_then_are_refused() -> None:
    held = HeldRequests(batches_with())
    async with asyncio.TaskGroup() as requests:
        for _ in range(3):
            requests.create_task(held.request(ADA))
        await settled()

        assert held.running == [ADA, ADA]
        with pytest.raises(TooManyAtOnce) as refused:
            await held.request(ADA)
        assert int(refused.value.headers["Retry-After"]) > 0
        requests.create_task(held.request(BOB))
        await settled()
        assert held.running == [ADA, ADA, BOB]
        held.release.set()

    assert held.running == [ADA, ADA, BOB, ADA]


async def test_a_request_that_waits_too_long_is_refused_and_frees_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0)
    batches = batches_with(at_once=1)
    async with batches.turn(ADA):
        for _ in range(3):
            with pytest.raises(TooManyAtOnce):
                async with batches.turn(ADA):
                    pass

    async with batches.turn(ADA):
        pass


async def test_a_cancelled_or_failed_request_frees_its_place() -> None:
    batches = batches_with(at_once=1)
    held = HeldRequests(batches)
    async with batches.turn(ADA):
        waiting = asyncio.create_task(held.request(ADA))
        await settled()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(ValueError, match="failed"):
        async with batches.turn(ADA):
            raise ValueError("failed")

    held.release.set()
    await held.request(ADA)
    assert batches._turns == {}


async def test_rows_are_counted_for_each_caller() -> None:
    batches = batches_with()
    await batches.draw(ADA, 60)
    await batches.draw(ADA, 0)
    await batches.draw(ADA, 40)

    with pytest.raises(TooManyChanges) as refused:
        await batches.draw(ADA, 40)
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    await batches.draw(BOB, 100)


async def test_rows_are_not_counted_without_limits() -> None:
    batches = batches_with(counting=False)

    for _ in range(3):
        await batches.draw(ADA, 100)
