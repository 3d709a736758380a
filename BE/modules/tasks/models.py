from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from fractional_indexing import FIError, generate_key_between, generate_n_keys_between

from BE.core.types import record

type Status = Literal["todo", "in_progress", "done"]
type Priority = Literal["none", "low", "medium", "high", "urgent"]
type Interval = Literal["day", "week"]
type TaskSort = Literal["created_at", "updated_at", "due_at", "priority", "title", "position"]

NEWEST_FIRST: frozenset[TaskSort] = frozenset({"created_at", "updated_at", "priority"})
"""The sorts whose default order is descending."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION_DIGITS = 9
_POSITION_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of tasks: a user, or a team through one of its members."""

    id: UUID
    member_id: UUID | None = None
    """``None`` if they are a user's."""

    @property
    def team_id(self) -> UUID | None:
        return self.id if self.member_id is not None else None


class TaskDraft(TypedDict):
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None
    tags: list[str]
    assignee_id: NotRequired[UUID | None]


class TaskChanges(TypedDict, total=False):
    """The fields that a change sets; absent ones stay."""

    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None
    tags: list[str]
    assignee_id: UUID | None


@record
class Task:
    id: UUID
    owner_id: UUID
    """The owner: the id of a user or of a team."""

    team_id: UUID | None
    """``owner_id``, if that is a team's."""

    assignee_id: UUID | None
    """The member of the team who is to do it."""

    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None
    tags: list[str]
    position: str
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    deleted_at: datetime | None

    def changed(self, changes: TaskChanges, now: datetime) -> "Task":
        """The next version, completed at ``now`` if the change makes it done."""
        if not changes:
            return self
        done = changes.get("status", self.status) == "done"
        return replace(
            self,
            **changes,
            version=self.version + 1,
            updated_at=now,
            completed_at=(self.completed_at or now) if done else None,
        )

    @property
    def is_due_twice(self) -> bool:
        return self.due_at is not None and self.due_on is not None


class Added(NamedTuple):
    tasks: list[Task]
    owned_before: int
    """How many tasks the owner had, including the trash; 0 unless counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks a list shows; an empty field or ``None`` filters nothing."""

    status: tuple[Status, ...] = ()
    """Any of these."""

    priority: tuple[Priority, ...] = ()
    """Any of these."""

    tag: tuple[str, ...] = ()
    """All of these."""

    assignee_id: tuple[UUID, ...] = ()
    """Any of these."""

    assigned: bool | None = None
    """Whether assigned to anyone."""

    due_before: datetime | None = None
    """Exclusive."""

    due_after: datetime | None = None
    """Inclusive."""

    overdue: bool | None = None
    q: str | None = None
    """Words of the title or the description: all must match, the last one as a prefix."""

    tz: str = "UTC"
    """The time zone in which a date ends."""


@dataclass(frozen=True, slots=True)
class TaskOrder:
    by: TaskSort
    descending: bool

    def key(self, task: Task) -> tuple[Any, ...]:
        """The task's sort key in this order; a due date and a due time are two values."""
        if self.by == "due_at":
            return task.due_at, task.due_on, task.id
        return getattr(task, self.by), task.id


@dataclass(frozen=True, slots=True)
class CreateTask:
    draft: TaskDraft


@dataclass(frozen=True, slots=True)
class UpdateTask:
    id: UUID
    if_match: int | None
    changes: TaskChanges


@dataclass(frozen=True, slots=True)
class DeleteTask:
    id: UUID
    if_match: int | None


type Operation = CreateTask | UpdateTask | DeleteTask


def rows_of(operations: Sequence[Operation]) -> int:
    """How many rows a bulk counts as: the tasks that it writes, or a tenth of its operations.

    A task that several operations name is written once, but the answer repeats it.
    """
    changed = {operation.id for operation in operations if not isinstance(operation, CreateTask)}
    created = sum(isinstance(operation, CreateTask) for operation in operations)
    return max(len(changed) + created, len(operations) // 10)


class TagCount(TypedDict):
    tag: str
    tasks: int


@dataclass(frozen=True, slots=True)
class TaskStats:
    total: int
    todo: int
    in_progress: int
    done: int
    overdue: int
    due_today: int
    completed_this_week: int
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """A moment, and the bounds of its day and week in a time zone."""

    now: datetime
    start: datetime
    end: datetime
    week: datetime
    date: date

    @classmethod
    def at(cls, now: datetime, zone: ZoneInfo) -> "Today":
        """Weeks begin on Monday."""
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return cls(
            now,
            midnight.astimezone(UTC),
            (midnight + timedelta(days=1)).astimezone(UTC),  # a day by the wall clock
            (midnight - timedelta(days=midnight.weekday())).astimezone(UTC),
            midnight.date(),
        )


@dataclass(frozen=True, slots=True)
class Period:
    """The days or weeks of a chart, each by its first day in a time zone, up to the current one.

    Weeks begin on Monday and are whole, including the first.
    """

    first: date
    last: date
    interval: Interval
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, zone: ZoneInfo, *, days: int, interval: Interval) -> "Period":
        """The last ``days`` days, today included, or the weeks that they are in."""
        last = now.astimezone(zone).date()
        first = last - timedelta(days=days - 1)
        if interval == "week":
            first, last = (day - timedelta(days=day.weekday()) for day in (first, last))
        return cls(first, last, interval, zone)


class TaskFlow(TypedDict):
    """What happened to the tasks in a day or week, and how many there were at its end."""

    date: date
    created: int
    completed: int
    open: int
    done: int


def position_at(moment: datetime) -> str:
    """The position of a task created at ``moment``.

    It is a fractional index whose integer part counts microseconds: bytewise after every earlier
    one, with room for a further key between any two. ``i`` means that nine base-62 digits follow,
    as in David Greenspan's "Implementing Fractional Indexing".
    """
    count = (moment - _EPOCH) // timedelta(microseconds=1)
    digits = ""
    for _ in range(_POSITION_DIGITS):
        count, digit = divmod(count, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return "i" + digits


def positions_at_end(last: str | None, moment: datetime, count: int) -> list[str]:
    """The positions of ``count`` tasks created at ``moment``, after the position ``last``."""
    first = position_at(moment)
    if last is not None and last >= first:  # two in a microsecond, or a clock that is behind
        first = generate_key_between(last, None)
    return [first, *generate_n_keys_between(first, None, count - 1)]


def position_between(low: str | None, high: str | None) -> str | None:
    """A position between two; ``None`` if there is no room for a short one."""
    positions = positions_between(low, high, 1)
    return positions[0] if positions and len(positions[0]) <= _POSITION_LENGTH else None


def positions_between(low: str | None, high: str | None, count: int) -> list[str] | None:
    """``count`` positions between two; ``None`` if the two are equal."""
    try:
        positions: list[str] = generate_n_keys_between(low, high, count)
    except FIError:
        return None
    return positions


def are_short(positions: list[str]) -> bool:
    """Whether there is room between them for many more."""
    return all(len(position) <= _POSITION_LENGTH // 2 for position in positions)
