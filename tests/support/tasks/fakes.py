"""The repository in memory; the contract tests hold it to the real one."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from typing import Any, cast
from uuid import UUID

from BE.core.security.team_roles import TeamRole
from BE.modules.tasks.models import (
    Added,
    Period,
    Status,
    TagCount,
    Task,
    TaskChanges,
    TaskDraft,
    TaskFilter,
    TaskFlow,
    TaskOrder,
    TaskStats,
    Today,
)
from BE.modules.tasks.repository import TaskRepository
from tests.support.tasks.model import matches, ordered, sort_key


class FakeTeams:
    """The roles of members, by team and user."""

    def __init__(self) -> None:
        self.roles: dict[tuple[UUID, UUID], TeamRole] = {}

    async def hold_roles(
        self, team_id: UUID, user_ids: Collection[UUID]
    ) -> Mapping[UUID, TeamRole]:
        return {
            user_id: self.roles[team_id, user_id]
            for user_id in user_ids
            if (team_id, user_id) in self.roles
        }


class FakeTaskRepository(TaskRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.tasks: dict[UUID, Task] = {}
        self.trashed_tasks: dict[UUID, Task] = {}

    async def add(
        self,
        owner_id: UUID,
        drafts: Sequence[tuple[UUID, str, TaskDraft]],
        *,
        team_id: UUID | None = None,
        only_at_end: bool = False,
        counting: bool = False,
    ) -> Added:
        last = await self.last_position(owner_id)
        if only_at_end and last is not None and last >= drafts[0][1]:
            return Added([], 0)
        owned = await self.count_alone(owner_id) if counting else 0
        now = self._clock()
        added = [
            Task(
                id=task_id,
                owner_id=owner_id,
                team_id=team_id,
                **cast(Any, {"assignee_id": None, **draft}),
                position=position,
                version=1,
                created_at=now,
                updated_at=now,
                completed_at=now if draft["status"] == "done" else None,
                deleted_at=None,
            )
            for task_id, position, draft in drafts
        ]
        self.tasks |= {task.id: task for task in added}
        return Added(added, owned)

    async def count_alone(self, owner_id: UUID) -> int:
        kept = [*self.tasks.values(), *self.trashed_tasks.values()]
        return sum(task.owner_id == owner_id for task in kept)

    async def get(self, owner_id: UUID, task_id: UUID) -> Task | None:
        task = self.tasks.get(task_id)
        return task if task is not None and task.owner_id == owner_id else None

    async def find(
        self,
        owner_id: UUID,
        where: TaskFilter,
        order: TaskOrder,
        *,
        after: Sequence[Any] | None,
        limit: int,
    ) -> list[Task]:
        owned = self._owned(owner_id)
        found = ordered(
            (task for task in owned if matches(task, where, self._clock())), order, where.tz
        )
        if after is not None:
            last = sort_key(order, after, where.tz)
            keys = [sort_key(order, order.key(task), where.tz) for task in found]
            beyond = [key < last if order.descending else key > last for key in keys]
            found = list(compress(found, beyond))
        return found[:limit]

    async def count(self, owner_id: UUID, where: TaskFilter) -> int:
        return sum(matches(task, where, self._clock()) for task in self._owned(owner_id))

    async def change(
        self,
        owner_id: UUID,
        task_id: UUID,
        changes: TaskChanges,
        versions: Sequence[int] | None,
    ) -> tuple[Task, Status] | None:
        task = await self.get(owner_id, task_id)
        if task is None or (versions is not None and task.version not in versions):
            return None
        changed = task.changed(changes, self._clock())
        if changed.is_due_twice:
            return None
        self.tasks[task_id] = changed
        return self.tasks[task_id], task.status

    async def trash(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> bool:
        task = await self.get(owner_id, task_id)
        if task is None or (versions is not None and task.version not in versions):
            return False
        del self.tasks[task_id]
        trashed = self._next_version(task)
        self.trashed_tasks[task_id] = replace(trashed, deleted_at=trashed.updated_at)
        return True

    async def trashed(
        self, owner_id: UUID, *, before: tuple[datetime, UUID], limit: int
    ) -> list[Task]:
        found = [
            task
            for task in self.trashed_tasks.values()
            if task.owner_id == owner_id and (task.updated_at, task.id) < before
        ]
        return ordered(found, TaskOrder("updated_at", descending=True))[:limit]

    async def restore(self, owner_id: UUID, task_id: UUID) -> Task | None:
        task = self.trashed_tasks.get(task_id)
        if task is None or task.owner_id != owner_id:
            return None
        del self.trashed_tasks[task_id]
        self.tasks[task_id] = replace(self._next_version(task), deleted_at=None)
        return self.tasks[task_id]

    async def restore_all(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        restored = [await self.restore(owner_id, task_id) for task_id in dict.fromkeys(task_ids)]
        return [task for task in restored if task is not None]

    async def empty(self, owner_id: UUID, limit: int) -> int:
        kept = self.trashed_tasks.values()
        emptied = [task.id for task in kept if task.owner_id == owner_id][:limit]
        for task_id in emptied:
            del self.trashed_tasks[task_id]
        return len(emptied)

    async def tags(self, owner_id: UUID, *, limit: int) -> list[TagCount]:
        counts = Counter(tag for task in self._owned(owner_id) for tag in task.tags)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))
        return [{"tag": tag, "tasks": tasks} for tag, tasks in ranked[:limit]]

    async def purge(self, older_than: timedelta, limit: int) -> int:
        limit_at = self._clock() - older_than
        old = [task.id for task in self.trashed_tasks.values() if task.updated_at < limit_at]
        for task_id in old[:limit]:
            del self.trashed_tasks[task_id]
        return len(old[:limit])

    async def remove_all(self, owner_id: UUID) -> None:
        for kept in (self.tasks, self.trashed_tasks):
            for task in [*kept.values()]:
                if task.owner_id == owner_id:
                    del kept[task.id]

    async def stats(self, owner_id: UUID, today: Today) -> TaskStats:
        tasks = self._owned(owner_id)
        return TaskStats(
            total=len(tasks),
            todo=sum(task.status == "todo" for task in tasks),
            in_progress=sum(task.status == "in_progress" for task in tasks),
            done=sum(task.status == "done" for task in tasks),
            overdue=sum(
                task.status != "done"
                and (
                    (task.due_at is not None and task.due_at < today.now)
                    or (task.due_on is not None and task.due_on < today.date)
                )
                for task in tasks
            ),
            due_today=sum(
                (task.due_at is not None and today.start <= task.due_at < today.end)
                or task.due_on == today.date
                for task in tasks
            ),
            completed_this_week=sum(
                task.completed_at is not None and task.completed_at >= today.week for task in tasks
            ),
            timestamp=today.now,
        )

    async def history(self, owner_id: UUID, period: Period) -> list[TaskFlow]:
        owned = self._owned(owner_id)
        step = timedelta(weeks=1) if period.interval == "week" else timedelta(days=1)

        def days(moments: Iterable[datetime | None]) -> list[date]:
            return [moment.astimezone(period.zone).date() for moment in moments if moment]

        created, completed = (
            days(getattr(task, name) for task in owned) for name in ("created_at", "completed_at")
        )
        flows: list[TaskFlow] = []
        for number in range((period.last - period.first) // step + 1):
            start = period.first + number * step
            end = start + step
            done = sum(day < end for day in completed)
            flows.append(
                {
                    "date": start,
                    "created": sum(start <= day < end for day in created),
                    "completed": sum(start <= day < end for day in completed),
                    "open": sum(day < end for day in created) - done,
                    "done": done,
                }
            )
        return flows

    async def now(self) -> datetime:
        return self._clock()

    async def lock(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        return [task for task in self._owned(owner_id) if task.id in task_ids]

    async def save(self, owner_id: UUID, tasks: Sequence[Task], *, trashed: Sequence[UUID]) -> None:
        for task in tasks:
            if task.owner_id != owner_id:
                continue
            self.tasks[task.id] = task
            if task.id in trashed:
                del self.tasks[task.id]
                self.trashed_tasks[task.id] = replace(task, deleted_at=task.updated_at)

    async def unassign(self, team_id: UUID, assignee_id: UUID, limit: int) -> list[Task]:
        unassigned: list[Task] = []
        for kept in (self.tasks, self.trashed_tasks):
            for task in [*kept.values()]:
                is_theirs = (task.team_id, task.assignee_id) == (team_id, assignee_id)
                if is_theirs and len(unassigned) < limit:
                    changed = self._next_version(task) if task.deleted_at is None else task
                    kept[task.id] = replace(changed, assignee_id=None)
                    unassigned.append(kept[task.id])
        return unassigned

    async def transfer(
        self,
        owner_id: UUID,
        task_id: UUID,
        team_id: UUID,
        position: str,
        versions: Sequence[int] | None,
    ) -> Task | None:
        task = await self.get(owner_id, task_id)
        if task is None or task.team_id or (versions is not None and task.version not in versions):
            return None
        self.tasks[task_id] = replace(
            self._next_version(task), owner_id=team_id, team_id=team_id, position=position
        )
        return self.tasks[task_id]

    async def lock_order(self, owner_id: UUID) -> None:
        pass

    async def last_position(self, owner_id: UUID) -> str | None:
        return max((task.position for task in self._owned(owner_id)), default=None)

    async def beside(
        self, owner_id: UUID, position: str, *, but: UUID, each_side: int
    ) -> list[tuple[UUID, str]]:
        places = [(task.id, task.position) for task in self._by_hand(owner_id) if task.id != but]
        below = [place for place in places if place[1] <= position]
        above = [place for place in places if place[1] > position]
        return below[-each_side:] + above[:each_side]

    async def next_position(
        self, owner_id: UUID, *, after: tuple[str, UUID], but: UUID
    ) -> str | None:
        places = [(task.position, task.id) for task in self._by_hand(owner_id) if task.id != but]
        return next((place[0] for place in places if place > after), None)

    async def place(
        self, owner_id: UUID, task_id: UUID, position: str, versions: Sequence[int] | None = None
    ) -> Task | None:
        task = await self.get(owner_id, task_id)
        if task is None or (versions is not None and task.version not in versions):
            return None
        self.tasks[task_id] = replace(self._next_version(task), position=position)
        return self.tasks[task_id]

    async def spread(self, owner_id: UUID, positions: Mapping[UUID, str]) -> list[Task]:
        owned = [task for task in self._owned(owner_id) if task.id in positions]
        for task in owned:
            self.tasks[task.id] = replace(
                task, position=positions[task.id], version=task.version + 1
            )
        return [self.tasks[task.id] for task in owned]

    def _owned(self, owner_id: UUID) -> list[Task]:
        return [task for task in self.tasks.values() if task.owner_id == owner_id]

    def _by_hand(self, owner_id: UUID) -> list[Task]:
        return ordered(self._owned(owner_id), TaskOrder("position", descending=False))

    def _next_version(self, task: Task) -> Task:
        return replace(task, version=task.version + 1, updated_at=self._clock())
