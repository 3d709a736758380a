"""Rate limits in memory, which count like the library that counts in Redis."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import throttled
from hypothesis import given
from hypothesis import strategies as st
from throttled.rate_limiter import per_duration

from BE.core.redis import memory_counters
from BE.core.redis.memory_counters import MemoryCounters

WINDOW = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(memory_counters, "monotonic", clock)
        yield clock


async def draw(
    counters: MemoryCounters, times: int, key: str = "ada", cost: int = 1
) -> list[float | None]:
    return [await counters.draw("user", 1, key, cost) for _ in range(times)]


async def test_the_limit_is_admitted_at_once_and_then_one_for_each_interval(clock: Clock) -> None:
    counters = MemoryCounters({"user": 6}, WINDOW)

    assert await draw(counters, 7) == [None] * 6 + [10]
    clock.now += 9
    assert await draw(counters, 1) == [1]
    clock.now += 1
    assert await draw(counters, 2) == [None, 10]
    clock.now += 3600
    assert (await draw(counters, 7)).count(None) == 6


@pytest.mark.usefixtures("clock")
async def test_a_share_is_a_multiple_of_the_limit_and_a_cost_of_a_request() -> None:
    counters = MemoryCounters({"user": 5, "rows": 5}, WINDOW)

    assert (await draw(counters, 3, cost=2)).count(None) == 2
    assert [await counters.draw("rows", 4, "ada", 1) for _ in range(21)].count(None) == 20
    assert await counters.draw("user", 1, "bob", 6) == 12
    assert (await draw(counters, 6, "bob")).count(None) == 5


@pytest.mark.usefixtures("clock")
async def test_the_key_that_was_counted_longest_ago_is_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory_counters, "_MAX_KEYS", 2)
    counters = MemoryCounters({"user": 1}, WINDOW)

    await draw(counters, 1, "ada")
    await draw(counters, 1, "bob")
    assert await draw(counters, 1, "ada") != [None]
    await draw(counters, 1, "eve")

    assert await draw(counters, 1, "ada") != [None]
    assert await draw(counters, 1, "bob") == [None]


_REQUESTS = st.lists(
    st.tuples(st.sampled_from(["ada", "bob"]), st.integers(1, 8), st.integers(0, 40)), max_size=40
)


@given(limit=st.integers(1, 30), requests=_REQUESTS)
async def test_the_library_counts_the_same(
    limit: int, requests: list[tuple[str, int, int]]
) -> None:
    clock = Clock()
    counters = MemoryCounters({"user": limit}, WINDOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory_counters, "monotonic", clock)
        patch.setattr("throttled.utils.now_mono_f", clock)
        library = throttled.Throttled(
            using="gcra", quota=per_duration(WINDOW, limit), store=throttled.MemoryStore()
        ).limiter
        for key, cost, seconds in requests:
            clock.now += seconds + 0.0137  # not on the edge, where rounding decides
            expected = library.limit(key, cost)

            wait = await counters.draw("user", 1, key, cost)

            assert (wait is not None) == expected.limited
            assert (wait or 0) == pytest.approx(expected.state.retry_after, abs=1e-6)
