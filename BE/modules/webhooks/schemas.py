from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from BE.core.http.pagination import PageResponse
from BE.core.types import RequestSchema, ResponseSchema, line
from BE.modules.webhooks.models import Webhook


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
        has_more = parts.username is not None or bool(parts.fragment) or parts.port == 0
    except ValueError:
        is_address, has_more = False, False
    if not is_address or has_more:
        message = "An address is https://, a host and a path, without a user and a fragment"
        raise PydanticCustomError("value_error", message)
    return text


def _unique(events: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(events))


Address = Annotated[
    str, line(2000), AfterValidator(_address), Field(examples=["https://example.com/hook"])
]
EventNames = Annotated[
    tuple[Annotated[str, line(100)], ...],
    Field(min_length=1, max_length=100, examples=[["task.created", "task.changed"]]),
    AfterValidator(_unique),
]


class CreateWebhookRequest(RequestSchema):
    url: Address
    events: EventNames
    ordered: bool = False
    """Whether, say, a message about a task waits until the previous one has arrived."""


class ChangeWebhookRequest(RequestSchema):
    """Absent fields stay as they are."""

    url: Address = Field(default_factory=str)
    events: EventNames = Field(default_factory=tuple)
    ordered: bool = Field(default_factory=bool)
    enabled: bool = Field(default_factory=bool)


class WebhookResponse(ResponseSchema):
    id: UUID
    url: str
    events: list[str]
    ordered: bool
    enabled: bool
    failing_since: datetime | None
    """When the first attempt of the current series of failures failed."""
    created_at: datetime
    version: int


class NewWebhookResponse(WebhookResponse):
    secret: str
    """Verifies signatures at the receiver; shown only this once."""


class WebhooksResponse(ResponseSchema):
    items: list[WebhookResponse]
    known_events: list[str]
    """The events to subscribe to."""


class SecretResponse(ResponseSchema):
    secret: str


class AttemptResponse(ResponseSchema):
    id: UUID
    message_id: UUID
    event: str
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None
    """Its first kilobyte."""
    made_at: datetime


class AttemptPageResponse(PageResponse[AttemptResponse]):
    pass


def new_webhook(webhook: Webhook, secret: str) -> dict[str, Any]:
    return {**vars(webhook), "secret": secret}
