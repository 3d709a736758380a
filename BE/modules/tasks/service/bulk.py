from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from BE.core.events import Event, EventBus
from BE.core.exceptions import Detail, PreconditionFailedError
from BE.modules.tasks.events import TaskDeleted
from BE.modules.tasks.exceptions import DueTwice, TaskNotFound
from BE.modules.tasks.models import (
    CreateTask,
    DeleteTask,
    Operation,
    Owner,
    Task,
    TaskChanges,
    UpdateTask,
)
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.change_events import change_events
from BE.modules.tasks.service.tasks import TaskService
from BE.modules.tasks.service.writing import Assigned, Writing, assigned_in


class BulkService:
    def __init__(
        self,
        writing: Writing,
        repository: TaskRepository,
        events: EventBus,
        tasks: TaskService,
    ) -> None:
        self._writing = writing
        self._repository = repository
        self._events = events
        self._tasks = tasks

    async def carry_out(self, owner: Owner, operations: Sequence[Operation]) -> list[Task | None]:
        """Carry out all operations, as if one after the other, or none.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`, :class:`DueTwice`,
        :class:`UnknownAssignee` or :class:`OwnTaskAssigned`, which name the first operation that
        cannot be carried out.
        """
        changed = {
            operation.id for operation in operations if not isinstance(operation, CreateTask)
        }
        drafts = [operation.draft for operation in operations if isinstance(operation, CreateTask)]
        async with self._writing.to(owner, *_assigned_by(operations)):
            locked = await self._repository.lock(owner.id, list(changed))
            created = iter(await self._tasks.add_all(owner, drafts))
            work = _Work(locked, await self._repository.now())
            for index, operation in enumerate(operations):
                match operation:
                    case CreateTask():
                        work.results.append(next(created))
                    case UpdateTask():
                        work.change(index, work.find(index, operation), operation.changes)
                    case DeleteTask():
                        work.delete(work.find(index, operation))
            await self._repository.save(owner.id, work.to_save, trashed=list(work.trashed))
            await self._events.publish(*work.events())
        return work.results


def _assigned_by(operations: Sequence[Operation]) -> Iterator[Assigned]:
    for index, operation in enumerate(operations):
        match operation:
            case CreateTask():
                yield from assigned_in(operation.draft, f"operations.{index}.task.assignee_id")
            case UpdateTask():
                yield from assigned_in(operation.changes, f"operations.{index}.changes.assignee_id")


class _Work:
    """The tasks after the operations, before they are written.

    A task is written once and has its events once, however many operations name it.
    """

    def __init__(self, locked: list[Task], now: datetime) -> None:
        self._now = now
        self._before = {task.id: task for task in locked}
        self._changed: dict[UUID, dict[str, None]] = {}
        self._present = {**self._before}
        self.trashed: dict[UUID, Task] = {}
        self.results: list[Task | None] = []

    @property
    def to_save(self) -> list[Task]:
        changed = (task for task in self._present.values() if task.id in self._changed)
        trashed = (
            replace(task, version=task.version + 1, updated_at=self._now)
            for task in self.trashed.values()
        )
        return [*changed, *trashed]

    def find(self, index: int, operation: UpdateTask | DeleteTask) -> Task:
        task = self._present.get(operation.id)
        if task is None:
            raise TaskNotFound(details=[TaskNotFound.at(f"operations.{index}.id", "not_found")])
        if operation.if_match not in {None, task.version}:
            message = f"The task has changed since it was read: it has version {task.version} now"
            fault = Detail(f"operations.{index}.if_match", message, "precondition_failed")
            raise PreconditionFailedError(details=[fault])
        return task

    def change(self, index: int, task: Task, changes: TaskChanges) -> None:
        changed = task.changed(changes, self._now)
        if changed.is_due_twice:
            field = "due_on" if "due_on" in changes else "due_at"
            raise DueTwice(f"operations.{index}.changes.{field}")
        self._present[task.id] = changed
        if changes:
            self._changed.setdefault(task.id, {}).update(dict.fromkeys(changes))
        self.results.append(changed)

    def delete(self, task: Task) -> None:
        self.trashed[task.id] = self._present.pop(task.id)
        self.results.append(None)

    def events(self) -> list[Event]:
        """The events of every task, comparing its last state with its first."""
        events: list[Event] = []
        for task_id, changed in self._changed.items():
            task = self._present.get(task_id) or self.trashed[task_id]
            events += change_events(task, tuple(changed), self._before[task_id].status)
        for task in self.trashed.values():
            events.append(
                TaskDeleted(task_id=task.id, owner_id=task.owner_id, team_id=task.team_id)
            )
        return events
