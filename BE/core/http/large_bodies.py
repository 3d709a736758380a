"""Reads large bodies beside the event loop, one after the other.

A thread gives the interpreter back every 5 ms; that it is one thread keeps the loop from waiting
for several.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

LARGE = 32 * 1024
"""Bytes; less is read faster than it is handed over to a thread under load."""

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-bodies")


async def beside_the_loop[Result](work: Callable[..., Result], *arguments: Any) -> Result:
    """What ``work`` returns. Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_reader, partial(work, *arguments))
