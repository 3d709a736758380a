from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from BE.core.exceptions import PreconditionFailedError
from BE.core.pagination import Cursors, Page
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted
from BE.modules.tasks.exceptions import TaskNotFound
from BE.modules.tasks.models import Task, TaskChanges, TaskDraft, position_at
from BE.modules.tasks.repository import TaskRepository

_TOP = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


class TaskService:
    def __init__(self, repository: TaskRepository, cursors: Cursors) -> None:
        self._repository = repository
        self._cursors = cursors

    async def create(self, owner_id: UUID, draft: TaskDraft) -> Task:
        position = position_at(datetime.now(UTC))
        return await self._repository.add(new_id(), owner_id, draft, position)

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.remove_all(event.user_id)

    async def get(self, owner_id: UUID, task_id: UUID) -> Task:
        """Raises :class:`TaskNotFound`, also for a task of somebody else."""
        task = await self._repository.get(owner_id, task_id)
        if task is None:
            raise TaskNotFound
        return task

    async def page(self, owner_id: UUID, *, limit: int, cursor: str | None) -> Page[Task]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"tasks:{owner_id}:-created_at"
        before = _TOP
        if cursor is not None:
            created_at, task_id = self._cursors.open(scope, cursor)
            before = (datetime.fromisoformat(created_at), UUID(task_id))
        tasks = await self._repository.newest(owner_id, before=before, limit=limit + 1)
        if len(tasks) <= limit:
            return Page(tasks, None)
        last = tasks[limit - 1]
        return Page(tasks[:limit], self._cursors.seal(scope, [last.created_at, last.id]))

    async def change(
        self, owner_id: UUID, task_id: UUID, changes: TaskChanges, versions: Sequence[int] | None
    ) -> Task:
        """Change a task that is in one of ``versions`` (``None``: in any).

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        task = await self._repository.change(owner_id, task_id, changes, versions)
        if task is None:
            await self.get(owner_id, task_id)
            raise PreconditionFailedError
        return task

    async def delete(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> None:
        """Move a task that is in one of ``versions`` (``None``: in any) to the trash.

        Raises :class:`TaskNotFound`, :class:`PreconditionFailedError`.
        """
        if not await self._repository.trash(owner_id, task_id, versions):
            await self.get(owner_id, task_id)
            raise PreconditionFailedError
