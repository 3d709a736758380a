import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from BE.core.events import HourPassed
from BE.core.exceptions import NotFoundError, PreconditionFailedError
from BE.core.http.pagination import Cursors, InvalidCursor
from BE.core.security.keys import KeyRing
from BE.core.types import new_id
from BE.modules.tasks.events import TaskUpdated
from BE.modules.tasks.exceptions import NoSuchPlace, TaskNotFound, TaskNotInTrash
from BE.modules.tasks.models import (
    CreateTask,
    DeleteTask,
    Owner,
    Status,
    Task,
    TaskDraft,
    TaskFilter,
    TaskOrder,
    Today,
    UpdateTask,
    position_at,
    position_between,
    positions_at_end,
    rows_of,
)
from BE.modules.tasks.service import BulkService, OrderService, TaskService, Writing
from tests.support.fakes import Clock, FakeDatabase, RecordingBus
from tests.support.tasks.fakes import FakeTaskRepository, FakeTeams

DRAFT: TaskDraft = {
    "title": "Write",
    "description": None,
    "status": "todo",
    "priority": "none",
    "due_at": None,
    "due_on": None,
    "tags": [],
}
NEWEST = TaskOrder("created_at", descending=True)
BY_HAND = TaskOrder("position", descending=False)


class FakeUsers:
    def __init__(self) -> None:
        self.known: set[UUID] = set()

    async def get(self, user_id: UUID) -> object:
        if user_id not in self.known:
            raise NotFoundError
        return user_id


class TaskServices(TaskService):
    """The services of tasks on fakes, and one owner."""

    def __init__(self) -> None:
        self.clock, self.bus, self.users = Clock(), RecordingBus(), FakeUsers()
        self.repository = FakeTaskRepository(self.clock)
        self.teams = FakeTeams()
        self.owner = Owner(new_id())
        writing = Writing(FakeDatabase(), self.teams)
        super().__init__(
            writing,
            self.repository,
            self.bus,
            Cursors(KeyRing.parse("s" * 32)),
            self.users,
            self.clock,
        )
        self.move = OrderService(writing, self.repository, self.bus, self).move
        self.bulk = BulkService(writing, self.repository, self.bus, self).carry_out

    async def created(self, count: int = 1, **fields: Any) -> list[Task]:
        created = []
        for _ in range(count):
            created.append(await self.create(self.owner, DRAFT | fields))  # type: ignore[arg-type]
            self.clock.now += timedelta(seconds=1)
        return created

    async def by_hand(self) -> list[UUID]:
        page = await self.page(self.owner, TaskFilter(), BY_HAND, limit=10_000, cursor=None)
        assert sorted(task.position for task in page.items) == [t.position for t in page.items]
        return [task.id for task in page.items]

    @property
    def published(self) -> list[str]:
        return [event.name for event in self.bus.published]


@pytest.fixture
def tasks() -> TaskServices:
    return TaskServices()


class TestPages:
    async def test_end_with_the_last_task(self, tasks: TaskServices) -> None:
        created = await tasks.created(4)

        first = await tasks.page(tasks.owner, TaskFilter(), NEWEST, limit=2, cursor=None)
        second = await tasks.page(
            tasks.owner, TaskFilter(), NEWEST, limit=2, cursor=first.next_cursor
        )

        assert first.items + second.items == created[::-1]
        assert first.next_cursor is not None
        assert second.next_cursor is None

    @pytest.mark.parametrize(
        ("owner", "where", "order"),
        [
            (Owner(new_id()), TaskFilter(), NEWEST),
            (None, TaskFilter(overdue=False), NEWEST),
            (None, TaskFilter(tag=("a",)), NEWEST),
            (None, TaskFilter(), TaskOrder("created_at", descending=False)),
            (None, TaskFilter(), TaskOrder("updated_at", descending=True)),
        ],
    )
    async def test_a_cursor_is_valid_only_for_its_own_list(
        self, tasks: TaskServices, owner: Owner | None, where: TaskFilter, order: TaskOrder
    ) -> None:
        await tasks.created(2)
        page = await tasks.page(tasks.owner, TaskFilter(), NEWEST, limit=1, cursor=None)

        with pytest.raises(InvalidCursor):
            await tasks.page(owner or tasks.owner, where, order, limit=1, cursor=page.next_cursor)
        with pytest.raises(InvalidCursor):
            await tasks.trash(tasks.owner, limit=1, cursor=page.next_cursor)

    async def test_an_export_contains_every_task(self, tasks: TaskServices) -> None:
        for count in (0, 49, 1, 1):
            await tasks.create_all(tasks.owner, [DRAFT] * count)
            exported = [task async for task in tasks.export(tasks.owner)]

            assert exported == [*tasks.repository.tasks.values()]


