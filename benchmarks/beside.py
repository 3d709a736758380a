"""A load in a process of its own, nicer than the others: what starts it, and what it runs.

It reads what it is to load as a line of JSON, and writes a line when the load is there. When its
input ends, or after ten minutes, it writes what was counted, as JSON.
"""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LONGEST = 600.0
"""Seconds that a load lasts at most."""


@asynccontextmanager
async def loading(
    module: str, name: str, target: "DataclassInstance"
) -> AsyncIterator[Counter[str]]:
    """Load within the block; after it the counter says what the load has counted."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, name, stdin=PIPE, stdout=PIPE
    )
    counts = Counter[str]()
    try:
        await _say(process, json.dumps(asdict(target)) + "\n")
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begun\n"
        yield counts
        output, _ = await process.communicate()
        assert process.returncode == 0, f"the load {name} has failed"
        counts.update(json.loads(output))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _say(process: Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode())
    await process.stdin.drain()


async def read_target() -> dict[str, Any]:
    """The fields of the target, from standard input; makes the process of the load nicer."""
    os.nice(10)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of writes to closed sockets
    return dict(json.loads(await asyncio.to_thread(sys.stdin.readline)))


async def load_until_stopped(
    load: Awaitable[None], counts: Counter[str], begun: asyncio.Event | None = None
) -> None:
    """Run ``load`` and end the process; the load is there at once, or once it has ``begun``.

    Raises what the load raises.
    """
    loop = asyncio.get_running_loop()
    stop, acting = loop.run_in_executor(None, sys.stdin.read), asyncio.ensure_future(load)
    if begun is not None:
        beginning = asyncio.create_task(begun.wait())
        await asyncio.wait([beginning, acting], return_when=asyncio.FIRST_COMPLETED)
    print("begun", flush=True)
    await asyncio.wait([stop], timeout=LONGEST)
    if acting.done():
        acting.result()
    print(json.dumps(counts), flush=True)
    os._exit(0)  # thousands of connections end with their process
