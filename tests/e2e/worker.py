"""A process that delivers events: ``python -m tests.e2e.worker DSN [MISHAP]``.

``MISHAP`` is what befalls it at its first delivery, and where: ``kill-claimed``, ``kill-handling``,
``kill-committed``, ``freeze-claimed`` or ``freeze-handling``.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from typing import Any

import psutil

from BE.core.events import Delivery, Envelope
from BE.core.events.outbox import Claimed, Retries
from BE.core.logging import configure_logging
from tests.e2e.server import PATIENCE, ROOT, wait_for
from tests.support.events import Counted, CountingDatabase, Node

POISON = "poison"
ATTEMPTS = 4
LEASE = 1.0


class Worker:
    """One of them, from outside."""

    def __init__(self, dsn: str, mishap: str = "") -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `kill`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.worker", dsn, mishap],
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

    def stop(self) -> str:
        """End it as an operator does; what it said."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.seek(0)
        return self._log.read().decode()


def node_on(database: CountingDatabase) -> Node:
    """What each worker, and whoever publishes to them, has."""
    node = Node(
        database,
        poll=0.1,
        lease=LEASE,
        handler_timeout=LEASE / 2,
        retries=Retries(attempts=ATTEMPTS, first=timedelta(0), longest=timedelta(0)),
    )
    mishap = "" if len(sys.argv) < 3 else sys.argv[2]

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
        await node.db.execute(
            "INSERT INTO sent (id, times) VALUES ($1, 1)"
            " ON CONFLICT (id) DO UPDATE SET times = sent.times + 1",
            envelope.id,
        )

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


async def work(dsn: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with database_on(dsn) as database, node_on(database).relaying():
        await stop.wait()


if __name__ == "__main__":
    configure_logging(style="json", level="WARNING")
    asyncio.run(work(sys.argv[1]))
