"""A model of finding tasks in plain Python, against which PostgreSQL's results are checked."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unicodedata import normalize
from uuid import UUID
from zoneinfo import ZoneInfo

from BE.modules.tasks.models import Task, TaskFilter, TaskOrder, TaskSort

_PRIORITIES = ["none", "low", "medium", "high", "urgent"]
_TIMES = ("due_at", "created_at", "updated_at", "completed_at", "deleted_at")
_NEVER = {False: datetime.max.replace(tzinfo=UTC), True: datetime.min.replace(tzinfo=UTC)}


_LETTERS = str.maketrans("ØøŁłĐđĦħıŦŧ", "OoLlDdHhiTt") | str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
)


def words(text: str) -> list[str]:
    bare = re.sub("[\u0300-\u036f]", "", normalize("NFKD", text))
    bare = normalize("NFKC", bare).translate(_LETTERS)
    return re.sub(r"[!-/:-@\[-`{-~]", " ", bare).lower().split()


def matches(task: Task, where: TaskFilter, now: datetime) -> bool:
    due = deadline(task.due_at, task.due_on, where.tz)
    found = words(f"{task.title} {task.description or ''}")
    *whole, beginning = words(where.q or "") or [""]
    is_overdue = due is not None and due < now and task.status != "done"
    return bool(
        (not where.status or task.status in where.status)
        and (not where.priority or task.priority in where.priority)
        and set(where.tag) <= set(task.tags)
        and (not where.assignee_id or task.assignee_id in where.assignee_id)
        and (where.assigned is None or (task.assignee_id is not None) == where.assigned)
        and (where.due_before is None or (due is not None and due < where.due_before))
        and (where.due_after is None or (due is not None and due >= where.due_after))
        and (where.overdue is None or where.overdue == is_overdue)
        and set(whole) <= set(found)
        and (not where.q or (beginning and any(word.startswith(beginning) for word in found)))
    )


def deadline(due_at: datetime | None, due_on: date | None, tz: str) -> datetime | None:
    """When a task is due; for a date, its last moment."""
    if due_on is None:
        return due_at
    next_day = datetime.combine(due_on + timedelta(days=1), time.min, ZoneInfo(tz))
    return next_day.astimezone(UTC) - timedelta(microseconds=1)


def sort_key(order: TaskOrder, key: Sequence[Any], tz: str) -> tuple[Any, int]:
    """A value that sorts as PostgreSQL sorts ``key``, the place of a task in an order."""
    value, *_, task_id = key
    match order.by:
        case "title":
            value = value.lower().encode()
        case "priority":
            value = _PRIORITIES.index(value)
        case "due_at":
            value = deadline(key[0], key[1], tz) or _NEVER[order.descending]
    return value, task_id.int


def ordered(tasks: Iterable[Task], order: TaskOrder, tz: str = "UTC") -> list[Task]:
    return sorted(
        tasks, key=lambda task: sort_key(order, order.key(task), tz), reverse=order.descending
    )


SORTS: tuple[TaskSort, ...] = (
    "created_at",
    "updated_at",
    "due_at",
    "priority",
    "title",
    "position",
)


def read(answer: dict[str, Any]) -> Task:
    """A task as the API shows it."""
    times = {name: moment(answer[name]) for name in _TIMES if answer[name] is not None}
    ids = {
        name: UUID(answer[name])
        for name in ("id", "owner_id", "team_id", "assignee_id")
        if answer[name] is not None
    }
    return Task(**answer | times | ids | {"due_on": day(answer["due_on"])})


def filter_of(params: dict[str, Any]) -> TaskFilter:
    """The filter of query parameters."""
    bounds = {name: moment(params[name]) for name in ("due_before", "due_after") if name in params}
    lists = {name: tuple(param) for name, param in params.items() if isinstance(param, list)}
    wanted: dict[str, Any] = params | bounds | lists
    return TaskFilter(**wanted)


def order_of(params: dict[str, Any]) -> TaskOrder:
    by = params["sort_by"]
    default = "desc" if by in {"created_at", "updated_at", "priority"} else "asc"
    return TaskOrder(by, params.get("sort_order", default) == "desc")


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
