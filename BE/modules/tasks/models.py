from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypedDict
from uuid import UUID

type Status = Literal["todo", "in_progress", "done"]
type Priority = Literal["none", "low", "medium", "high", "urgent"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION_LENGTH = 9


class TaskDraft(TypedDict):
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    tags: list[str]


class TaskChanges(TypedDict, total=False):
    """What a change sets; what is absent stays."""

    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Task:
    id: UUID
    owner_id: UUID
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    tags: list[str]
    position: str
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


def position_at(moment: datetime) -> str:
    """The place of a task made at ``moment`` in the order by hand.

    A fractional index whose integer part counts microseconds: bytewise after every earlier
    one, and there is always room for a further key between two. ``i`` says that nine base-62
    digits follow, as in David Greenspan's "Implementing Fractional Indexing".
    """
    count = (moment - _EPOCH) // timedelta(microseconds=1)
    digits = ""
    for _ in range(_POSITION_LENGTH):
        count, digit = divmod(count, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return "i" + digits
