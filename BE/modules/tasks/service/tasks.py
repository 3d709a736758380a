from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from BE.core.database.row_scope import rows_of, rows_of_anybody
from BE.core.events import EventBus, HourPassed
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.limits.quotas import Quota
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.tasks.events import (
    TaskCreated,
    TaskDeleted,
    TaskRestored,
    TeamTrashEmptied,
    TrashEmptied,
)
from BE.modules.tasks.exceptions import DueTwice, TaskNotFound, TaskNotInTrash, TooManyTasks
from BE.modules.tasks.models import (
    Interval,
    Owner,
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
from BE.modules.tasks.service.writing import Writing, assigned_in

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
        writing: Writing,
        repository: TaskRepository,
        events: EventBus,
        cursors: Cursors,
        users: Users,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        most: int = 100_000,
        most_of_team: int = 100_000,
    ) -> None:
        """``most`` is how many tasks a user may have, including the trash, or a team."""
        self._writing = writing
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._users = users
        self._clock = clock
        self._quota_of_user = Quota(most, TooManyTasks)
        self._quota_of_team = Quota(most_of_team, TooManyTasks)

    async def require_user(self, user_id: UUID) -> None:
        """Raises :class:`NotFoundError` without such a user."""
        await self._users.get(user_id)

    async def create(self, owner: Owner, draft: TaskDraft) -> Task:
        """Raises :class:`TooManyTasks`, :class:`UnknownAssignee`, :class:`OwnTaskAssigned`."""
        async with self._writing.to(owner, *assigned_in(draft)):
            [task] = await self._add(owner, [draft])
        return task

    async def create_all(self, owner: Owner, drafts: Sequence[TaskDraft]) -> list[Task]:
        """Create all or none. Raises :class:`TooManyTasks`."""
        async with self._writing.to(owner):
            return await self.add_all(owner, drafts)

    async def add_all(self, owner: Owner, drafts: Sequence[TaskDraft]) -> list[Task]:
        """Create all in the ambient transaction, which :class:`Writing` has opened.

        Raises :class:`TooManyTasks`.
        """
        return [
            task
            for start in range(0, len(drafts), _BATCH)
            for task in await self._add(owner, drafts[start : start + _BATCH])
        ]

    async def recount(self, owner: Owner) -> None:
        """Count the owner's tasks at the end of a long transaction that has added many.

        Until then other transactions do not see them, and may add as many. Raises
        :class:`TooManyTasks`.
        """
        owned = await self._repository.count_alone(owner.id)
        self._quota_of(owner).settle(owner.id, 0, held=owned)

    async def get(self, owner: Owner, task_id: UUID) -> Task:
        """Raises :class:`TaskNotFound`, also for a task of another owner."""
        task = await self._repository.get(owner.id, task_id)
        if task is None:
            raise TaskNotFound
        return task

    async def page(
        self, owner: Owner, where: TaskFilter, order: TaskOrder, *, limit: int, cursor: str | None
    ) -> Page[Task]:
        """Raises :class:`InvalidCursor`."""
        scope = f"tasks:{owner.id}:{_list_name(order, where)}"
        after = None
        if cursor is not None:
            after = _parsed(order, self._cursors.open(scope, cursor))
        tasks = await self._repository.find(owner.id, where, order, after=after, limit=limit + 1)
        return self._cursors.page(scope, tasks, limit, order.key)

    async def count(self, owner: Owner, where: TaskFilter) -> int:
        return await self._repository.count(owner.id, where)

    async def export(self, owner: Owner) -> AsyncIterator[Task]:
        """Every task, oldest first, read in small batches.

        A task that exists throughout appears exactly once, because its place in this order never
        changes. No connection is held between two batches.
        """
        after = None
        while True:
            tasks = await self._repository.find(
                owner.id, TaskFilter(), _OLDEST_FIRST, after=after, limit=_EXPORTED_TOGETHER
            )
            for task in tasks:
                yield task
            if len(tasks) < _EXPORTED_TOGETHER:
                return
            after = _OLDEST_FIRST.key(tasks[-1])

    async def stats(self, owner: Owner, zone: ZoneInfo) -> TaskStats:
        """Days and weeks are those of ``zone``."""
        return await self._repository.stats(owner.id, Today.at(self._clock(), zone))

    async def history(
        self, owner: Owner, zone: ZoneInfo, *, days: int, interval: Interval
    ) -> list[TaskFlow]:
        """The flow of each of the last ``days`` days, or of the weeks that they are in."""
        period = Period.until(self._clock(), zone, days=days, interval=interval)
        return await self._repository.history(owner.id, period)

    async def change(
        self, owner: Owner, task_id: UUID, changes: TaskChanges, versions: Sequence[int] | None
    ) -> Task:
        """Change a task that is in one of ``versions``; ``None`` means any.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`, :class:`DueTwice`,
        :class:`UnknownAssignee`, :class:`OwnTaskAssigned`.
        """
        async with self._writing.to(owner, *assigned_in(changes)):
            changed = await self._repository.change(owner.id, task_id, changes, versions)
            if changed is None:
                task = await self.get(owner, task_id)
                has_version = versions is None or task.version in versions
                if has_version and task.changed(changes, task.updated_at).is_due_twice:
                    raise DueTwice("due_on" if "due_on" in changes else "due_at")
                raise PreconditionFailedError(task)
            task, status_before = changed
            await self._events.publish(*change_events(task, tuple(changes), status_before))
        return task

    async def delete(self, owner: Owner, task_id: UUID, versions: Sequence[int] | None) -> None:
        """Move a task that is in one of ``versions`` to the trash; ``None`` means any.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        async with self._writing.to(owner):
            if not await self._repository.trash(owner.id, task_id, versions):
                raise PreconditionFailedError(await self.get(owner, task_id))
            await self._events.publish(
                TaskDeleted(task_id=task_id, owner_id=owner.id, team_id=owner.team_id)
            )

    async def trash(self, owner: Owner, *, limit: int, cursor: str | None) -> Page[Task]:
        """The deleted tasks, the last deleted first. Raises :class:`InvalidCursor`."""
        scope, before = f"trash:{owner.id}", _TOP
        if cursor is not None:
            moment, task_id = self._cursors.open(scope, cursor)
            before = (datetime.fromisoformat(moment), UUID(task_id))
        tasks = await self._repository.trashed(owner.id, before=before, limit=limit + 1)
        return self._cursors.page(scope, tasks, limit, attrgetter("updated_at", "id"))

    async def restore(self, owner: Owner, task_id: UUID) -> Task:
        """Take a task out of the trash. Raises :class:`TaskNotInTrash`, :class:`TaskNotFound`."""
        async with self._writing.to(owner):
            task = await self._repository.restore(owner.id, task_id)
            if task is None:
                await self.get(owner, task_id)
                raise TaskNotInTrash
            await self._events.publish(_restored(task))
        return task

    async def restore_all(self, owner: Owner, ids: Sequence[UUID]) -> list[Task]:
        """Take all out of the trash, or none; in the order of ``ids``.

        Raises :class:`TaskNotInTrash` or :class:`TaskNotFound`, which name the first fault.
        """
        async with self._writing.to(owner):
            restored = await self._repository.restore_all(owner.id, ids)
            tasks = {task.id: task for task in restored}
            for index, task_id in enumerate(ids):
                if task_id not in tasks:
                    await self._refuse_restore(owner, task_id, f"ids.{index}")
            await self._events.publish(*map(_restored, restored))
        return [tasks[task_id] for task_id in ids]

    async def _refuse_restore(self, owner: Owner, task_id: UUID, field: str) -> NoReturn:
        if await self._repository.get(owner.id, task_id) is None:
            raise TaskNotFound(details=[TaskNotFound.at(field, "not_found")])
        raise TaskNotInTrash(details=[TaskNotInTrash.at(field, "unknown_task")])

    async def empty_trash(self, owner: Owner) -> None:
        """Delete the tasks in the trash for good, in one transaction of short statements."""
        async with self._writing.to(owner):
            emptied = count = await self._repository.empty(owner.id, _BATCH)
            while count == _BATCH:
                count = await self._repository.empty(owner.id, _BATCH)
            if emptied:
                await self._events.publish(
                    TrashEmptied(user_id=owner.id)
                    if owner.team_id is None
                    else TeamTrashEmptied(team_id=owner.team_id)
                )

    async def tags(self, owner: Owner) -> list[TagCount]:
        return await self._repository.tags(owner.id, limit=_MAX_TAGS)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        with rows_of(event.user_id):
            await self._repository.remove_all(event.user_id)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete tasks for good that have been in the trash too long, in short batches."""
        with rows_of_anybody():
            while await self._repository.purge(_KEPT_IN_TRASH, _BATCH):
                pass

    async def take_place(self, owner: Owner) -> str:
        """The position for one more task. Raises :class:`TooManyTasks`."""
        quota = self._quota_of(owner)
        if not quota.draw(owner.id):
            owned = await self._repository.count_alone(owner.id)
            quota.settle(owner.id, 1, held=owned)
        last = await self._repository.last_position(owner.id)
        return positions_at_end(last, self._clock(), 1)[0]

    def _quota_of(self, owner: Owner) -> Quota:
        return self._quota_of_user if owner.team_id is None else self._quota_of_team

    async def _add(self, owner: Owner, drafts: Sequence[TaskDraft]) -> list[Task]:
        quota = self._quota_of(owner)
        counting = not quota.draw(owner.id, len(drafts))
        tasks, owned = await self._repository.add(
            owner.id,
            self._placed(drafts),
            team_id=owner.team_id,
            only_at_end=True,
            counting=counting,
        )
        if not tasks:
            last = await self._repository.last_position(owner.id)
            tasks, owned = await self._repository.add(
                owner.id,
                self._placed(drafts, after=last),
                team_id=owner.team_id,
                counting=counting,
            )
        if counting:
            if quota.is_near(owned + len(tasks)):
                owned = await self._repository.count_alone(owner.id) - len(tasks)
            quota.settle(owner.id, len(tasks), held=owned)
        await self._events.publish(
            *(
                TaskCreated(
                    task_id=task.id, owner_id=owner.id, team_id=owner.team_id, status=task.status
                )
                for task in tasks
            )
        )
        return tasks

    def _placed(
        self, drafts: Sequence[TaskDraft], *, after: str | None = None
    ) -> list[tuple[UUID, str, TaskDraft]]:
        positions = positions_at_end(after, self._clock(), len(drafts))
        return [
            (new_id(), position, draft) for position, draft in zip(positions, drafts, strict=True)
        ]


@lru_cache(maxsize=1000)
def _list_name(order: TaskOrder, where: TaskFilter) -> str:
    return f"{order}:{where}"


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
    return TaskRestored(
        task_id=task.id,
        owner_id=task.owner_id,
        team_id=task.team_id,
        task_version=task.version,
    )
