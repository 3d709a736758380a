"""What was found a while ago, remembered by this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


class Memo:
    """For a handful of keys; ``get_or_set`` is that of ``cashews``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[Any, float]] = {}
        self._finding = asyncio.Lock()

    async def get_or_set(
        self, key: str, default: Callable[[], Awaitable[Any]], expire: float
    ) -> Any:
        """What ``key`` stands for, or ``default()``, kept for ``expire`` seconds.

        Of many who ask at once, one finds out.
        """
        async with self._finding:
            value, until = self._kept.get(key, (None, float("-inf")))
            if self._clock() >= until:
                began = self._clock()
                value = await default()
                self._kept[key] = value, began + expire
        return value
