from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from BE.core.types import record

type JobState = Literal["queued", "running", "done", "failed", "cancelled"]
type Priority = Literal["low", "normal", "high"]

ACTIVE = frozenset({"queued", "running"})
LEVELS: dict[Priority, int] = {"low": 0, "normal": 1, "high": 2}
"""As they are stored; the higher goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work to do, and its arguments. Subclasses hold ids and primitives only, never a secret.

    A new field has a default: the queue holds jobs that an earlier release put there.
    """

    kind: ClassVar[str]
    """The name under which it is stored, such as ``export``."""

    def __init_subclass__(cls) -> None:
        """Raises :class:`TypeError` for a field named like an attribute that all jobs have."""
        if "kind" in cls.__annotations__ and "ClassVar" not in str(cls.__annotations__["kind"]):
            raise TypeError(f"a job's kind is that of its type: rename the field of {cls.__name__}")


class JobRefused(Exception):
    """Raised by a handler to end its job as failed at once, for a reason that its owner reads."""


@record
class StoredJob:
    """A job as it is in the queue."""

    id: UUID
    kind: str
    owner_id: UUID | None
    state: JobState
    progress: float | None
    """From 0 to 1, if the handler reports it."""
    note: str | None
    result: str | None
    """A JSON value."""
    error: str | None
    """Why it failed, for its owner."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    cancel_asked_at: datetime | None

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE
