import asyncio
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from structlog.typing import FilteringBoundLogger

from BE.core.exceptions import UnavailableError

_RETRY_DELAY = 5.0


@asynccontextmanager
async def ticking(
    tick: Callable[[], Awaitable[float | None]],
    ready: asyncio.Event,
    log: FilteringBoundLogger,
    *,
    spread: float,
    longest: float = math.inf,
) -> AsyncIterator[None]:
    """Call ``tick`` while the block runs, from when ``ready`` is set.

    It returns the seconds until its next call, which comes after the ``longest`` at the latest and
    up to ``spread`` later, so that not all processes come at once; ``None`` is the last.
    """
    task = asyncio.create_task(_tick_on(tick, ready, log, spread, longest))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _tick_on(
    tick: Callable[[], Awaitable[float | None]],
    ready: asyncio.Event,
    log: FilteringBoundLogger,
    spread: float,
    longest: float,
) -> None:
    await ready.wait()
    while True:
        try:
            seconds = await tick()
        except UnavailableError:
            seconds = _RETRY_DELAY
        except Exception:
            log.exception("schedule_failed")
            seconds = _RETRY_DELAY
        if seconds is None:
            return
        pause = min(seconds, longest) + random.uniform(0, spread)  # noqa: S311
        await asyncio.sleep(pause)
