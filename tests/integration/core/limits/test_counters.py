"""Rate limits in Redis and in memory admit the same requests."""

from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from BE.core.redis.in_redis import RedisCounters
from BE.core.redis.memory_counters import MemoryCounters
from tests.support.redis import Redis, needs_redis

LIMITS = {"address": 3, "rows": 100}
WINDOW = timedelta(hours=1)  # on a busy machine a test takes more than a minute
REQUESTS = (
    *[("address", 1, "192.0.2.1", 1)] * 4,
    *[("address", 4, "2001:db8::/56", 1)] * 13,
    *[("rows", 1, "ada", 12)] * 9,
    *[("rows", 1, "ada", 4), ("rows", 1, "ada", 1)],
    *[("rows", 1, "bob", 101), ("rows", 1, "bob", 100), ("rows", 1, "bob", 1)],
)
"""Kind, share, key and cost of each."""


@needs_redis
async def test_redis_and_memory_admit_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.redis.in_redis.TIMEOUT", 60)
    redis = Redis(tmp_path)
    redis.start()
    try:
        async with aclosing(RedisCounters(redis.url, LIMITS, WINDOW)) as shared:
            by_redis = [await shared.draw(*request) is None for request in REQUESTS]
    finally:
        redis.kill()
    memory = MemoryCounters(LIMITS, WINDOW)
    by_memory = [await memory.draw(*request) is None for request in REQUESTS]

    assert by_redis == by_memory
    assert by_memory.count(False) == 6
