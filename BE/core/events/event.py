from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from BE.core.context import current_request
from BE.core.types import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact, in the past tense. Subclasses hold ids and primitives only, never a secret."""

    name: ClassVar[str]
    """``context.past_tense``, such as ``user.registered``."""

    version: ClassVar[int] = 1
    """Raised when the meaning of a field changes; adding one with a default keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with the circumstances of its publication."""

    event: Event
    id: UUID = field(default_factory=new_id)
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    actor_id: UUID | None = None
    request_id: str | None = None

    @classmethod
    def seal(cls, event: Event) -> "Envelope":
        """Wrap ``event`` with what is known of the request being served."""
        request = current_request()
        if request is None:
            return cls(event=event)
        return cls(event=event, actor_id=request.actor_id, request_id=request.request_id)
