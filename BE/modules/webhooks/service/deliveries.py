import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.core.jobs import Jobs, Run
from BE.core.outside.answers import CallFailed
from BE.core.outside.client import Bounds, OutsideClient
from BE.core.outside.outside import Outside
from BE.modules.webhooks.events import WebhookDisabled
from BE.modules.webhooks.jobs import Deliver, DeliverAgain
from BE.modules.webhooks.models import (
    FAILING_FOR_LONG,
    Message,
    Outcome,
    Receiver,
    headers_of,
    wait_after,
)
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository
from BE.modules.webhooks.service.secrets import WebhookSecrets

AT_ONCE = 4
"""Attempts at one webhook."""
PLACES = 100
"""Webhooks that a process serves at once."""
KEPT = timedelta(hours=1)
"""How long an ended job is kept: the attempts record what it did."""

_PATIENCE = 20.0  # seconds
_RESTS_AFTER = 3
_LONGEST_REST = timedelta(seconds=60)
_LARGEST_ANSWER = 1024
_PURGED_AT_ONCE = 1000
_UNREADABLE = "Its secret cannot be read any more: make a new one"


def client_of(
    outside: Outside, *, allows_private: bool, patience: float = _PATIENCE
) -> OutsideClient:
    """Neither retries nor pauses calls: the schedule of the messages does both.

    The answer must arrive within ``patience``, in seconds.
    """
    bounds = Bounds(
        deadline=patience,
        patience=patience,
        attempts=1,
        max_bytes=_LARGEST_ANSWER,
        truncates=True,
        breaks=False,
        connections=PLACES * AT_ONCE,
    )
    return outside.client("webhooks", bounds, allows_private=allows_private)


class DeliveryService:
    def __init__(
        self,
        database: Database,
        webhooks: WebhookRepository,
        messages: MessageRepository,
        events: EventBus,
        jobs: Jobs,
        client: OutsideClient,
        secrets: WebhookSecrets,
        *,
        kept_days: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Attempts are kept for ``kept_days``."""
        self._db = database
        self._webhooks = webhooks
        self._messages = messages
        self._events = events
        self._jobs = jobs
        self._client = client
        self._secrets = secrets
        self._kept = timedelta(days=kept_days)
        self._chance = chance

    async def deliver(self, job: Deliver, run: Run) -> None:
        """Send due messages, a few at a time, until none is left.

        Adding a message holds the webhook's lock until the transaction ends. So either the message
        is found here under that lock, or this job has ended and another one is queued.
        """
        while not run.is_finished:
            receiver = await self._webhooks.receiver(job.webhook_id)
            messages = await self._due(receiver)
            if receiver is not None and messages:
                async with asyncio.TaskGroup() as attempts:
                    for message in messages:
                        attempts.create_task(self._attempt(receiver, message))
                continue
            async with self._db.transaction():
                await self._webhooks.lock_for_delivery(job.webhook_id)
                if not await self._due(await self._webhooks.receiver(job.webhook_id)):
                    await run.finish()

    async def deliver_again(self, job: DeliverAgain, _: Run) -> None:
        async with self._db.transaction():
            if await self._webhooks.lock_for_delivery(job.webhook_id):
                await self._jobs.enqueue(
                    Deliver(webhook_id=job.webhook_id), key=str(job.webhook_id)
                )

    async def on_hour_passed(self, _: HourPassed) -> None:
        while await self._messages.remove_old(self._kept, limit=_PURGED_AT_ONCE):
            pass

    async def _due(self, receiver: Receiver | None) -> list[Message]:
        if receiver is None:
            return []
        limit = 1 if receiver.is_failing else AT_ONCE
        return await self._messages.due(receiver.id, ordered=receiver.ordered, limit=limit)

    async def _attempt(self, receiver: Receiver, message: Message) -> None:
        outcome = await self._send(receiver, message)
        async with self._db.transaction():
            if not await self._webhooks.lock_for_delivery(receiver.id):
                return  # deleted meanwhile, with its messages
            await self._messages.record(receiver.id, message, outcome)
            if outcome.is_success:
                await self._messages.settle(message, None)
                await self._webhooks.note_success(receiver.id)
            else:
                await self._note_failure(receiver, message, outcome)

    async def _note_failure(self, receiver: Receiver, message: Message, outcome: Outcome) -> None:
        rest = _LONGEST_REST * (0.5 + self._chance() / 2)
        noted = await self._webhooks.note_failure(receiver.id, rests_after=_RESTS_AFTER, rest=rest)
        if noted is None:
            return
        is_on, failing_for, resting_until = noted
        is_hopeless = outcome.is_gone or failing_for >= FAILING_FOR_LONG
        if not is_on or is_hopeless:
            await self._messages.settle(message, None)
            await self._messages.drop_waiting(receiver.id)
            if is_on:
                await self._webhooks.switch_off(receiver.id)
                await self._events.publish(
                    WebhookDisabled(
                        webhook_id=receiver.id, user_id=receiver.owner_id, is_gone=outcome.is_gone
                    )
                )
            return
        due_at = await self._messages.settle(
            message, wait_after(message.attempts + 1, self._chance())
        )
        again = DeliverAgain(webhook_id=receiver.id)
        if due_at is not None:
            await self._jobs.enqueue(again, run_at=due_at)
        if resting_until is not None:
            await self._jobs.enqueue(again, run_at=resting_until)

    async def _send(self, receiver: Receiver, message: Message) -> Outcome:
        secrets = self._secrets.of(receiver)
        if not secrets:
            return Outcome(status=None, milliseconds=0, error=_UNREADABLE, answer=None)
        began = time.perf_counter()
        try:
            answer = await self._client.send(
                "POST",
                receiver.url,
                headers_of(message, secrets, datetime.now(UTC)),
                content=message.body.encode(),
                is_repeatable=False,
            )
        except CallFailed as failure:
            milliseconds = _milliseconds_since(began)
            return Outcome(status=None, milliseconds=milliseconds, error=str(failure), answer=None)
        return Outcome(
            status=answer.status,
            milliseconds=_milliseconds_since(began),
            error=None,
            answer=answer.body.decode(errors="replace").replace("\0", "\ufffd"),
        )


def _milliseconds_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
