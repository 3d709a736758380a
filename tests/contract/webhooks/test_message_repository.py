from datetime import timedelta
from uuid import UUID

import pytest

from BE.core.types import new_id
from BE.modules.webhooks.models import Message, NewMessage, Outcome
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository

ADA = new_id()
NEWEST = UUID(int=2**128 - 1)
LATER, NOW = timedelta(days=1), timedelta(0)
FINE = Outcome(status=200, milliseconds=7, error=None, answer="{}")


@pytest.fixture
async def hook(webhooks: WebhookRepository) -> UUID:
    webhook_id = new_id()
    await webhooks.add(
        webhook_id, ADA, "https://example.com", ["task.created"], ordered=False, secret=b""
    )
    return webhook_id


def message_for(webhook_id: UUID, subject_id: UUID | None = None) -> NewMessage:
    return NewMessage(
        new_id(), webhook_id, "task.created", new_id(), subject_id or new_id(), '{"type":"x"}'
    )


async def due(
    messages: MessageRepository, webhook_id: UUID, *, ordered: bool = False, limit: int = 9
) -> list[UUID]:
    found = await messages.due(webhook_id, ordered=ordered, limit=limit)
    return [message.id for message in found]


async def add_one(messages: MessageRepository, webhook_id: UUID) -> Message:
    await messages.add([message_for(webhook_id)])
    return (await messages.due(webhook_id, ordered=False, limit=1))[0]


async def test_a_new_message_is_due_once(messages: MessageRepository, hook: UUID) -> None:
    first, second = message_for(hook), message_for(hook)
    await messages.add([first])
    await messages.add([first, second])

    assert await due(messages, hook) == [first.id, second.id]
    assert await due(messages, hook, limit=1) == [first.id]
    assert await due(messages, new_id()) == []
    assert await messages.due(hook, ordered=False, limit=1) == [
        Message(first.id, "task.created", '{"type":"x"}', 0)
    ]


async def test_in_order_the_next_message_of_a_subject_waits(
    messages: MessageRepository, hook: UUID
) -> None:
    subject = new_id()
    first, second = message_for(hook, subject), message_for(hook, subject)
    other = message_for(hook)
    await messages.add([first, second, other])
    [sent, *_] = await messages.due(hook, ordered=True, limit=9)

    assert await due(messages, hook, ordered=True) == [first.id, other.id]
    assert await due(messages, hook) == [first.id, second.id, other.id]

    await messages.settle(sent, LATER)
    assert await due(messages, hook, ordered=True) == [other.id]

    await messages.settle(sent, None)
    assert await due(messages, hook, ordered=True) == [second.id, other.id]


async def test_a_message_is_due_again_after_its_delay(
    messages: MessageRepository, hook: UUID
) -> None:
    message = await add_one(messages, hook)

    assert await messages.settle(message, LATER) is not None
    assert await due(messages, hook) == []

    await messages.settle(message, NOW)
    [again] = await messages.due(hook, ordered=False, limit=1)
    assert again.attempts == 2

    assert await messages.settle(message, None) is None
    assert await due(messages, hook) == []


async def test_pending_messages_are_dropped(messages: MessageRepository, hook: UUID) -> None:
    await add_one(messages, hook)
    await messages.drop_waiting(hook)

    assert await due(messages, hook) == []


async def test_attempts_are_listed_newest_first(messages: MessageRepository, hook: UUID) -> None:
    message = await add_one(messages, hook)
    failed = Outcome(status=None, milliseconds=3, error="no answer", answer=None)
    await messages.record(hook, message, failed)
    await messages.record(hook, message, FINE)
    second, first = await messages.attempts(hook, before=NEWEST, limit=9)

    assert (second.status, second.milliseconds, second.error, second.answer) == (200, 7, None, "{}")
    assert (first.status, first.error, first.answer) == (None, "no answer", None)
    assert (first.message_id, first.event) == (message.id, "task.created")
    assert await messages.attempts(hook, before=NEWEST, limit=1) == [second]
    assert await messages.attempts(hook, before=second.id, limit=9) == [first]
    assert await messages.attempts(new_id(), before=NEWEST, limit=9) == []


async def test_the_message_of_an_attempt_is_sent_again(
    messages: MessageRepository, hook: UUID
) -> None:
    message = await add_one(messages, hook)
    await messages.record(hook, message, FINE)
    await messages.settle(message, None)
    [attempt] = await messages.attempts(hook, before=NEWEST, limit=1)

    assert not await messages.send_again(new_id(), attempt.id)
    assert not await messages.send_again(hook, new_id())
    assert await due(messages, hook) == []
    assert await messages.send_again(hook, attempt.id)
    assert await messages.due(hook, ordered=False, limit=9) == [message]


async def test_old_attempts_and_ended_messages_are_removed(
    messages: MessageRepository, hook: UUID
) -> None:
    ended, waiting = await add_one(messages, hook), message_for(hook)
    await messages.settle(ended, None)
    await messages.add([waiting])
    await messages.record(hook, ended, FINE)

    assert await messages.remove_old(LATER, limit=9) == 0
    assert await messages.remove_old(timedelta(days=-1), limit=9) == 1
    assert await messages.attempts(hook, before=NEWEST, limit=9) == []
    assert await messages.remove_old(timedelta(days=-6), limit=9) == 1
    assert await due(messages, hook) == [waiting.id]


async def test_an_export_holds_messages_and_attempts(
    messages: MessageRepository, hook: UUID
) -> None:
    message = await add_one(messages, hook)
    await messages.record(hook, message, FINE)
    attempts = [row async for rows in messages.held(ADA) for row in rows]
    sent = [row async for rows in messages.held_messages(ADA) for row in rows]
    other_rows = [row async for rows in messages.held(new_id()) for row in rows]

    assert [(row["webhook_id"], row["status"], row["answer"]) for row in attempts] == [
        (hook, 200, "{}")
    ]
    assert [(row["id"], row["body"]) for row in sent] == [(message.id, '{"type":"x"}')]
    assert other_rows == []
