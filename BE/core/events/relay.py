"""Runs durable deliveries: claims what is due, calls the handler, acknowledges or tries again."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from structlog.contextvars import bind_contextvars

from BE.core.context import RequestContext, enter_request
from BE.core.database import Database
from BE.core.events.bus import Delivery, EventBus, Subscription
from BE.core.events.codec import decode
from BE.core.events.deliveries import Deliveries
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.events.outbox import Claimed, Lane, Outbox, Retries
from BE.core.exceptions import UnavailableError

log = structlog.get_logger(__name__)

_MAX_ERROR_LENGTH = 1000
_REPORT_INTERVAL = 60.0
_CANCEL_TIMEOUT = 1.0


class LeaseLost(Exception):
    """The lease ended before the acknowledgement: another process may have run it"""


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
        poll: float = 1.5,
        lease: float = 60,
        handler_timeout: float = 30,
        stop_timeout: float = 3,
        retries: Retries | None = None,
    ) -> None:
        """Times are in seconds. Handlers use so many ``connections`` of the pool at most.

        A process takes up to ``batch`` deliveries for a handler, ``outside_at_once`` for one that
        reaches outside. After ``handler_timeout``, which ends before the ``lease``, it has failed.
        """
        if handler_timeout >= lease:
            raise ValueError("a handler must end before its lease")
        self._db = database
        self._outbox = outbox
        self._deliveries = deliveries
        self._bus = bus
        self._connections = asyncio.Semaphore(connections)
        self._batch = batch
        self._outside_at_once = outside_at_once
        self._poll = poll
        self._lease = lease
        self._handler_timeout = handler_timeout
        self._stop_timeout = stop_timeout
        self._retries = retries or Retries()
        self._running: dict[asyncio.Task[None], tuple[Claimed, Subscription]] = {}
        self._stopping = False
        self._report_at = 0.0

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Deliver while the block runs, from when ``ready`` is set.

        In the end nothing more is claimed; what runs may finish, and what cannot is given back.
        """
        relaying = asyncio.create_task(self._run(ready))
        try:
            yield
        finally:
            self._stopping = True
            self._outbox.filled.set()
            if not ready.is_set():
                relaying.cancel()
            await asyncio.wait([relaying], timeout=self._stop_timeout)
            relaying.cancel()
            await self._finish()

    async def _run(self, ready: asyncio.Event) -> None:
        await ready.wait()
        self._report_at = time.monotonic() + _REPORT_INTERVAL
        woken = True
        while not self._stopping:
            self._outbox.filled.clear()
            try:
                report = time.monotonic() >= self._report_at
                if report:
                    await self._report()
                if woken or not report:  # idle, one statement per poll
                    await self._claim()
            except UnavailableError as error:
                log.warning("relay_waits", reason=repr(error.__cause__))
            except Exception:
                log.exception("relay_failed")
            woken = await self._wait()

    async def _wait(self) -> bool:
        """Until there is something to claim here, or for the time of a poll, give or take 20 %."""
        try:
            async with asyncio.timeout(self._poll * random.uniform(0.8, 1.2)):  # noqa: S311
                return await self._outbox.filled.wait()
        except TimeoutError:
            return False

    async def _report(self) -> None:
        """Say what nobody here can deliver: another version may, or a subscription is missing."""
        self._report_at = time.monotonic() + _REPORT_INTERVAL
        for each in await self._deliveries.unhandled([each.lane for each in self._bus.durable]):
            log.error(
                "events_unhandled",
                handler=each.handler,
                event_type=each.type_name,
                pending=each.pending,
            )

    async def _claim(self) -> None:
        subscriptions = {each.lane: each for each in self._bus.durable}
        if not subscriptions:
            return
        in_hand = Counter(each.lane for _, each in self._running.values())
        suspicious = any(claimed.is_suspect for claimed, _ in self._running.values())
        asked_at = time.monotonic()
        for claimed in await self._outbox.claim(
            [
                Lane(*lane, free=self._capacity(each) - in_hand[lane])
                for lane, each in subscriptions.items()
            ],
            suspects=0 if suspicious else 1,
            lease=timedelta(seconds=self._lease),
            retries=self._retries,
        ):
            lane = (claimed.handler, claimed.event.type_name)
            subscription = subscriptions.get(lane) or subscriptions[claimed.handler, None]
            task = asyncio.create_task(self._deliver(claimed, subscription, asked_at))
            self._running[task] = claimed, subscription
            task.add_done_callback(self._ended)

    def _capacity(self, subscription: Subscription) -> int:
        outside = subscription.delivery is Delivery.DURABLE_OUTSIDE
        return self._outside_at_once if outside else self._batch

    def _ended(self, task: asyncio.Task[None]) -> None:
        claimed, subscription = self._running.pop(task)
        left = sum(each is subscription for _, each in self._running.values())
        # the next of its key may go, or the next suspect, or what there was no room for
        if claimed.key or claimed.is_suspect or left == self._capacity(subscription) // 2:
            self._outbox.filled.set()

    async def _deliver(self, claimed: Claimed, subscription: Subscription, asked_at: float) -> None:
        """Run one delivery in a task, and so in a context, of its own."""
        _enter(claimed)
        try:
            if subscription.delivery is Delivery.DURABLE:
                async with self._connections:
                    if self._stopping or time.monotonic() - asked_at > self._slack:
                        await self._outbox.give_back([claimed])
                    else:
                        await self._run_in_transaction(claimed, subscription)
            else:
                await self._run_outside(claimed, subscription)
        except LeaseLost:
            log.warning("lease_lost")
        except Exception as error:  # noqa: BLE001 - it is tried again, and told
            await self._fail(claimed, error)

    @property
    def _slack(self) -> float:
        """How long a delivery may wait in hand and still end before its lease."""
        return self._lease - self._handler_timeout

    async def _run_in_transaction(self, claimed: Claimed, subscription: Subscription) -> None:
        async with self._in_time(), self._db.transaction():
            if not await self._outbox.acknowledge(claimed):
                raise LeaseLost
            await subscription.handler(_argument(claimed.event, subscription))

    async def _run_outside(self, claimed: Claimed, subscription: Subscription) -> None:
        async with self._in_time():
            await subscription.handler(_argument(claimed.event, subscription))
        if not await self._outbox.acknowledge(claimed):
            raise LeaseLost

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._handler_timeout) as limit:
                yield
        except TimeoutError:
            if limit.expired():
                raise TimeoutError(f"it took longer than {self._handler_timeout} s") from None
            raise

    async def _fail(self, claimed: Claimed, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH]
        try:
            state = await self._outbox.fail(claimed, _storable(text), self._retries)
        except UnavailableError:
            state = "unknown"  # its lease will end
        log.error("delivery_failed", attempts=claimed.attempts, state=state, exc_info=error)

    async def _finish(self) -> None:
        """Wait for what runs; undo the claim of what does not end."""
        if not self._running:
            return
        await asyncio.wait(self._running, timeout=self._stop_timeout)
        unfinished = dict(self._running)
        if not unfinished:
            return
        for task in unfinished:
            task.cancel()
        await asyncio.wait(unfinished, timeout=_CANCEL_TIMEOUT)
        try:
            await self._outbox.give_back([claimed for claimed, _ in unfinished.values()])
        except UnavailableError as error:
            log.warning("leases_kept", reason=repr(error.__cause__))


def _enter(claimed: Claimed) -> None:
    """Let logs, and the events that the handler publishes, tell of the request behind it all."""
    event = claimed.event
    bind_contextvars(event_name=event.name, event_id=str(event.id), handler=claimed.handler)
    if event.request_id is not None:
        bind_contextvars(request_id=event.request_id)
        enter_request(RequestContext(event.request_id, event.client_ip, event.actor_id))


def _argument(
    stored: StoredEvent, subscription: Subscription
) -> Event | Envelope[Event] | StoredEvent:
    """What the handler takes."""
    if subscription.event_type is None:
        return stored
    event = decode(subscription.event_type, stored.payload)
    return event if subscription.delivery is Delivery.DURABLE else stored.seal(event)


def _storable(text: str) -> str:
    """Without what PostgreSQL refuses in a text."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
