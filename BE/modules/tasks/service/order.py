from collections.abc import Sequence
from uuid import UUID

from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.modules.tasks.exceptions import NoSuchPlace
from BE.modules.tasks.models import Owner, Task, are_short, position_between, positions_between
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.change_events import change_events
from BE.modules.tasks.service.tasks import TaskService
from BE.modules.tasks.service.writing import Writing

_FIRST = ("", UUID(int=0))
_ROOM = 100


class OrderService:
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

    async def move(
        self,
        owner: Owner,
        task_id: UUID,
        after: UUID | None,
        versions: Sequence[int] | None = None,
    ) -> Task:
        """Move a task right after another, or to the front; this writes one row.

        It must be in one of ``versions``; ``None`` means any.

        Raises :class:`TaskNotFound`, :class:`NoSuchPlace`, :class:`PreconditionFailedError`.
        """
        async with self._writing.to(owner):
            await self._repository.lock_order(owner.id)
            task = await self._tasks.get(owner, task_id)
            if versions is not None and task.version not in versions:
                raise PreconditionFailedError(task)
            position = await self._position(owner, task, after)
            if position == task.position:
                return task
            moved = await self._repository.place(owner.id, task_id, position, versions)
            if moved is None:
                raise PreconditionFailedError(await self._tasks.get(owner, task_id))
            await self._events.publish(*change_events(moved, ("position",), task.status))
        return moved

    async def _position(self, owner: Owner, task: Task, after: UUID | None) -> str:
        """A position right after another task; makes room if there is none."""
        while True:
            anchor = None
            if after is not None:
                anchor = await self._repository.get(owner.id, after)
                if anchor is None or after == task.id:
                    raise NoSuchPlace
            low = anchor.position if anchor else None
            high = await self._repository.next_position(
                owner.id, after=(anchor.position, anchor.id) if anchor else _FIRST, but=task.id
            )
            if (low is None or low < task.position) and (high is None or task.position < high):
                return task.position
            position = position_between(low, high)
            if position is not None:
                return position
            await self._make_room(owner, low or "", but=task.id)

    async def _make_room(self, owner: Owner, position: str, *, but: UUID) -> None:
        """Spread the tasks around ``position`` evenly, as few as make the positions short again."""
        each_side = _ROOM
        while True:
            beside = await self._repository.beside(owner.id, position, but=but, each_side=each_side)
            below = sum(neighbour <= position for _, neighbour in beside)
            above = len(beside) - below
            low = beside.pop(0)[1] if below == each_side else None
            high = beside.pop()[1] if above == each_side else None
            positions = positions_between(low, high, len(beside))
            if positions is not None and (are_short(positions) or (low is None and high is None)):
                ids = [task_id for task_id, _ in beside]
                moved = dict(zip(ids, positions, strict=True))
                for task in await self._repository.spread(owner.id, moved):
                    await self._events.publish(*change_events(task, ("position",), task.status))
                return
            each_side *= 2
