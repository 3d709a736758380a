"""A process that delivers events: ``Worker(dsn, mishap)``.

A mishap says how it fails at its first delivery, and where: ``kill`` or ``freeze``, then
``-claimed``, ``-handling`` or ``-committed`` in a transaction, ``-sending`` or ``-sent`` outside.
``clock-forwards``, ``clock-backwards`` and ``clock-jumping`` set its wall clock wrong.
"""

import asyncio
import itertools
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import psutil

from BE.core.database.connections import connected
from BE.core.durable.retries import Retries
from BE.core.events import Delivery, Envelope, relay
from BE.core.events.claims import Claimed
from BE.core.telemetry.logging import configure_logging
from tests.support.events import Counted, CountingDatabase, Node, eventually
from tests.support.processes.forked import Forked
from tests.support.processes.server import PATIENCE, wait_for

POISON = "poison"
SLOW = "slow"
STUCK = "stuck"
RELEASED = "released"
STOPPING = "stopping"
PATIENT: dict[str, float] = {"lease": 60, "stop_timeout": 1, "attempts": 1000}
"""Options so long that only a test which shortens one sees its end."""
CLOCKS = {"forwards": (10,), "backwards": (-10,), "jumping": (10, -10, 0, 20, -20)}
"""By how many years successive readings are wrong, in a cycle."""


class Worker:
    """A running worker, as the test sees it."""

    def __init__(self, dsn: str, mishap: str = "", **options: float) -> None:
        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by `kill`
        self._process = Forked(
            work, dsn, options, mishap, env=dict(os.environ), output=Path(self._log.name)
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

    def request_stop(self) -> None:
        """Send SIGTERM, and wait until the worker has received it."""
        self._process.send_signal(signal.SIGTERM)
        self.wait_for_output(STOPPING)

    def wait_for_output(self, *texts: str) -> None:
        wait_for(lambda: any(text in self.output for text in texts), f"the worker to print {texts}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE)

    @property
    def output(self) -> str:
        return Path(self._log.name).read_text()


def node_on(database: CountingDatabase, mishap: str = "", **options: float) -> Node:
    """The node of a worker, or of a process that publishes; ``PATIENT`` names the options."""
    chosen = PATIENT | options
    node = Node(
        database,
        poll=0.1,
        lease=chosen["lease"],
        handler_timeout=chosen["lease"] / 2,
        stop_timeout=chosen["stop_timeout"],
        retries=Retries(attempts=int(chosen["attempts"]), first=timedelta(0), longest=timedelta(0)),
    )

    def fail_at(where: str) -> None:
        nonlocal mishap
        what, _, at = mishap.partition("-")
        if at == where:
            mishap = ""
            os.kill(os.getpid(), signal.SIGKILL if what == "kill" else signal.SIGSTOP)

    async def count(event: Counted) -> None:
        if event.subject == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        await node.count(event)
        fail_at("handling")

    async def send(envelope: Envelope[Counted]) -> None:
        """Outside a transaction, the id of the event shows a repetition."""
        fail_at("sending")
        await node.db.execute(
            "INSERT INTO sent (id, times) VALUES ($1, 1)"
            " ON CONFLICT (id) DO UPDATE SET times = sent.times + 1",
            envelope.id,
        )
        fail_at("sent")
        if envelope.event.subject == SLOW:
            await eventually(is_released)
        if envelope.event.subject == STUCK:
            await asyncio.Event().wait()

    async def is_released() -> bool:
        return (RELEASED, 0) in await node.effects()

    run = node.relay._runner._in_transaction

    async def in_transaction(claimed: Claimed, *rest: Any) -> None:
        fail_at("claimed")
        await run(claimed, *rest)
        fail_at("committed")

    node.relay._runner._in_transaction = in_transaction  # type: ignore[assignment,method-assign]
    node.bus.subscribe(Counted, count, name="count")
    node.bus.subscribe(Counted, send, Delivery.DURABLE_OUTSIDE, name="send")
    return node


def database_on(dsn: str) -> CountingDatabase:
    return CountingDatabase(dsn, pool_size=1, max_overflow=4, acquire_timeout=60, idle_lifetime=300)


async def expire_leases(dsn: str) -> None:
    """End the leases of processes that are dead or frozen."""
    async with connected(dsn) as connection:
        await connection.execute(
            "UPDATE events.delivery SET due_at = now() WHERE claim IS NOT NULL"
        )


def work(dsn: str, options: dict[str, float], mishap: str) -> None:
    configure_logging(style="json", level="WARNING")
    relay._GIVE_UP_TIMEOUT = 60  # a busy machine is no reason to keep a lease
    if mishap.startswith("clock-"):
        set_clock(CLOCKS[mishap.removeprefix("clock-")])
    asyncio.run(relay_until_stopped(dsn, options, mishap))


async def relay_until_stopped(dsn: str, options: dict[str, float], mishap: str) -> None:
    stop = asyncio.Event()

    def on_signal() -> None:
        sys.stdout.write(STOPPING)
        sys.stdout.flush()
        stop.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, on_signal)
    async with database_on(dsn) as database, node_on(database, mishap, **options).relaying():
        await stop.wait()


def set_clock(years: tuple[int, ...]) -> None:
    """Make each reading of the wall clock in this process wrong."""
    wrong = itertools.cycle(years)
    read = time.time

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time(), tz or UTC)

    time.time = lambda: read() + next(wrong) * 365 * 86_400
    for module in [module for name, module in sys.modules.items() if name.startswith("BE.")]:
        if getattr(module, "datetime", None) is datetime:
            module.datetime = Wrong  # type: ignore[attr-defined]
