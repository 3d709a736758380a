from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from BE.core.context import current_request
from BE.core.telemetry.tracing import current_trace
from BE.core.types import new_id, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact, in the past tense. Subclasses hold ids and primitives only, never a secret."""

    name: ClassVar[str]
    """``context.past_tense``, such as ``user.registered``."""

    version: ClassVar[int] = 1
    """Raised when a field changes its meaning, but not for a new field with a default."""

    key: ClassVar[str | None] = None
    """The field by whose value deliveries are ordered; ``None``: in no order."""

    def __init_subclass__(cls) -> None:
        """Raises :class:`TypeError` for a field named like an attribute that all events have."""
        for word in ("name", "version", "key"):
            if word in cls.__annotations__ and "ClassVar" not in str(cls.__annotations__[word]):
                raise TypeError(
                    f"an event's {word} is that of its type: give the field {word} of"
                    f" {cls.__name__} a name that says what it holds, such as project_{word}"
                )

    @classmethod
    def type_name(cls) -> str:
        """Name and version, such as ``user.registered@1``."""
        return f"{cls.name}@{cls.version}"

    @property
    def order_key(self) -> str | None:
        """The value of its key field."""
        return None if self.key is None else str(getattr(self, self.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope[E: Event]:
    """An event, and the request that published it."""

    event: E
    id: UUID = field(default_factory=new_id)
    """The same for each delivery: the idempotency key of a handler's effects."""

    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    actor_id: UUID | None = None
    request_id: str | None = None
    client_ip: str | None = None
    api_key_id: UUID | None = None
    """The API key that the actor used."""
    trace: str | None = None
    """The W3C Trace Context of the publication, as a JSON object."""

    @classmethod
    def seal(cls, event: E) -> "Envelope[E]":
        """Wrap ``event`` with the current request."""
        request = current_request()
        if request is None:
            return cls(event=event, trace=current_trace())
        return cls(
            event=event,
            actor_id=request.actor_id,
            request_id=request.request_id,
            client_ip=request.client_ip,
            api_key_id=request.api_key_id,
            trace=current_trace(),
        )


@record
class StoredEvent:
    """An event as it was stored, even if this process does not know its type."""

    id: UUID
    name: str
    version: int
    payload: str
    """Its fields, as a JSON object."""

    occurred_at: datetime
    actor_id: UUID | None
    request_id: str | None
    client_ip: str | None
    trace: str | None
    api_key_id: UUID | None = None

    @property
    def type_name(self) -> str:
        return f"{self.name}@{self.version}"

    def seal[E: Event](self, event: E) -> Envelope[E]:
        """Wrap ``event``, read from the payload, with the data of its publication."""
        return Envelope(
            event=event,
            id=self.id,
            occurred_at=self.occurred_at,
            actor_id=self.actor_id,
            request_id=self.request_id,
            client_ip=self.client_ip,
            api_key_id=self.api_key_id,
            trace=self.trace,
        )
