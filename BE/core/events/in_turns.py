import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import batched

_AT_A_TIME = 20


async def in_turns[T](items: Iterable[T]) -> AsyncIterator[tuple[T, ...]]:
    """``items``, twenty at a time; in between, other tasks of the process get their turn."""
    for number, some in enumerate(batched(items, _AT_A_TIME)):
        if number:
            await asyncio.sleep(0)
        yield some
