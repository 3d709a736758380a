"""Large bodies: parsed off the event loop, in one thread.

A thread releases the interpreter every 5 ms. With several, the event loop would wait for each.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from fastapi import Depends, Request

LARGE = 32 * 1024
"""Bytes; under load, a smaller body is read faster than it is handed to a thread."""


async def _declare() -> None:
    pass


TAKES_FILES = Depends(_declare)
"""A route with this among its ``dependencies`` takes bodies of up to ``MAX_IMPORT_BYTES``."""

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-bodies")


async def beside_the_loop[Result](work: Callable[..., Result], *arguments: Any) -> Result:
    """Run ``work`` in the thread. Returns and raises as it does."""
    return await asyncio.get_running_loop().run_in_executor(_reader, partial(work, *arguments))


class ReceivedRequest(Request):
    """A request whose body has been received, and is in memory once."""

    def __init__(self, request: Request, body: bytearray) -> None:
        super().__init__(request.scope, request.receive)
        self._body = cast(bytes, body)


async def receive_file(request: Request) -> Request:
    """The request with its body received. Starlette would hold the chunks and the whole."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
    return ReceivedRequest(request, body)
