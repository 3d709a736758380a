"""A process that delivers events: ``python -m tests.e2e.worker DSN LEASE [MISHAP]``.

``MISHAP`` is what befalls it at its first delivery, and where: ``kill`` or ``freeze``, then
``-claimed``, ``-handling`` or ``-committed`` in a transaction, ``-sending`` or ``-sent`` outside.
``clock-forwards``, ``clock-backwards`` and ``clock-jumping`` is what its wall clock does.
"""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import psutil

from BE.core.events import Delivery, Envelope
from BE.core.events.outbox import Claimed, Retries
from BE.core.logging import configure_logging
from tests.e2e.server import PATIENCE, ROOT, wait_for
from tests.support.events import Counted, CountingDatabase, Node, eventually

POISON = "poison"
SLOW = "slow"
STUCK = "stuck"
RELEASED = "released"
STOPPING = "stopping"
ATTEMPTS = 4
LEASE = 1.0
CLOCKS = {"forwards": (10,), "backwards": (-10,), "jumping": (10, -10, 0, 20, -20)}
"""By how many years each reading is wrong, one after the other and again."""


class Worker:
    """One of them, from outside."""

    def __init__(self, dsn: str, mishap: str = "", *, lease: float = LEASE) -> None:
        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by `kill`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.worker", dsn, str(lease), mishap],
            cwd=ROOT,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def wait_until_dead(self) -> None:
        self._process.wait(PATIENCE)

    def wait_until_frozen(self) -> None:
        process = psutil.Process(self._process.pid)
        wait_for(lambda: process.status() == psutil.STATUS_STOPPED, "the worker to freeze")

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        self._log.close()

    def ask_to_stop(self) -> None:
        """As an operator does; it has heard it when this returns."""
        self._process.terminate()
        wait_for(lambda: STOPPING in self.said, "the worker to hear the signal")

    def stop(self) -> str:
        """What it said until it ended."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        return self.said

    @property
    def said(self) -> str:
        return Path(self._log.name).read_text()


def node_on(database: CountingDatabase, lease: float = LEASE, mishap: str = "") -> Node:
    """What each worker, and whoever publishes to them, has."""
    node = Node(
        database,
        poll=0.1,
        lease=lease,
        handler_timeout=lease / 2,
        stop_timeout=1,
        retries=Retries(attempts=ATTEMPTS, first=timedelta(0), longest=timedelta(0)),
    )

    def befalls(where: str) -> None:
        nonlocal mishap
        what, _, at = mishap.partition("-")
        if at == where:
            mishap = ""
            os.kill(os.getpid(), signal.SIGKILL if what == "kill" else signal.SIGSTOP)

    async def on_counted(event: Counted) -> None:
        if event.subject == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        await node.count(event)
        befalls("handling")

    async def send(envelope: Envelope[Counted]) -> None:
        """Outside, a second time is recognised by the id of the event."""
        befalls("sending")
        await node.db.execute(
            "INSERT INTO sent (id, times) VALUES ($1, 1)"
            " ON CONFLICT (id) DO UPDATE SET times = sent.times + 1",
            envelope.id,
        )
        befalls("sent")
        if envelope.event.subject == SLOW:
            await eventually(is_released)
        if envelope.event.subject == STUCK:
            await asyncio.Event().wait()

    async def is_released() -> bool:
        return (RELEASED, 0) in await node.effects()

    run = node.relay._runner._in_transaction

    async def in_transaction(claimed: Claimed, *rest: Any) -> None:
        befalls("claimed")
        await run(claimed, *rest)
        befalls("committed")

    node.relay._runner._in_transaction = in_transaction  # type: ignore[assignment,method-assign]
    node.bus.subscribe(Counted, on_counted, name="count")
    node.bus.subscribe(Counted, send, Delivery.DURABLE_OUTSIDE, name="send")
    return node


def database_on(dsn: str) -> CountingDatabase:
    return CountingDatabase(dsn, pool_size=1, max_overflow=4, acquire_timeout=2, idle_lifetime=300)


async def work(dsn: str, lease: float, mishap: str) -> None:
    stop = asyncio.Event()

    def hear() -> None:
        sys.stdout.write(STOPPING)
        sys.stdout.flush()
        stop.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hear)
    async with database_on(dsn) as database, node_on(database, lease, mishap).relaying():
        await stop.wait()


def set_clock(years: tuple[int, ...]) -> None:
    """Let each reading of the wall clock in this process be wrong."""
    wrong = itertools.cycle(years)
    read = time.time

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time(), tz or UTC)

    time.time = lambda: read() + next(wrong) * 365 * 86_400
    for module in [each for name, each in sys.modules.items() if name.startswith("BE.")]:
        if getattr(module, "datetime", None) is datetime:
            module.datetime = Wrong  # type: ignore[attr-defined]


if __name__ == "__main__":
    configure_logging(style="json", level="WARNING")
    dsn, lease, mishap = sys.argv[1:]
    if mishap.startswith("clock-"):
        set_clock(CLOCKS[mishap.removeprefix("clock-")])
    asyncio.run(work(dsn, float(lease), mishap))
