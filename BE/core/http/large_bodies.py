"""Reads large bodies beside the event loop, in one thread.

A thread releases the interpreter every 5 ms. With several, the event loop would wait for each.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

LARGE = 32 * 1024
"""Bytes; under load, reading less takes less time than handing it to a thread."""

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-bodies")


async def beside_the_loop[Result](work: Callable[..., Result], *arguments: Any) -> Result:
    """What ``work`` returns. Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_reader, partial(work, *arguments))
