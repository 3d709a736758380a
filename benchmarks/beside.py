"""Runs a load in a process of its own, with a lower priority than the server.

The process reads its target as a line of JSON, and writes a line once the load has begun. When its
input ends, or after ten minutes, it writes its counts as JSON.
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

MAX_SECONDS = 600.0
"""The longest duration of a load."""


@asynccontextmanager
async def loading(
    module: str, name: str, target: "DataclassInstance"
) -> AsyncIterator[Counter[str]]:
    """Run the load during the block; afterwards the counter holds its counts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, name, stdin=PIPE, stdout=PIPE
    )
    counts = Counter[str]()
    try:
        await _write(process, json.dumps(asdict(target)) + "\n")
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


async def _write(process: Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode())
    await process.stdin.drain()


async def read_target() -> dict[str, Any]:
    """Read the target's fields from standard input, and lower the priority of this process."""
    os.nice(10)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of writes to closed sockets
    return dict(json.loads(await asyncio.to_thread(sys.stdin.readline)))


async def load_until_stopped(
    load: Awaitable[None], counts: Counter[str], begun: asyncio.Event | None = None
) -> None:
    """Run ``load`` until standard input ends, then end the process.

    The load has begun at once, or when ``begun`` is set.

    Raises what the load raises.
    """
    loop = asyncio.get_running_loop()
    stop, running = loop.run_in_executor(None, sys.stdin.read), asyncio.ensure_future(load)
    if begun is not None:
        beginning = asyncio.create_task(begun.wait())
        await asyncio.wait([beginning, running], return_when=asyncio.FIRST_COMPLETED)
    print("begun", flush=True)
    await asyncio.wait([stop], timeout=MAX_SECONDS)
    if running.done():
        running.result()
    print(json.dumps(counts), flush=True)
    os._exit(0)  # without closing thousands of connections
