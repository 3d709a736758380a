"""A store in Redis that all processes share, and one in memory while Redis is unreachable."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

TIMEOUT = 0.1
"""Seconds that a request waits for a Redis that does not answer."""

_PAUSE = 1.0


class RedisOrMemory[Store]:
    """Uses Redis where one is configured. After it has failed, it is tried once a second."""

    def __init__(self, purpose: str, memory: Store) -> None:
        self._purpose = purpose
        self._memory = memory
        self._redis: Store | None = None
        self._failures: tuple[type[Exception], ...] = (OSError, TimeoutError)
        self._is_down = False
        self._retry_at = 0.0

    def prefer(self, redis: Store, failures: tuple[type[Exception], ...]) -> None:
        """``failures`` is what ``redis`` raises while it does not answer."""
        self._redis = redis
        self._failures += failures

    async def use[Answer](self, work: Callable[[Store], Awaitable[Answer]]) -> Answer:
        if self._redis is None or not self._may_try():
            return await work(self._memory)
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await work(self._redis)
        except self._failures as error:
            self._lost(error)
            return await work(self._memory)
        self._found()
        return answer

    async def check(self, ping: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """The state that ``/health`` shows; ``ping`` calls Redis."""
        if self._redis is None:
            return {"status": "healthy", "backend": "memory"}
        try:
            async with asyncio.timeout(TIMEOUT):
                await ping()
        except self._failures as error:
            self._lost(error)
            return {"status": "degraded", "backend": "memory"}
        self._found()
        return {"status": "healthy", "backend": "redis"}

    def _may_try(self) -> bool:
        if not self._is_down:
            return True
        now = time.monotonic()
        if now < self._retry_at:
            return False
        self._retry_at = now + _PAUSE
        return True

    def _lost(self, error: Exception) -> None:
        if not self._is_down:
            log.warning("redis_away", purpose=self._purpose, error=type(error).__name__)
        self._is_down = True
        self._retry_at = time.monotonic() + _PAUSE

    def _found(self) -> None:
        if self._is_down:
            log.warning("redis_back", purpose=self._purpose)
        self._is_down = False
