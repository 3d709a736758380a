"""Runs one attempt at a delivery: acknowledged with the handler's work, or recorded as failed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager

import structlog
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer
from structlog.contextvars import bind_contextvars, clear_contextvars

from BE.core.database.database import Database
from BE.core.durable.attempts import LeaseLost, enter_attempt, error_text
from BE.core.durable.codec import decode
from BE.core.durable.retries import NO_RETRIES, Retries
from BE.core.events.bus import Delivery, Subscription
from BE.core.events.claims import Claimed, Claims
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.exceptions import PermanentFailure
from BE.core.telemetry.tracing import context_of, links_to, span_of

log = structlog.get_logger(__name__)


class Runner:
    def __init__(
        self,
        database: Database,
        claims: Claims,
        *,
        handler_timeout: float,
        retries: Retries,
        tracer: Tracer | None = None,
    ) -> None:
        """``handler_timeout`` is in seconds."""
        self._db = database
        self._claims = claims
        self._handler_timeout = handler_timeout
        self._retries = retries
        self._tracer = tracer or NoOpTracer()

    async def run(self, claimed: Claimed, subscription: Subscription) -> bool:
        """Run the handler; return whether it succeeded. Must be called in a task of its own."""
        _enter(claimed)
        try:
            with self._span(claimed):
                if subscription.is_transactional:
                    await self._in_transaction(claimed, subscription)
                else:
                    await self._outside(claimed, subscription)
        except LeaseLost:
            log.warning("lease_lost")
            return False
        except Exception as error:  # noqa: BLE001 - it is recorded, and retried
            await self._fail(claimed, error)
            return False
        return True

    async def run_together(self, claimed: Sequence[Claimed], subscription: Subscription) -> bool:
        """Run the handler once for all, in one transaction; return whether they are done.

        If not, none is, and no failure is recorded: each is then run alone.
        """
        _enter_together(claimed)
        try:
            with self._span_together(claimed):
                async with self._in_time(), self._db.transaction():
                    await self._acknowledge(*claimed)
                    await subscription.handler([delivery.event for delivery in claimed])
        except Exception as error:  # noqa: BLE001 - each is then run alone
            log.warning("batch_failed", deliveries=len(claimed), error=type(error).__name__)
            return False
        return True

    async def _in_transaction(self, claimed: Claimed, subscription: Subscription) -> None:
        async with self._in_time(), self._db.transaction():
            await self._acknowledge(claimed)
            await subscription.handler(_argument(claimed.event, subscription))

    async def _outside(self, claimed: Claimed, subscription: Subscription) -> None:
        async with self._in_time():
            await subscription.handler(_argument(claimed.event, subscription))
        await self._acknowledge(claimed)

    def _span(self, claimed: Claimed) -> AbstractContextManager[None]:
        """A span whose parent is the publisher's."""
        event = claimed.event
        attributes: dict[str, str | int] = {
            "bounded.event_id": str(event.id),
            "bounded.handler": claimed.handler,
            "bounded.attempt": claimed.attempts,
        }
        if event.request_id is not None:
            attributes["bounded.request_id"] = event.request_id
        if event.actor_id is not None:
            attributes["user.id"] = str(event.actor_id)
        name, context = f"deliver {event.name}", context_of(event.trace)
        return span_of(self._tracer, name, SpanKind.CONSUMER, attributes, context=context)

    def _span_together(self, claimed: Sequence[Claimed]) -> AbstractContextManager[None]:
        """A span linked to the publishers', as it can have only one parent."""
        name, attributes = "deliver together", {"bounded.handler": claimed[0].handler}
        links = links_to(delivery.event.trace for delivery in claimed)
        return span_of(self._tracer, name, SpanKind.CONSUMER, attributes, links=links)

    async def _acknowledge(self, *claimed: Claimed) -> None:
        if not await self._claims.acknowledge(claimed):
            raise LeaseLost

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        limit = asyncio.timeout(self._handler_timeout)
        try:
            async with limit:
                yield
        except TimeoutError:
            if limit.expired():
                raise TimeoutError(f"it took longer than {self._handler_timeout} s") from None
            raise

    async def _fail(self, claimed: Claimed, error: Exception) -> None:
        retries = NO_RETRIES if isinstance(error, PermanentFailure) else self._retries
        try:
            state = await self._claims.fail(claimed, error_text(error), retries)
        except Exception as cause:  # noqa: BLE001 - then its lease ends, and any process retries
            state = f"unknown ({type(cause).__name__})"
        level = logging.ERROR if state == "dead" else logging.WARNING
        log.log(level, "delivery_failed", attempt=claimed.attempts, state=state, exc_info=error)


def _enter(claimed: Claimed) -> None:
    event = claimed.event
    enter_attempt(event, event_name=event.name, event_id=str(event.id), handler=claimed.handler)


def _enter_together(claimed: Sequence[Claimed]) -> None:
    clear_contextvars()
    bind_contextvars(
        handler=claimed[0].handler,
        event_ids=[str(delivery.event.id) for delivery in claimed],
        request_ids=[delivery.event.request_id for delivery in claimed],
    )


def _argument(
    stored: StoredEvent, subscription: Subscription
) -> Event | Envelope[Event] | Sequence[StoredEvent]:
    """The argument of the handler's call."""
    if subscription.event_type is None:
        return [stored]
    event = decode(subscription.event_type, stored.payload)
    return stored.seal(event) if subscription.delivery is Delivery.DURABLE_OUTSIDE else event