class TestChanges:
    async def test_are_refused_with_the_reason(self, tasks: TaskServices) -> None:
        [task] = await tasks.created()

        with pytest.raises(PreconditionFailedError):
            await tasks.change(tasks.owner, task.id, {"title": "x"}, [2])
        with pytest.raises(TaskNotFound):
            await tasks.change(Owner(new_id()), task.id, {"title": "x"}, [1])
        with pytest.raises(PreconditionFailedError):
            await tasks.delete(tasks.owner, task.id, [2])
        with pytest.raises(TaskNotFound):
            await tasks.delete(Owner(new_id()), task.id, None)
        with pytest.raises(TaskNotInTrash):
            await tasks.restore(tasks.owner, task.id)
        with pytest.raises(TaskNotFound):
            await tasks.restore(tasks.owner, new_id())
        assert tasks.published == ["task.created"]

    async def test_a_change_just_before_a_move_makes_it_stale(
        self, tasks: TaskServices, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, last = await tasks.created(2)
        place = tasks.repository.place

        async def place_after_a_change(*args: Any) -> Task | None:
            await tasks.change(tasks.owner, task.id, {"title": "x"}, None)
            return await place(*args)

        monkeypatch.setattr(tasks.repository, "place", place_after_a_change)

        with pytest.raises(PreconditionFailedError) as refusal:
            await tasks.move(tasks.owner, task.id, last.id, [1])
        current = await tasks.get(tasks.owner, task.id)
        assert (current.version, current.position) == (2, task.position)
        assert refusal.value.current == current

    async def test_publish_their_events(self, tasks: TaskServices) -> None:
        [task] = await tasks.created()
        for changes in ({"title": "x"}, {}, {"status": "done"}, {"status": "done"}):
            await tasks.change(tasks.owner, task.id, changes, None)  # type: ignore[arg-type]
        await tasks.change(tasks.owner, task.id, {"status": "todo", "tags": []}, None)
        await tasks.change(tasks.owner, task.id, {"status": "in_progress"}, None)
        await tasks.delete(tasks.owner, task.id, None)
        await tasks.restore(tasks.owner, task.id)

        assert tasks.published == [
            "task.created",
            "task.updated",
            *("task.updated", "task.completed"),
            "task.updated",
            *("task.updated", "task.reopened"),
            "task.updated",
            "task.deleted",
            "task.restored",
        ]
        reopening = tasks.bus.published[5]
        assert reopening.changed == ("status", "tags")  # type: ignore[attr-defined]
        assert {event.task_id for event in tasks.bus.published} == {task.id}  # type: ignore[attr-defined]

    async def test_the_trash_is_emptied_after_thirty_days(self, tasks: TaskServices) -> None:
        for task in await tasks.created(1001):
            await tasks.delete(tasks.owner, task.id, None)
        [kept] = await tasks.created()

        tick = HourPassed(began_at=tasks.clock.now)

        tasks.clock.now += timedelta(days=29)
        await tasks.on_hour_passed(tick)
        assert len(tasks.repository.trashed_tasks) == 1001
        await tasks.delete(tasks.owner, kept.id, None)
        tasks.clock.now += timedelta(days=1)
        await tasks.on_hour_passed(tick)
        assert list(tasks.repository.trashed_tasks) == [kept.id]
        assert (await tasks.restore(tasks.owner, kept.id)).id == kept.id

    async def test_a_full_trash_is_emptied_at_once(self, tasks: TaskServices) -> None:
        for task in await tasks.created(1001):
            await tasks.delete(tasks.owner, task.id, None)

        await tasks.empty_trash(tasks.owner)
        await tasks.empty_trash(tasks.owner)

        assert not tasks.repository.trashed_tasks
        assert tasks.published.count("user.trash_emptied") == 1

    async def test_each_task_that_is_restored_with_others_is_published(
        self, tasks: TaskServices
    ) -> None:
        ids = [task.id for task in await tasks.created(2)]
        for task_id in ids:
            await tasks.delete(tasks.owner, task_id, None)

        await tasks.restore_all(tasks.owner, ids)

        assert tasks.published[-2:] == ["task.restored"] * 2
        assert [event.task_id for event in tasks.bus.published[-2:]] == ids  # type: ignore[attr-defined]


class TestBulk:
    async def test_has_the_effect_of_its_operations_in_order(self, tasks: TaskServices) -> None:
        [first, second] = await tasks.created(2)

        results = await tasks.bulk(
            tasks.owner,
            [
                UpdateTask(first.id, 1, {"status": "done"}),
                CreateTask(DRAFT),
                UpdateTask(first.id, 2, {"title": "x"}),
                DeleteTask(second.id, None),
                DeleteTask(first.id, 3),
            ],
        )

        assert [task and task.version for task in results] == [2, 1, 3, None, None]
        assert results[0] is not None
        assert results[0].completed_at == tasks.clock.now
        assert tasks.repository.trashed_tasks[first.id].title == "x"
        assert tasks.repository.trashed_tasks[first.id].version == 4
        assert tasks.published[2:] == [
            "task.created",
            "task.updated",
            "task.completed",
            *["task.deleted"] * 2,
        ]

    async def test_publishes_one_event_for_repeated_changes_of_a_task(
        self, tasks: TaskServices
    ) -> None:
        [task, other] = await tasks.created(2)

        results = await tasks.bulk(
            tasks.owner,
            [
                *(UpdateTask(task.id, None, {"title": str(number)}) for number in range(400)),
                UpdateTask(task.id, 401, {"priority": "high", "title": "last"}),
                UpdateTask(other.id, None, {}),
            ],
        )

        assert [result and result.version for result in results] == [*range(2, 403), 1]
        [event] = tasks.bus.published[2:]
        assert event == TaskUpdated(
            task_id=task.id,
            owner_id=tasks.owner.id,
            changed=("title", "priority"),
            status="todo",
            task_version=402,
        )
        assert tasks.repository.tasks[task.id] == results[-2]
        assert tasks.repository.tasks[other.id] == other

    @pytest.mark.parametrize(
        ("before", "statuses", "published"),
        [
            ("todo", ["done", "todo"], []),
            ("todo", ["in_progress", "done"], ["task.completed"]),
            ("done", ["todo", "done"], []),
            ("done", ["todo", "in_progress"], ["task.reopened"]),
        ],
    )
    async def test_publishes_the_net_change_of_a_status(
        self, tasks: TaskServices, before: Status, statuses: list[Status], published: list[str]
    ) -> None:
        [task] = await tasks.created(status=before)

        await tasks.bulk(
            tasks.owner, [UpdateTask(task.id, None, {"status": status}) for status in statuses]
        )

        assert tasks.published[1:] == ["task.updated", *published]

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            (
                lambda task: UpdateTask(task.id, 2, {"title": "x"}),
                PreconditionFailedError,
                "if_match",
            ),
            (lambda task: DeleteTask(task.id, 2), PreconditionFailedError, "if_match"),
            (lambda _: UpdateTask(new_id(), None, {}), TaskNotFound, "id"),
            (lambda _: DeleteTask(new_id(), None), TaskNotFound, "id"),
        ],
        ids=["stale update", "stale deletion", "unknown update", "unknown deletion"],
    )
    async def test_names_the_first_impossible_operation(
        self, tasks: TaskServices, bad: Any, error: type[Any], field: str
    ) -> None:
        [task, other] = await tasks.created(2)

        with pytest.raises(error) as raised:
            await tasks.bulk(
                tasks.owner,
                [UpdateTask(other.id, None, {}), bad(task), DeleteTask(new_id(), None)],
            )

        assert [detail.field for detail in raised.value.details] == [f"operations.1.{field}"]

    async def test_an_earlier_deletion_hides_the_task(self, tasks: TaskServices) -> None:
        [task] = await tasks.created()

        with pytest.raises(TaskNotFound):
            await tasks.bulk(
                tasks.owner, [DeleteTask(task.id, None), UpdateTask(task.id, None, {})]
            )


