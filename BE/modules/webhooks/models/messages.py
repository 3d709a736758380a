from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

import orjson
from standardwebhooks import Webhook as Signer

from BE.core.events.change import Change
from BE.core.types import record

TEST = "webhook.test"
"""The event that its owner sends as a test."""

GONE = 410


@record
class Webhook:
    id: UUID
    url: str
    events: list[str]
    ordered: bool
    enabled: bool
    failing_since: datetime | None
    """When the first attempt of the current series of failures failed."""
    created_at: datetime
    version: int


@record
class Subscribed:
    """A webhook that may have subscribed to an event."""

    id: UUID
    owner_id: UUID
    events: list[str]


@record
class Receiver:
    """The part of a webhook that a delivery needs."""

    id: UUID
    owner_id: UUID
    url: str
    ordered: bool
    is_failing: bool
    """Whether its last attempt failed."""
    secret: bytes
    old_secret: bytes | None
    """The addresses at which it is still good."""


@record
class SealedSecrets:
    """A webhook's secrets as they are stored."""

    webhook_id: UUID
    secret: bytes
    old_secret: bytes | None


@record
class Message:
    id: UUID
    event: str
    body: str
    attempts: int
    """Failed attempts since it was sent, or last sent again."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    id: UUID
    webhook_id: UUID
    event: str
    event_id: UUID
    """The order of messages about a subject, for a webhook that wants one."""
    subject_id: UUID
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt."""

    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None
    """The beginning of the answer."""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's class

    @property
    def is_gone(self) -> bool:
        return self.status == GONE


@record
class Attempt:
    id: UUID
    message_id: UUID
    event: str
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None
    made_at: datetime


def message_of(webhook_id: UUID, change: Change, event_id: UUID, at: datetime) -> NewMessage:
    """The same id each time, so that a receiver can recognise it."""
    # as the live feed shows the user's own changes, without those of teams
    data = {"id": str(change.subject_id), "version": change.subject_version, "team_id": None}
    return NewMessage(
        id=uuid5(event_id, f"{webhook_id} {change.name} {change.subject_id}"),
        webhook_id=webhook_id,
        event=change.name,
        event_id=event_id,
        subject_id=change.subject_id,
        body=body_of(change.name, at, data),
    )


def body_of(event: str, at: datetime, data: Mapping[str, object]) -> str:
    envelope = {"type": event, "timestamp": at, "data": data}
    return orjson.dumps(envelope, option=orjson.OPT_UTC_Z).decode()


def headers_of(message: Message, secrets: list[str], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature by each secret."""
    now, name = now.astimezone(UTC), f"msg_{message.id}"
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Signer(secret).sign(name, now, message.body) for secret in secrets
        ),
    }
