"""What a receiver gets: the envelope, its signatures, and the retries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from BE.core.events.change import Change
from BE.core.types import new_id
from BE.modules.webhooks.models import (
    FAILING_FOR_LONG,
    RETRIES,
    Message,
    headers_of,
    message_of,
    wait_after,
)

OWNER, HOOK, TASK, EVENT = (UUID(int=number) for number in range(1, 5))
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MESSAGE = Message(new_id(), "task.created", '{"type":"task.created"}', 0)


def change(audience: UUID) -> Change:
    return Change("task.created", audience, TASK, 1)


def test_the_signature_of_each_secret_verifies() -> None:
    headers = headers_of(MESSAGE, [NEW, OLD], datetime.now(UTC))

    for secret in (NEW, OLD):
        assert Webhook(secret).verify(MESSAGE.body, headers) == {"type": "task.created"}


def test_another_body_does_not_verify() -> None:
    headers = headers_of(MESSAGE, [NEW], datetime.now(UTC))

    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify('{"type":"task.deleted"}', headers)


def test_the_signature_matches_the_standard() -> None:
    """This is the example of its specification."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    message = Message(UUID(int=7), "test", '{"test": 2432232314}', 0)
    name = f"msg_{message.id}"

    headers = headers_of(message, [OLD], moment)

    assert headers["webhook-id"] == name
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == Webhook(OLD).sign(name, moment, message.body)


def test_the_message_of_an_event_is_deterministic() -> None:
    now = datetime.now(UTC)
    first, again = (message_of(HOOK, change(OWNER), EVENT, now) for _ in range(2))
    other = message_of(UUID(int=99), change(OWNER), EVENT, now)

    assert first == again
    assert other.id != first.id


def test_retry_waits_grow_to_half_a_day_and_cover_three_days() -> None:
    waits = [wait_after(attempts, 1) for attempts in range(1, RETRIES.attempts)]
    on_average = sum((wait / 2 for wait in waits if wait), timedelta(0))

    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=20), timedelta(seconds=80)]
    assert waits[-1] == timedelta(hours=12)
    assert timedelta(days=2.5) < on_average < timedelta(days=3.5)
    assert on_average < FAILING_FOR_LONG


def test_there_is_no_wait_after_the_last_attempt() -> None:
    assert wait_after(RETRIES.attempts, 0.5) is None
    assert wait_after(RETRIES.attempts - 1, 0) == timedelta(0)
