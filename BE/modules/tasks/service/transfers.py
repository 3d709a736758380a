from collections.abc import Sequence
from uuid import UUID

from BE.core.database.row_scope import rows_of
from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.modules.tasks.events import TaskCreated, TaskTransferred
from BE.modules.tasks.models import Owner, Task
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.tasks import TaskService
from BE.modules.tasks.service.writing import Writing


class TransferService:
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

    async def transfer(
        self, user_id: UUID, task_id: UUID, team_id: UUID, versions: Sequence[int] | None
    ) -> Task:
        """Give one's own task to a team, where it comes last and is assigned to no one.

        It must be in one of ``versions``; ``None`` means any. Raises :class:`TaskNotFound`,
        :class:`PreconditionFailedError`, :class:`TeamNotFound`, :class:`RoleTooLow`,
        :class:`TooManyTasks`.
        """
        team = Owner(team_id, member_id=user_id)
        with rows_of(user_id, team_id):
            async with self._writing.to(team):
                position = await self._tasks.take_place(team)
                task = await self._repository.transfer(
                    user_id, task_id, team_id, position, versions
                )
                if task is None:
                    raise PreconditionFailedError(await self._tasks.get(Owner(user_id), task_id))
                await self._events.publish(
                    TaskTransferred(task_id=task_id, owner_id=user_id, to_team_id=team_id),
                    TaskCreated(
                        task_id=task_id,
                        owner_id=team_id,
                        team_id=team_id,
                        status=task.status,
                        task_version=task.version,
                    ),
                )
        return task
