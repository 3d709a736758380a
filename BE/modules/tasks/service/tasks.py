from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.limits.quotas import Quota
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.tasks.events import TaskCreated, TaskDeleted, TaskRestored, TrashEmptied
from BE.modules.tasks.exceptions import DueTwice, TaskNotFound, TaskNotInTrash, TooManyTasks
from BE.modules.tasks.models import (
    Interval,
    Period,
    TagCount,
    Task,
    TaskChanges,
    TaskDraft,
    TaskFilter,
    TaskFlow,
    TaskOrder,
    TaskStats,
    Today,
    positions_at_end,
)
from BE.modules.tasks.ports import Users
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.change_events import change_events

_TOP = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))
_TIMES = {"created_at", "updated_at"}
_OLDEST_FIRST = TaskOrder("created_at", descending=False)
_BATCH = 500
_EXPORTED_TOGETHER = 50  # with the longest descriptions up to 2 MB
_MAX_TAGS = 1000
_KEPT_IN_TRASH = timedelta(days=30)


class TaskService:
    def __init__(
        self,
        database: Database,
        repository: TaskRepository,
        events: EventBus,
        cursors: Cursors,
        users: Users,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        most: int = 100_000,
    ) -> None:
        """``most`` is how many tasks one owner may have, including the trash."""
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._users = users
        self._clock = clock
        self._quota = Quota(most, TooManyTasks)

    async def require_user(self, user_id: UUID) -> None:
        """Raises :class:`NotFoundError` without such a user."""
        await self._users.get(user_id)

    async def create(self, owner_id: UUID, draft: TaskDraft) -> Task:
        """Raises :class:`TooManyTasks`."""
        async with self._db.transaction():
            [task] = await self._add(owner_id, [draft])
        return task

    async def create_all(self, owner_id: UUID, drafts: Sequence[TaskDraft]) -> list[Task]:
        """Create all or none. Raises :class:`TooManyTasks`."""
        async with self._db.transaction():
            return [
                task
                for start in range(0, len(drafts), _BATCH)
                for task in await self._add(owner_id, drafts[start : start + _BATCH])
            ]

    async def get(self, owner_id: UUID, task_id: UUID) -> Task:
        """Raises :class:`TaskNotFound`, also for a task of somebody else."""
        task = await self._repository.get(owner_id, task_id)
        if task is None:
            raise TaskNotFound
        return task

    async def page(
        self, owner_id: UUID, where: TaskFilter, order: TaskOrder, *, limit: int, cursor: str | None
    ) -> Page[Task]:
        """Raises :class:`InvalidCursor`."""
        scope = f"tasks:{owner_id}:{order}:{where}"
        after = None
        if cursor is not None:
            after = _parsed(order, self._cursors.open(scope, cursor))
        tasks = await self._repository.find(owner_id, where, order, after=after, limit=limit + 1)
        return self._cursors.page(scope, tasks, limit, order.key)

    async def count(self, owner_id: UUID, where: TaskFilter) -> int:
        return await self._repository.count(owner_id, where)

    async def export(self, owner_id: UUID) -> AsyncIterator[Task]:
        """Every task, oldest first, read in small batches.

        A task that exists all the time appears exactly once, because its place in this order
        never changes. No connection is held between two batches.
        """
        after = None
        while True:
            tasks = await self._repository.find(
                owner_id, TaskFilter(), _OLDEST_FIRST, after=after, limit=_EXPORTED_TOGETHER
            )
            for task in tasks:
                yield task
            if len(tasks) < _EXPORTED_TOGETHER:
                return
            after = _OLDEST_FIRST.key(tasks[-1])

    async def stats(self, owner_id: UUID, zone: ZoneInfo) -> TaskStats:
        """Days and weeks are those of ``zone``."""
        return await self._repository.stats(owner_id, Today.at(self._clock(), zone))

    async def history(
        self, owner_id: UUID, zone: ZoneInfo, *, days: int, interval: Interval
    ) -> list[TaskFlow]:
        """The flow of each of the last ``days`` days, or of the weeks that they are in."""
        period = Period.until(self._clock(), zone, days=days, interval=interval)
        return await self._repository.history(owner_id, period)

    async def change(
        self, owner_id: UUID, task_id: UUID, changes: TaskChanges, versions: Sequence[int] | None
    ) -> Task:
        """Change a task that is in one of ``versions``; ``None`` means any.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`, :class:`DueTwice`.
        """
        async with self._db.transaction():
            changed = await self._repository.change(owner_id, task_id, changes, versions)
            if changed is None:
                task = await self.get(owner_id, task_id)
                has_version = versions is None or task.version in versions
                if has_version and task.changed(changes, task.updated_at).is_due_twice:
                    raise DueTwice("due_on" if "due_on" in changes else "due_at")
                raise PreconditionFailedError(task)
            task, status_before = changed
            await self._events.publish(*change_events(task, tuple(changes), status_before))
        return task

    async def delete(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> None:
        """Move a task that is in one of ``versions`` to the trash; ``None`` means any.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        async with self._db.transaction():
            if not await self._repository.trash(owner_id, task_id, versions):
                raise PreconditionFailedError(await self.get(owner_id, task_id))
            await self._events.publish(TaskDeleted(task_id=task_id, owner_id=owner_id))

    async def trash(self, owner_id: UUID, *, limit: int, cursor: str | None) -> Page[Task]:
        """The deleted tasks, the last deleted first. Raises :class:`InvalidCursor`."""
        scope, before = f"trash:{owner_id}", _TOP
        if cursor is not None:
            moment, task_id = self._cursors.open(scope, cursor)
            before = (datetime.fromisoformat(moment), UUID(task_id))
        tasks = await self._repository.trashed(owner_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, tasks, limit, attrgetter("updated_at", "id"))

    async def restore(self, owner_id: UUID, task_id: UUID) -> Task:
        """Take a task out of the trash. Raises :class:`TaskNotInTrash`, :class:`TaskNotFound`."""
        async with self._db.transaction():
            task = await self._repository.restore(owner_id, task_id)
            if task is None:
                await self.get(owner_id, task_id)
                raise TaskNotInTrash
            await self._events.publish(_restored(task))
        return task

    async def restore_all(self, owner_id: UUID, ids: Sequence[UUID]) -> list[Task]:
        """Take all out of the trash, or none; in the order of ``ids``.

        Raises :class:`TaskNotInTrash` or :class:`TaskNotFound`, which name the first fault.
        """
        async with self._db.transaction():
            restored = await self._repository.restore_all(owner_id, ids)
            tasks = {task.id: task for task in restored}
            for index, task_id in enumerate(ids):
                if task_id not in tasks:
                    await self._refuse_restore(owner_id, task_id, f"ids.{index}")
            await self._events.publish(*map(_restored, restored))
        return [tasks[task_id] for task_id in ids]

    async def _refuse_restore(self, owner_id: UUID, task_id: UUID, field: str) -> NoReturn:
        if await self._repository.get(owner_id, task_id) is None:
            raise TaskNotFound(details=[TaskNotFound.at(field, "not_found")])
        raise TaskNotInTrash(details=[TaskNotInTrash.at(field, "unknown_task")])

    async def empty_trash(self, owner_id: UUID) -> None:
        """Delete for good what is in the trash, in one transaction of short statements."""
        async with self._db.transaction():
            emptied = count = await self._repository.empty(owner_id, _BATCH)
            while count == _BATCH:
                count = await self._repository.empty(owner_id, _BATCH)
            if emptied:
                await self._events.publish(TrashEmptied(user_id=owner_id))

    async def tags(self, owner_id: UUID) -> list[TagCount]:
        return await self._repository.tags(owner_id, limit=_MAX_TAGS)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._repository.remove_all(event.user_id)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete for good what is in the trash too long, in short batches."""
        while await self._repository.purge(_KEPT_IN_TRASH, _BATCH):
            pass

    async def _add(self, owner_id: UUID, drafts: Sequence[TaskDraft]) -> list[Task]:
        counting = not self._quota.draw(owner_id, len(drafts))
        tasks, owned = await self._repository.add(
            owner_id, self._placed(drafts), only_at_end=True, counting=counting
        )
        if not tasks:
            last = await self._repository.last_position(owner_id)
            tasks, owned = await self._repository.add(
                owner_id, self._placed(drafts, after=last), counting=counting
            )
        if counting:
            if self._quota.is_near(owned + len(tasks)):
                owned = await self._repository.count_alone(owner_id) - len(tasks)
            self._quota.settle(owner_id, len(tasks), held=owned)
        await self._events.publish(
            *(TaskCreated(task_id=task.id, owner_id=owner_id, status=task.status) for task in tasks)
        )
        return tasks

    def _placed(
        self, drafts: Sequence[TaskDraft], *, after: str | None = None
    ) -> list[tuple[UUID, str, TaskDraft]]:
        positions = positions_at_end(after, self._clock(), len(drafts))
        return [
            (new_id(), position, draft) for position, draft in zip(positions, drafts, strict=True)
        ]


def _parsed(order: TaskOrder, sealed: list[Any]) -> tuple[Any, ...]:
    """The values of :meth:`TaskOrder.key` that a cursor sealed as JSON."""
    *values, task_id = sealed
    if order.by == "due_at":
        due_at, due_on = values
        values = [due_at and datetime.fromisoformat(due_at), due_on and date.fromisoformat(due_on)]
    elif order.by in _TIMES:
        values = [datetime.fromisoformat(value) for value in values]
    return *values, UUID(task_id)


def _restored(task: Task) -> TaskRestored:
    return TaskRestored(task_id=task.id, owner_id=task.owner_id, task_version=task.version)
