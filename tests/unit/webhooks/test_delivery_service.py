"""How a webhook's messages are sent: concurrency, retries, and switching off."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from BE.core.jobs import Enqueued, Job, Jobs, Run, StoredJob
from BE.core.outside.answers import Answer
from BE.core.outside.client import OutsideClient
from BE.core.security.keys import KeyRing
from BE.core.security.sealing import Sealing
from BE.core.types import new_id
from BE.modules.webhooks.events import WebhookDisabled
from BE.modules.webhooks.jobs import Deliver, DeliverAgain
from BE.modules.webhooks.models import RETRIES, NewMessage
from BE.modules.webhooks.service import DeliveryService, WebhookSecrets
from tests.support.fakes import Clock, FakeDatabase, RecordingBus
from tests.support.webhooks.fakes import FakeMessageRepository, FakeWebhookRepository

ADA, HOOK = new_id(), new_id()


class FakeReceiver(OutsideClient):
    """Answers with a status, and counts concurrent calls."""

    def __init__(self) -> None:
        self.status = 200
        self.sent = 0
        self.most_at_once = 0
        self._at_once = 0

    async def send(self, *_: object, **__: object) -> Answer:
        self.sent += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        for _turn in range(10):
            await asyncio.sleep(0)
        self._at_once -= 1
        return Answer(self.status, b"")


class RecordingJobs(Jobs):
    def __init__(self) -> None:
        self.enqueued: list[tuple[Job, datetime | None]] = []

    async def enqueue(self, job: Job, *, run_at: datetime | None = None, **_: Any) -> Enqueued:
        self.enqueued.append((job, run_at))
        return Enqueued(cast("StoredJob", None), is_new=True)  # unused


class FinishableRun(Run):
    def __init__(self) -> None:
        self.is_finished = False

    async def finish(self, result: object = None) -> None:
        self.is_finished = True


@dataclass
class Sending:
    clock: Clock = field(default_factory=Clock)
    client: FakeReceiver = field(default_factory=FakeReceiver)
    bus: RecordingBus = field(default_factory=RecordingBus)
    jobs: RecordingJobs = field(default_factory=RecordingJobs)

    def __post_init__(self) -> None:
        self.webhooks = FakeWebhookRepository(self.clock)
        self.messages = FakeMessageRepository(self.webhooks, self.clock)
        sealing = Sealing(KeyRing.parse("x" * 32), "webhook-secret")
        self.secrets = WebhookSecrets(self.webhooks, sealing)
        self.service = DeliveryService(
            FakeDatabase(),
            self.webhooks,
            self.messages,
            self.bus,
            self.jobs,
            self.client,
            self.secrets,
            kept_days=30,
            chance=lambda: 1,
        )

    async def add_messages(self, count: int) -> None:
        await self.messages.add(
            [
                NewMessage(new_id(), HOOK, "task.created", new_id(), new_id(), "{}")
                for _ in range(count)
            ]
        )

    async def deliver(self) -> None:
        await self.service.deliver(Deliver(webhook_id=HOOK), FinishableRun())

    async def is_on(self) -> bool:
        webhook = await self.webhooks.get(ADA, HOOK)
        assert webhook is not None
        return webhook.enabled


@pytest.fixture
async def sending() -> Sending:
    sending = Sending()
    _, sealed = sending.secrets.new(HOOK)
    await sending.webhooks.add(
        HOOK, ADA, "https://example.com", ["task.created"], ordered=False, secret=sealed
    )
    return sending


async def test_due_messages_are_sent_four_at_a_time(sending: Sending) -> None:
    await sending.add_messages(10)
    await sending.deliver()

    assert (sending.client.sent, sending.client.most_at_once) == (10, 4)
    assert await sending.messages.due(HOOK, ordered=False, limit=1) == []


async def test_a_failing_webhook_gets_single_messages_and_then_rests(sending: Sending) -> None:
    sending.client.status = 500
    await sending.add_messages(1)
    await sending.deliver()
    await sending.add_messages(9)
    await sending.deliver()

    assert (sending.client.sent, sending.client.most_at_once) == (3, 1)

    sending.client.status = 200
    sending.clock.now += timedelta(seconds=61)
    await sending.deliver()

    assert (sending.client.sent, sending.client.most_at_once) == (13, 4)


async def test_a_failed_message_is_due_again_when_the_job_for_it_runs(sending: Sending) -> None:
    sending.client.status = 500
    await sending.add_messages(1)
    await sending.deliver()
    [(again, run_at)] = sending.jobs.enqueued

    assert again == DeliverAgain(webhook_id=HOOK)
    assert run_at == sending.clock.now + RETRIES.first
    assert await sending.messages.due(HOOK, ordered=False, limit=1) == []

    sending.clock.now = run_at
    assert len(await sending.messages.due(HOOK, ordered=False, limit=1)) == 1


async def test_a_message_is_given_up_after_the_last_attempt(sending: Sending) -> None:
    sending.client.status = 500
    await sending.add_messages(1)
    for _ in range(RETRIES.attempts + 5):
        await sending.deliver()
        await sending.webhooks.note_success(HOOK)  # as by another message, so that it does not rest
        sending.clock.now += RETRIES.longest

    assert sending.client.sent == RETRIES.attempts
    assert await sending.is_on()


@pytest.mark.parametrize(
    ("status", "failing_for", "is_on"),
    [
        (500, timedelta(days=4, hours=23), True),
        (500, timedelta(days=5), False),
        (410, timedelta(0), False),
    ],
)
async def test_a_webhook_that_is_gone_or_fails_for_long_is_switched_off(
    sending: Sending, status: int, failing_for: timedelta, *, is_on: bool
) -> None:
    await sending.webhooks.note_failure(HOOK, rests_after=9, rest=timedelta(0))
    sending.clock.now += failing_for
    sending.client.status = status
    await sending.add_messages(2)
    await sending.deliver()
    sending.clock.now += timedelta(days=1)
    off = WebhookDisabled(webhook_id=HOOK, user_id=ADA, is_gone=status == 410)

    assert await sending.is_on() is is_on
    assert sending.bus.published == ([] if is_on else [off])
    assert bool(await sending.messages.due(HOOK, ordered=False, limit=1)) is is_on


async def test_a_success_ends_the_failing_period(sending: Sending) -> None:
    await sending.webhooks.note_failure(HOOK, rests_after=9, rest=timedelta(0))
    sending.clock.now += timedelta(days=6)
    await sending.add_messages(1)
    await sending.deliver()
    webhook = await sending.webhooks.get(ADA, HOOK)

    assert webhook is not None
    assert (webhook.enabled, webhook.failing_since) == (True, None)