@pytest.mark.parametrize(
    ("updates", "creations", "rows"),
    [(1, 0, 1), (1, 4, 5), (15, 0, 1), (500, 0, 50), (0, 500, 500)],
)
def test_a_bulk_counts_as_its_rows_or_a_tenth_of_its_operations(
    updates: int, creations: int, rows: int
) -> None:
    update, creation = UpdateTask(new_id(), None, {}), CreateTask(DRAFT)

    assert rows_of([update] * updates + [creation] * creations) == rows


async def test_an_unknown_user_is_refused(tasks: TaskServices) -> None:
    user = new_id()
    tasks.users.known = {user}

    await tasks.require_user(user)
    with pytest.raises(NotFoundError):
        await tasks.require_user(new_id())


class TestOrderByHand:
    async def test_a_move_writes_one_task(self, tasks: TaskServices) -> None:
        a, b, c = [task.id for task in await tasks.created(3)]
        before = dict(tasks.repository.tasks)

        moved = await tasks.move(tasks.owner, c, a)

        assert await tasks.by_hand() == [a, c, b]
        assert {k: v for k, v in tasks.repository.tasks.items() if k != c} == {
            a: before[a],
            b: before[b],
        }
        assert moved.version == 2
        assert tasks.published[3:] == ["task.updated"]

    async def test_any_sequence_of_moves_has_the_effect_on_a_list(
        self, tasks: TaskServices
    ) -> None:
        model = [task.id for task in await tasks.created(12)]
        chance = random.Random(7)

        for _ in range(300):
            moving = chance.choice(model)
            model.remove(moving)
            place = chance.randint(0, len(model))
            await tasks.move(tasks.owner, moving, model[place - 1] if place else None)
            model.insert(place, moving)

            assert await tasks.by_hand() == model

    async def test_staying_in_place_changes_nothing(self, tasks: TaskServices) -> None:
        a, b = await tasks.created(2)

        assert await tasks.move(tasks.owner, a.id, None) == a
        assert await tasks.move(tasks.owner, b.id, a.id) == b
        assert "task.updated" not in tasks.published

    async def test_positions_stay_short_after_many_moves_to_one_place(
        self, tasks: TaskServices
    ) -> None:
        created = [task.id for task in await tasks.created(500)]
        model = list(created)

        for number in range(2000):
            moving = model[-1 - number % 2]
            model.remove(moving)
            await tasks.move(tasks.owner, moving, created[0])
            model.insert(1, moving)

        assert await tasks.by_hand() == model
        assert max(len(task.position) for task in tasks.repository.tasks.values()) <= 50

    async def test_a_task_moves_between_two_of_equal_position(self, tasks: TaskServices) -> None:
        a, b, c = [task.id for task in await tasks.created(3)]
        place = tasks.repository.tasks[b].position
        await tasks.repository.place(tasks.owner.id, a, place)
        [first, last] = sorted([a, b])

        await tasks.move(tasks.owner, c, first)

        assert await tasks.by_hand() == [first, c, last]

    async def test_an_invalid_place_is_refused(self, tasks: TaskServices) -> None:
        [task] = await tasks.created()

        for after in (task.id, new_id()):
            with pytest.raises(NoSuchPlace):
                await tasks.move(tasks.owner, task.id, after)
        with pytest.raises(TaskNotFound):
            await tasks.move(tasks.owner, new_id(), None)


