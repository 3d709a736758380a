from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from BE.core.database import Database
from BE.core.events import Envelope, Event, EventBus, HourPassed
from BE.core.exceptions import Detail, ForbiddenError, PreconditionFailedError
from BE.core.pagination import Cursors, Page
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted
from BE.modules.tasks.events import (
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskReopened,
    TaskRestored,
    TaskUpdated,
)
from BE.modules.tasks.exceptions import NoSuchPlace, TaskNotFound, TaskNotInTrash
from BE.modules.tasks.models import (
    CreateTask,
    DeleteTask,
    Filter,
    Operation,
    Order,
    Status,
    Task,
    TaskChanges,
    TaskDraft,
    TaskStats,
    Today,
    UpdateTask,
    are_short,
    position_between,
    positions_at_end,
    positions_between,
)
from BE.modules.tasks.ports import Users
from BE.modules.tasks.repository import TaskRepository

_TOP = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))
_FIRST = ("", UUID(int=0))
_TIMES = {"created_at", "updated_at", "due_at"}
_OLDEST_FIRST = Order("created_at", descending=False)
_BATCH = 500
_ROOM = 100
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
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._users = users
        self._clock = clock

    async def require_access(self, owner_id: UUID, *, user_id: UUID, role: str) -> None:
        """Raises :class:`ForbiddenError`; for an admin :class:`NotFoundError`, if nobody is it."""
        if owner_id != user_id:
            if role != "admin":
                raise ForbiddenError
            await self._users.get(owner_id)

    async def create(self, owner_id: UUID, draft: TaskDraft) -> Task:
        async with self._db.transaction():
            [task] = await self._add(owner_id, [draft])
        return task

    async def create_all(self, owner_id: UUID, drafts: Sequence[TaskDraft]) -> None:
        """All of them or none."""
        async with self._db.transaction():
            for start in range(0, len(drafts), _BATCH):
                await self._add(owner_id, drafts[start : start + _BATCH])

    async def get(self, owner_id: UUID, task_id: UUID) -> Task:
        """Raises :class:`TaskNotFound`, also for a task of somebody else."""
        task = await self._repository.get(owner_id, task_id)
        if task is None:
            raise TaskNotFound
        return task

    async def page(
        self, owner_id: UUID, where: Filter, order: Order, *, limit: int, cursor: str | None
    ) -> Page[Task]:
        """Raises :class:`InvalidCursor`."""
        scope = f"tasks:{owner_id}:{order}:{where}"
        after = None
        if cursor is not None:
            value, task_id = self._cursors.open(scope, cursor)
            is_time = order.by in _TIMES and value is not None
            after = (datetime.fromisoformat(value) if is_time else value, UUID(task_id))
        tasks = await self._repository.find(owner_id, where, order, after=after, limit=limit + 1)
        return self._page(scope, tasks, limit, order.by)

    async def export(self, owner_id: UUID) -> AsyncIterator[list[Task]]:
        """Every task, oldest first, in batches of which each is a statement of its own.

        One that is there from beginning to end comes exactly once: nothing changes its place
        in this order. No connection is held between two batches.
        """
        after = None
        while True:
            tasks = await self._repository.find(
                owner_id, Filter(), _OLDEST_FIRST, after=after, limit=_BATCH
            )
            yield tasks
            if len(tasks) < _BATCH:
                return
            after = (tasks[-1].created_at, tasks[-1].id)

    async def stats(self, owner_id: UUID, zone: ZoneInfo) -> TaskStats:
        """Days and weeks are those of ``zone``."""
        return await self._repository.stats(owner_id, Today.at(self._clock(), zone))

    async def change(
        self, owner_id: UUID, task_id: UUID, changes: TaskChanges, versions: Sequence[int] | None
    ) -> Task:
        """Change a task that is in one of ``versions`` (``None``: in any).

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        async with self._db.transaction():
            changed = await self._repository.change(owner_id, task_id, changes, versions)
            if changed is None:
                await self.get(owner_id, task_id)
                raise PreconditionFailedError
            task, status_before = changed
            await self._publish(_changes(task, tuple(changes), status_before))
        return task

    async def delete(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> None:
        """Move a task that is in one of ``versions`` (``None``: in any) to the trash.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        async with self._db.transaction():
            if not await self._repository.trash(owner_id, task_id, versions):
                await self.get(owner_id, task_id)
                raise PreconditionFailedError
            await self._publish([TaskDeleted(task_id=task_id, owner_id=owner_id)])

    async def trash(self, owner_id: UUID, *, limit: int, cursor: str | None) -> Page[Task]:
        """What was thrown away, the last one first. Raises :class:`InvalidCursor`."""
        scope, before = f"trash:{owner_id}", _TOP
        if cursor is not None:
            moment, task_id = self._cursors.open(scope, cursor)
            before = (datetime.fromisoformat(moment), UUID(task_id))
        tasks = await self._repository.trashed(owner_id, before=before, limit=limit + 1)
        return self._page(scope, tasks, limit, "updated_at")

    async def restore(self, owner_id: UUID, task_id: UUID) -> Task:
        """Take a task out of the trash. Raises :class:`TaskNotInTrash`, :class:`TaskNotFound`."""
        async with self._db.transaction():
            task = await self._repository.restore(owner_id, task_id)
            if task is None:
                await self.get(owner_id, task_id)
                raise TaskNotInTrash
            await self._publish([TaskRestored(task_id=task_id, owner_id=owner_id)])
        return task

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.remove_all(event.user_id)

    async def on_hour_passed(self, _: Envelope[HourPassed]) -> None:
        """Delete for good what is in the trash too long, in batches that are short each."""
        while await self._repository.purge(_KEPT_IN_TRASH, _BATCH):
            pass

    async def move(self, owner_id: UUID, task_id: UUID, after: UUID | None) -> Task:
        """Put a task right after another, or first: one row is written.

        Raises :class:`TaskNotFound`, :class:`NoSuchPlace`.
        """
        async with self._db.transaction():
            await self._repository.lock_order(owner_id)
            task = await self.get(owner_id, task_id)
            place = await self._place(owner_id, task, after)
            if place == task.position:
                return task
            moved = await self._repository.place(owner_id, task_id, place)
            if moved is None:
                raise TaskNotFound
            await self._publish(_changes(moved, ("position",), task.status))
        return moved

    async def bulk(self, owner_id: UUID, operations: Sequence[Operation]) -> list[Task | None]:
        """Carry out all of them, as if one after the other, or none.

        Raises :class:`TaskNotFound` or :class:`PreconditionFailedError`, which name the first
        that cannot be carried out.
        """
        touched = {each.task_id for each in operations if not isinstance(each, CreateTask)}
        async with self._db.transaction():
            locked = await self._repository.lock(owner_id, list(touched)) if touched else []
            now = await self._repository.now()
            drafts = [each.draft for each in operations if isinstance(each, CreateTask)]
            made = iter(await self._add(owner_id, drafts) if drafts else [])
            present = {each.id: each for each in locked}
            trashed: dict[UUID, Task] = {}
            results: list[Task | None] = []
            events: list[Event] = []
            for index, operation in enumerate(operations):
                if isinstance(operation, CreateTask):
                    results.append(next(made))
                    continue
                task = _expected(present.get(operation.task_id), operation, index)
                if isinstance(operation, DeleteTask):
                    del present[task.id]
                    trashed[task.id] = replace(task, version=task.version + 1, updated_at=now)
                    events.append(TaskDeleted(task_id=task.id, owner_id=owner_id))
                    results.append(None)
                else:
                    present[task.id] = task.changed(operation.changes, now)
                    changed = tuple(operation.changes)
                    events += _changes(present[task.id], changed, task.status)
                    results.append(present[task.id])
            if touched:
                await self._repository.save(
                    [*present.values(), *trashed.values()], trashed=list(trashed)
                )
            await self._publish(events)
        return results

    async def _add(self, owner_id: UUID, drafts: Sequence[TaskDraft]) -> list[Task]:
        last = await self._repository.last_position(owner_id)
        positions = positions_at_end(last, self._clock(), len(drafts))
        tasks = await self._repository.add(
            owner_id,
            [
                (new_id(), position, draft)
                for position, draft in zip(positions, drafts, strict=True)
            ],
        )
        await self._publish(
            TaskCreated(task_id=each.id, owner_id=owner_id, status=each.status) for each in tasks
        )
        return tasks

    async def _place(self, owner_id: UUID, task: Task, after: UUID | None) -> str:
        """A position right after another task, where room is made if there is none."""
        while True:
            anchor = None
            if after is not None:
                anchor = await self._repository.get(owner_id, after)
                if anchor is None or after == task.id:
                    raise NoSuchPlace
            low = anchor.position if anchor else None
            high = await self._repository.next_position(
                owner_id, after=(anchor.position, anchor.id) if anchor else _FIRST, but=task.id
            )
            if (low is None or low < task.position) and (high is None or task.position < high):
                return task.position
            place = position_between(low, high)
            if place is not None:
                return place
            await self._make_room(owner_id, low or "", but=task.id)

    async def _make_room(self, owner_id: UUID, position: str, *, but: UUID) -> None:
        """Spread the tasks around a place evenly: as few as make the positions short again."""
        each_side = _ROOM
        while True:
            beside = await self._repository.beside(owner_id, position, but=but, each_side=each_side)
            below = sum(place <= position for _, place in beside)
            above = len(beside) - below
            low = beside.pop(0)[1] if below == each_side else None
            high = beside.pop()[1] if above == each_side else None
            places = positions_between(low, high, len(beside))
            if places is not None and (are_short(places) or (low is None and high is None)):
                ids = [task_id for task_id, _ in beside]
                await self._repository.spread(dict(zip(ids, places, strict=True)))
                return
            each_side *= 2

    def _page(self, scope: str, tasks: list[Task], limit: int, by: str) -> Page[Task]:
        if len(tasks) <= limit:
            return Page(tasks, None)
        last = tasks[limit - 1]
        return Page(tasks[:limit], self._cursors.seal(scope, [getattr(last, by), last.id]))

    async def _publish(self, events: Sequence[Event] | Iterator[Event]) -> None:
        for event in events:
            await self._events.publish(event)


def _expected(task: Task | None, operation: UpdateTask | DeleteTask, index: int) -> Task:
    if task is None:
        raise TaskNotFound(details=[_fault(index, "id", TaskNotFound, "not_found")])
    if operation.if_match not in {None, task.version}:
        fault = _fault(index, "if_match", PreconditionFailedError, "precondition_failed")
        raise PreconditionFailedError(details=[fault])
    return task


def _fault(index: int, field: str, error: type[Exception], kind: str) -> Detail:
    return Detail(f"body.operations.{index}.{field}", error.__doc__ or "", kind)


def _changes(task: Task, changed: tuple[str, ...], status_before: Status) -> list[Event]:
    """What there is to tell of a change."""
    if not changed:
        return []
    ids: dict[str, Any] = {"task_id": task.id, "owner_id": task.owner_id}
    updated = TaskUpdated(**ids, changed=changed, status=task.status, task_version=task.version)
    if "done" not in {task.status, status_before} or task.status == status_before:
        return [updated]
    return [updated, TaskCompleted(**ids) if task.status == "done" else TaskReopened(**ids)]
