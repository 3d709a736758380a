"""Claims due deliveries and runs them; each process has one."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from opentelemetry.trace import Tracer

from BE.core.database.database import Database
from BE.core.durable.retries import Retries
from BE.core.durable.turns import Turns
from BE.core.events.bus import EventBus, Subscription
from BE.core.events.claims import Claimed, Claims, Lane
from BE.core.events.deliveries import Deliveries
from BE.core.events.outbox import Outbox
from BE.core.events.runner import Runner

log = structlog.get_logger(__name__)

_REPORT_INTERVAL = 60.0
_GIVE_UP_TIMEOUT = 1.0
_MANY = 8
_PAUSE = 0.02
"""Seconds to wait after a claim that found many; the next one finds more at the same cost."""
_PAUSE_BESIDE_REQUESTS = 0.1
"""The same while requests are served, which meanwhile have the process to themselves."""
_BATCHES_AT_ONCE = 2
"""For a handler that takes many events at a time: one runs, one waits."""
_BATCH_FACTOR = 4
"""How many times as large its batch is."""
_FOLLOWERS = 4
"""Per delivery of a batch; a key with a long backlog also gets those of the others."""


class AttemptCounter(Protocol):
    """Counts attempts by how they end."""

    def delivery(self, handler: str, *, is_done: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """Deliveries to one subscriber that run one after the other, or together if it takes many."""

    subscription: Subscription
    chain: list[Claimed]
    claimed_at: float

    @property
    def is_ordered(self) -> bool:
        return self.chain[0].key is not None

    @property
    def is_suspect(self) -> bool:
        return self.chain[0].is_suspect


class Relay:
    """One per process; any number of them share a database."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        deliveries: Deliveries,
        bus: EventBus,
        *,
        connections: int,
        batch: int = 50,
        outside_at_once: int = 10,
        poll: float = 1.0,
        idle_poll: float = 0,
        lease: float = 60,
        handler_timeout: float = 30,
        stop_timeout: float = 3,
        retries: Retries | None = None,
        is_serving: Callable[[], bool] = lambda: False,
        metrics: AttemptCounter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """Times are in seconds; ``handler_timeout`` must be shorter than ``lease``.

        When idle it polls after ``idle_poll``, if that is longer than ``poll``, or when the next
        delivery is due.

        Handlers that run in a transaction use at most ``connections`` of the pool. A process claims
        about ``batch`` deliveries at a time for such a handler, ``outside_at_once`` for one that
        runs outside a transaction. It claims less often while it ``is_serving`` requests.
        """
        if handler_timeout >= lease:
            raise ValueError("a handler must end before its lease")
        self._outbox = outbox
        self._claims = Claims(database)
        self._deliveries = deliveries
        self._bus = bus
        self._connections = asyncio.Semaphore(connections)
        self._batch = batch
        self._outside_at_once = outside_at_once
        self._turns = Turns("relay", outbox.filled, log, poll=poll, idle_poll=idle_poll)
        self._lease = lease
        self._slack = lease - handler_timeout
        self._stop_timeout = stop_timeout
        self._retries = retries or Retries()
        self._is_serving = is_serving
        self._metrics = metrics
        self._runner = Runner(
            database,
            self._claims,
            handler_timeout=handler_timeout,
            retries=self._retries,
            tracer=tracer,
        )
        self._runs: dict[asyncio.Task[None], Run] = {}
        self._report_at = 0.0

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Deliver while the block runs, from when ``ready`` is set.

        At its end nothing more is claimed. Running deliveries may finish within ``stop_timeout``;
        the others are given back.
        """
        relaying = asyncio.create_task(self._relay(ready))
        try:
            yield
        finally:
            self._turns.stop()
            if not ready.is_set():
                relaying.cancel()
            await asyncio.wait([relaying, *self._runs], timeout=self._stop_timeout)
            relaying.cancel()
            await self._give_up()

    async def _relay(self, ready: asyncio.Event) -> None:
        await ready.wait()
        self._report_at = time.monotonic() + _REPORT_INTERVAL
        await self._turns.take(self._turn, self._seconds_until_due, lambda: bool(self._runs))

    async def _turn(self, woken: bool) -> bool:  # noqa: FBT001 - as Turns calls it
        """Claim what is due; return whether there was anything. An idle turn is one statement.

        Once a minute, report deliveries without a subscriber here instead.
        """
        reports = time.monotonic() >= self._report_at
        if reports:
            self._report_at = time.monotonic() + _REPORT_INTERVAL
            await self._report()
        if reports and not woken:
            return False
        claimed = await self._claim()
        if claimed >= _MANY:
            await asyncio.sleep(_PAUSE_BESIDE_REQUESTS if self._is_serving() else _PAUSE)
        return claimed > 0

    async def _seconds_until_due(self) -> float | None:
        handlers = [subscription.name for subscription in self._bus.durable]
        return await self._claims.seconds_until_due(handlers)

    async def _report(self) -> None:
        """Log deliveries for another version of this program, or for a subscription it lost."""
        lanes = [subscription.lane for subscription in self._bus.durable]
        for unhandled in await self._deliveries.unhandled(lanes):
            log.error(
                "events_unhandled",
                handler=unhandled.handler,
                event_type=unhandled.type_name,
                pending=unhandled.pending,
            )

    async def _claim(self) -> int:
        subscriptions = {subscription.lane: subscription for subscription in self._bus.durable}
        if not subscriptions:
            return 0
        claimed_at = time.monotonic()
        claimed = await self._claims.take(
            [self._lane(subscription) for subscription in subscriptions.values()],
            suspects=0 if any(run.is_suspect for run in self._runs.values()) else 1,
            lease=timedelta(seconds=self._lease),
            retries=self._retries,
        )
        for subscription, chain in _chains(claimed, subscriptions):
            run = Run(subscription, chain, claimed_at)
            task = asyncio.create_task(self._run(run))
            self._runs[task] = run
            task.add_done_callback(self._ended)
        return len(claimed)

    async def _run(self, run: Run) -> None:
        """Run the chain until a delivery fails, then give back the rest of it."""
        rest = list(run.chain)
        async with self._room(run.subscription):
            together = run.subscription.takes_many and len(rest) > 1
            if together and await self._runner.run_together(rest, run.subscription):
                for claimed in rest:
                    self._count(claimed, is_done=True)
                return
            while rest and self._has_time(run):
                claimed = rest.pop(0)
                is_done = await self._runner.run(claimed, run.subscription)
                self._count(claimed, is_done=is_done)
                if not is_done:
                    break
        if rest:
            await self._give_back(rest)

    def _has_time(self, run: Run) -> bool:
        return not self._turns.is_stopping and time.monotonic() - run.claimed_at < self._slack

    def _count(self, claimed: Claimed, *, is_done: bool) -> None:
        if self._metrics is not None:
            self._metrics.delivery(claimed.handler, is_done=is_done)

    def _ended(self, task: asyncio.Task[None]) -> None:
        run = self._runs.pop(task)
        in_hand, half = self._in_hand(run.subscription), self._capacity(run.subscription) // 2
        makes_room = in_hand == half
        continues_its_key = run.is_ordered and in_hand < half
        if makes_room or continues_its_key or run.is_suspect:
            self._outbox.filled.set()

    async def _give_up(self) -> None:
        runs = dict(self._runs)
        if not runs:
            return
        for task in runs:
            task.cancel()
        await asyncio.wait(runs, timeout=_GIVE_UP_TIMEOUT)
        await self._give_back([claimed for run in runs.values() for claimed in run.chain])

    async def _give_back(self, claimed: list[Claimed]) -> None:
        try:
            async with asyncio.timeout(_GIVE_UP_TIMEOUT):
                await self._claims.give_back(claimed)
        except Exception as error:  # noqa: BLE001 - then their leases end
            log.warning(
                "leases_kept",
                deliveries=[delivery.id for delivery in claimed],
                reason=type(error).__name__,
            )

    def _room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return self._connections if subscription.is_transactional else nullcontext()

    def _lane(self, subscription: Subscription) -> Lane:
        free = max(0, self._capacity(subscription) - self._in_hand(subscription))
        if free and subscription.takes_many:
            free = self._batch * _BATCH_FACTOR
        followers = self._batch * _FOLLOWERS if subscription.is_transactional else 0
        return Lane(*subscription.lane, free, followers)

    def _capacity(self, subscription: Subscription) -> int:
        if subscription.takes_many:
            return _BATCHES_AT_ONCE
        return self._batch if subscription.is_transactional else self._outside_at_once

    def _in_hand(self, subscription: Subscription) -> int:
        return sum(run.subscription is subscription for run in self._runs.values())


def _chains(
    claimed: list[Claimed], subscriptions: dict[tuple[str, str | None], Subscription]
) -> list[tuple[Subscription, list[Claimed]]]:
    """Chain deliveries that run in order: those of a key, or all for a subscriber of many."""
    chains: dict[object, tuple[Subscription, list[Claimed]]] = {}
    for delivery in claimed:
        lane = delivery.handler, delivery.event.type_name
        subscription = subscriptions.get(lane) or subscriptions[delivery.handler, None]
        link: object = delivery.id
        if subscription.takes_many and not delivery.is_suspect:
            link = delivery.handler
        elif delivery.key is not None:
            link = delivery.handler, delivery.key
        chains.setdefault(link, (subscription, []))[1].append(delivery)
    return list(chains.values())