class TestPositions:
    def test_sort_by_time(self) -> None:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        steps = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=9999)]

        positions = [position_at(start), *(position_at(start + step) for step in steps)]

        assert positions == sorted(positions)
        assert len(set(positions)) == 4

    def test_are_fractional_indexes_of_one_length(self) -> None:
        assert position_at(datetime(1970, 1, 1, tzinfo=UTC)) == "i000000000"
        assert position_at(datetime(1970, 1, 1, 0, 0, 0, 62, tzinfo=UTC)) == "i000000010"

    @pytest.mark.parametrize("last", [None, "i000000000", "izzzzzzzzy", "izzzzzzzzzV", "a0"])
    def test_at_the_end_follow_the_last_in_order(self, last: str | None) -> None:
        positions: Sequence[str] = positions_at_end(last, datetime(2026, 1, 1, tzinfo=UTC), 70)

        assert sorted({last or "", *positions}) == [last or "", *positions]
        assert max(map(len, positions)) <= 11

    def test_no_short_position_may_fit_between_two(self) -> None:
        assert position_between("i000000000", "i000000001") == "i000000000V"
        assert position_between("i0000000005", "i0000000005") is None
        assert position_between("i000000000", "i000000000" + "0" * 40 + "1") is None


class TestToday:
    @pytest.mark.parametrize(
        ("zone", "start", "end", "week"),
        [
            ("UTC", "2026-03-29T00:00Z", "2026-03-30T00:00Z", "2026-03-23T00:00Z"),
            # the clocks go forward: a day of 23 hours, and a week that began in winter
            ("Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-22T23:00Z"),
            ("Asia/Kolkata", "2026-03-28T18:30Z", "2026-03-29T18:30Z", "2026-03-22T18:30Z"),
            ("Pacific/Kiritimati", "2026-03-29T10:00Z", "2026-03-30T10:00Z", "2026-03-29T10:00Z"),
            # midnight itself is skipped
            ("Asia/Beirut", "2026-03-28T22:00Z", "2026-03-29T21:00Z", "2026-03-22T22:00Z"),
        ],
    )
    def test_is_the_day_of_a_time_zone(self, zone: str, start: str, end: str, week: str) -> None:
        today = Today.at(datetime(2026, 3, 29, 12, 30, tzinfo=UTC), ZoneInfo(zone))

        bounds = [today.start, today.end, today.week]
        assert bounds == [datetime.fromisoformat(moment) for moment in (start, end, week)]
