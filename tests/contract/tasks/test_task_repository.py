from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from BE.core.types import new_id
from BE.modules.tasks.models import (
    Period,
    Task,
    TaskDraft,
    TaskFilter,
    TaskFlow,
    TaskOrder,
    Today,
    position_at,
)
from BE.modules.tasks.repository import TaskRepository

OWNER, OTHER, TEAM = new_id(), new_id(), new_id()
END = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))
NEWEST = TaskOrder("created_at", descending=True)
DUE = datetime(2030, 1, 1, tzinfo=UTC)


def draft(title: str = "Write", **fields: Any) -> TaskDraft:
    defaults: TaskDraft = {
        "title": title,
        "description": "long",
        "status": "todo",
        "priority": "high",
        "due_at": DUE,
        "due_on": None,
        "tags": ["a", "b"],
    }
    return defaults | fields  # type: ignore[return-value]


async def add(
    tasks: TaskRepository,
    title: str = "Write",
    owner: UUID = OWNER,
    position: str | None = None,
    **fields: Any,
) -> Task:
    place = position or position_at(datetime.now(UTC))
    [task], _ = await tasks.add(owner, [(new_id(), place, draft(title, **fields))])
    return task


async def listed(tasks: TaskRepository, owner: UUID = OWNER, **where: Any) -> list[Task]:
    return await tasks.find(owner, TaskFilter(**where), NEWEST, after=None, limit=100)


async def test_a_task_is_found_as_it_was_added(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.get(OWNER, task.id) == task
    for name, value in draft().items():
        assert getattr(task, name) == value
    assert task.version == 1
    assert task.created_at == task.updated_at
    assert task.completed_at is None


async def test_no_task_is_added_at_an_end_that_has_moved(tasks: TaskRepository) -> None:
    await add(tasks, position="i5")
    wanted = [(new_id(), place, draft(place)) for place in ("i5", "i6")]

    assert await tasks.add(OWNER, wanted, only_at_end=True, counting=True) == ([], 0)
    assert len(await listed(tasks)) == 1
    assert len((await tasks.add(new_id(), wanted, only_at_end=True)).tasks) == 2
    last = [(new_id(), "i6", draft())]
    assert len((await tasks.add(OWNER, last, only_at_end=True)).tasks) == 1


async def test_an_owner_s_tasks_are_counted_with_those_in_the_trash(tasks: TaskRepository) -> None:
    await add(tasks)
    await tasks.trash(OWNER, (await add(tasks)).id, None)
    await add(tasks, owner=new_id())

    more = [(new_id(), position_at(datetime.now(UTC)), draft()) for _ in range(2)]
    added = await tasks.add(OWNER, more, counting=True)

    assert [task.id for task in added.tasks] == [task[0] for task in more]
    assert added.owned_before == 2
    assert await tasks.count_alone(OWNER) == 4
    assert await tasks.count_alone(new_id()) == 0


async def test_several_are_added_in_order(tasks: TaskRepository) -> None:
    ids = [new_id() for _ in range(3)]

    added, _ = await tasks.add(
        OWNER, [(task_id, f"i{task_id}", draft(str(task_id), tags=[])) for task_id in ids[::-1]]
    )

    assert [task.id for task in added] == ids[::-1]
    assert [task.title for task in added] == [str(task_id) for task_id in ids[::-1]]


async def test_any_text_is_stored_unchanged(tasks: TaskRepository) -> None:
    odd = "\u202eא\u200b\x01\t\"\\'{},NULL😀\u0301"

    task = await add(tasks, odd, description=odd, tags=[odd, "", "NULL"], due_at=None)

    assert (task.title, task.description, task.tags) == (odd, odd, [odd, "", "NULL"])
    await tasks.save(OWNER, [task], trashed=[])
    assert await tasks.get(OWNER, task.id) == task


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00.000001+00:00", "9999-12-31T23:59:59+00:00"])
async def test_any_time_is_stored_unchanged(tasks: TaskRepository, due: str) -> None:
    task = await add(tasks, due_at=datetime.fromisoformat(due))

    await tasks.save(OWNER, [task], trashed=[])

    assert await tasks.get(OWNER, task.id) == task
    assert task.due_at == datetime.fromisoformat(due)


async def test_only_the_owner_reads_and_changes_a_task(tasks: TaskRepository) -> None:
    task, other_user = await add(tasks), new_id()
    trashed = await add(tasks)
    await tasks.trash(OWNER, trashed.id, None)

    assert await tasks.get(other_user, task.id) is None
    assert await tasks.change(other_user, task.id, {"title": "x"}, None) is None
    assert not await tasks.trash(other_user, task.id, None)
    assert await tasks.restore(other_user, trashed.id) is None
    assert await tasks.trashed(other_user, before=END, limit=10) == []
    assert await tasks.lock(other_user, [task.id]) == []
    assert await tasks.place(other_user, task.id, "i5") is None
    assert await tasks.spread(other_user, {task.id: "i5"}) == []
    await tasks.save(other_user, [replace(task, title="x")], trashed=[])
    assert await tasks.last_position(other_user) is None
    assert await tasks.beside(other_user, "z", but=new_id(), each_side=9) == []
    assert await listed(tasks, other_user) == []
    assert await tasks.get(OWNER, task.id) == task


async def test_tasks_are_listed_newest_first_and_continue_after_a_row(
    tasks: TaskRepository,
) -> None:
    added = [await add(tasks, str(number)) for number in range(4)]

    first = await tasks.find(OWNER, TaskFilter(), NEWEST, after=None, limit=3)
    after = (first[-1].created_at, first[-1].id)
    rest = await tasks.find(OWNER, TaskFilter(), NEWEST, after=after, limit=3)

    assert [*first, *rest] == added[::-1]


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ({"status": ("todo", "done")}, "bd"),
        ({"priority": ("low",)}, "c"),
        ({"tag": ("x", "y")}, "d"),
        ({"tag": ("x",)}, "cd"),
        ({"due_before": DUE}, "c"),
        ({"due_after": DUE}, "d"),
        ({"overdue": True}, "c"),
        ({"overdue": False}, "bd"),
        ({"q": "plan the gar"}, "cd"),
        ({"q": "gar plan"}, ""),
        ({"q": "GARDEN.plan"}, "cd"),
        ({"q": "grün"}, "d"),
        ({"q": "gru"}, "d"),
        ({"q": "grün plan"}, "d"),
        ({"q": "日本"}, "b"),
        ({"q": "example.co"}, "b"),
        ({"q": "com"}, "b"),
        ({"q": "'\\& | !:* ()<->"}, ""),
        ({"status": ("in_progress",), "tag": ("x",), "q": "garden", "due_before": DUE}, "c"),
    ],
)
async def test_tasks_that_match_the_filter_are_found(
    tasks: TaskRepository, where: dict[str, Any], titles: str
) -> None:
    await add(tasks, "b", description="日本語 a@example.com", due_at=None, priority="none", tags=[])
    early, late = DUE - timedelta(days=9999), DUE
    garden = "Plan: the garden"
    await add(
        tasks,
        "c",
        description=garden,
        status="in_progress",
        tags=["x"],
        due_at=early,
        priority="low",
    )
    await add(tasks, "d", description=f"{garden} GRÜN", status="done", tags=["y", "x"], due_at=late)

    found = await listed(tasks, **where)

    assert sorted(task.title for task in found) == [*titles]


async def test_a_change_sets_only_the_named_fields_and_advances_the_version(
    tasks: TaskRepository,
) -> None:
    task = await add(tasks)

    change = await tasks.change(OWNER, task.id, {"title": "Read", "due_at": None}, [1])

    assert change is not None
    changed, status_before = change
    assert status_before == "todo"
    assert (changed.title, changed.due_at, changed.version) == ("Read", None, 2)
    assert (changed.description, changed.tags) == (task.description, task.tags)
    assert changed.updated_at > task.updated_at
    assert await tasks.get(OWNER, task.id) == changed


async def test_every_field_can_be_changed(tasks: TaskRepository) -> None:
    task = await add(tasks)

    change = await tasks.change(
        OWNER,
        task.id,
        {
            "title": "Read",
            "description": None,
            "status": "in_progress",
            "priority": "low",
            "due_at": datetime(2031, 1, 1, tzinfo=UTC),
            "tags": [],
        },
        None,
    )

    assert change is not None
    changed, _ = change
    assert (changed.title, changed.description, changed.status) == ("Read", None, "in_progress")
    assert (changed.priority, changed.tags) == ("low", [])
    assert changed.due_at == datetime(2031, 1, 1, tzinfo=UTC)


async def test_completion_follows_the_status(tasks: TaskRepository) -> None:
    task = await add(tasks)

    done = await tasks.change(OWNER, task.id, {"status": "done"}, None)
    again = await tasks.change(OWNER, task.id, {"status": "done"}, None)
    retitled = await tasks.change(OWNER, task.id, {"title": "x"}, None)
    reopened = await tasks.change(OWNER, task.id, {"status": "todo"}, None)

    assert done is not None
    assert again is not None
    assert retitled is not None
    assert reopened is not None
    assert done[0].completed_at == done[0].updated_at
    assert again[0].completed_at == retitled[0].completed_at == done[0].completed_at
    assert reopened[0].completed_at is None
    assert [changed[1] for changed in (done, again, retitled, reopened)] == ["todo", *["done"] * 3]


async def test_an_empty_change_leaves_the_version(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.change(OWNER, task.id, {}, None) == (task, "todo")
    assert await tasks.change(OWNER, task.id, {}, [2]) is None


@pytest.mark.parametrize("versions", [[], [2], [2, 3]])
async def test_another_version_is_not_changed_trashed_or_moved(
    tasks: TaskRepository, versions: list[int]
) -> None:
    task = await add(tasks)

    assert await tasks.change(OWNER, task.id, {"title": "x"}, versions) is None
    assert not await tasks.trash(OWNER, task.id, versions)
    assert await tasks.place(OWNER, task.id, "i5", versions) is None
    assert await tasks.get(OWNER, task.id) == task


async def test_a_trashed_task_is_not_found(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.trash(OWNER, task.id, [1])

    assert await tasks.get(OWNER, task.id) is None
    assert await tasks.change(OWNER, task.id, {"title": "x"}, None) is None
    assert not await tasks.trash(OWNER, task.id, None)
    assert await tasks.lock(OWNER, [task.id]) == []
    assert await tasks.place(OWNER, task.id, "i5") is None
    assert await tasks.last_position(OWNER) is None
    assert await listed(tasks) == []
    assert await listed(tasks, tag=("a",)) == []


async def test_the_trash_is_listed_newest_first_and_tasks_are_restored(
    tasks: TaskRepository,
) -> None:
    added = [await add(tasks, str(number)) for number in range(3)]
    for task in added:
        await tasks.trash(OWNER, task.id, None)

    first = await tasks.trashed(OWNER, before=END, limit=2)
    rest = await tasks.trashed(OWNER, before=(first[-1].updated_at, first[-1].id), limit=2)
    restored = await tasks.restore(OWNER, added[0].id)

    assert [task.title for task in [*first, *rest]] == ["2", "1", "0"]
    assert restored is not None
    assert restored.version == 3
    assert await tasks.get(OWNER, added[0].id) == restored
    assert await tasks.restore(OWNER, added[0].id) is None


async def test_a_trash_is_emptied_in_batches(tasks: TaskRepository) -> None:
    for owner in (OWNER, OWNER, OWNER, new_id()):
        await tasks.trash(owner, (await add(tasks, owner=owner)).id, None)
    await add(tasks, "kept")

    assert [await tasks.empty(OWNER, 2) for _ in range(3)] == [2, 1, 0]
    assert [task.title for task in await listed(tasks)] == ["kept"]
    assert await tasks.purge(timedelta(0), 9) == 1


async def test_tags_are_counted_and_listed_most_frequent_first(tasks: TaskRepository) -> None:
    await add(tasks, tags=["b", "a", "é"])
    await add(tasks, tags=["b"])
    await add(tasks, tags=["x"], owner=new_id())

    assert await tasks.tags(OWNER, limit=2) == [{"tag": "b", "tasks": 2}, {"tag": "a", "tasks": 1}]


async def test_only_old_tasks_are_purged_in_batches(tasks: TaskRepository) -> None:
    for number in range(3):
        task = await add(tasks, str(number))
        await tasks.trash(OWNER, task.id, None)
    await add(tasks, "kept")

    assert await tasks.purge(timedelta(hours=1), 10) == 0
    assert await tasks.purge(timedelta(0), 2) == 2
    assert await tasks.purge(timedelta(0), 2) == 1
    assert await tasks.purge(timedelta(0), 2) == 0
    assert [task.title for task in await listed(tasks)] == ["kept"]


async def test_all_tasks_of_one_owner_are_removed(tasks: TaskRepository) -> None:
    await add(tasks)
    trashed, theirs = await add(tasks), await add(tasks, owner=new_id())
    await tasks.trash(OWNER, trashed.id, None)

    await tasks.remove_all(OWNER)

    assert await listed(tasks) == []
    assert await tasks.trashed(OWNER, before=END, limit=9) == []
    assert await tasks.get(theirs.owner_id, theirs.id) == theirs


async def test_locked_tasks_are_saved(tasks: TaskRepository) -> None:
    first, second = await add(tasks, "1"), await add(tasks, "2")
    [locked] = await tasks.lock(OWNER, [first.id, new_id()])
    now = await tasks.now()
    saved = locked.changed({"status": "done", "tags": ["x"], "due_at": None}, now)

    await tasks.save(OWNER, [saved, second], trashed=[second.id])

    assert locked == first
    assert await tasks.get(OWNER, first.id) == saved
    assert [task.id for task in await tasks.trashed(OWNER, before=END, limit=9)] == [second.id]


async def test_stats_count(tasks: TaskRepository) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)
    hour = timedelta(hours=1)
    today = Today(now, now - hour, now + hour, now - day, now.date())
    await add(tasks, due_at=now - timedelta(minutes=1))
    await add(tasks, due_at=now + timedelta(minutes=1), status="in_progress")
    await add(tasks, due_at=now - timedelta(days=2), status="done")
    await add(tasks, due_at=None, due_on=now.date())
    await add(tasks, due_at=None, due_on=now.date() - day)
    await add(tasks, owner=new_id())

    stats = await tasks.stats(OWNER, today)

    assert (stats.total, stats.todo, stats.in_progress, stats.done) == (5, 3, 1, 1)
    assert (stats.overdue, stats.due_today, stats.completed_this_week) == (2, 3, 1)
    assert stats.timestamp == now


async def test_the_history_of_a_period_counts_created_and_completed_tasks(
    tasks: TaskRepository,
) -> None:
    now, zone = datetime.now(UTC), ZoneInfo("Asia/Tokyo")
    day = now.astimezone(zone).date()
    await add(tasks)
    await add(tasks, status="done")
    await tasks.trash(OWNER, (await add(tasks)).id, None)
    await add(tasks, owner=new_id())

    days = await tasks.history(OWNER, Period.until(now, zone, days=2, interval="day"))
    weeks = await tasks.history(OWNER, Period.until(now, zone, days=15, interval="week"))

    monday = day - timedelta(days=day.weekday())
    before: TaskFlow = {"date": day, "created": 0, "completed": 0, "open": 0, "done": 0}
    present: TaskFlow = {"date": day, "created": 2, "completed": 1, "open": 1, "done": 1}
    assert days == [before | {"date": day - timedelta(days=1)}, present]
    assert weeks[-2:] == [
        before | {"date": monday - timedelta(weeks=1)},
        present | {"date": monday},
    ]


async def test_positions_are_compared_bytewise(tasks: TaskRepository) -> None:
    upper, lower = await add(tasks, position="iZ"), await add(tasks, position="ia")
    beside = [(upper.id, "iZ"), (lower.id, "ia")]

    assert await tasks.last_position(OWNER) == "ia"
    assert await tasks.beside(OWNER, "iZ", but=new_id(), each_side=9) == beside
    assert await tasks.beside(OWNER, "iZ", but=lower.id, each_side=9) == beside[:1]
    assert await tasks.next_position(OWNER, after=("iZ", upper.id), but=new_id()) == "ia"
    assert await tasks.next_position(OWNER, after=("iZ", upper.id), but=lower.id) is None


async def test_a_task_is_placed_and_others_are_spread(tasks: TaskRepository) -> None:
    first, second = await add(tasks), await add(tasks)

    placed = await tasks.place(OWNER, first.id, "i5")
    await tasks.spread(OWNER, {second.id: "i6"})

    assert placed is not None
    assert (placed.position, placed.version) == ("i5", 2)
    spread = await tasks.get(OWNER, second.id)
    assert spread is not None
    assert (spread.position, spread.version) == ("i6", 2)
    assert spread.updated_at == second.updated_at


async def test_a_team_s_task_has_its_team_and_can_be_assigned(tasks: TaskRepository) -> None:
    [task] = (
        await tasks.add(TEAM, [(new_id(), "a", draft(assignee_id=OWNER))], team_id=TEAM)
    ).tasks
    changed = await tasks.change(TEAM, task.id, {"assignee_id": OTHER}, None)
    locked = await tasks.lock(TEAM, [task.id])
    await tasks.save(TEAM, [replace(locked[0], assignee_id=None, version=3)], trashed=[])

    assert (task.owner_id, task.team_id, task.assignee_id) == (TEAM, TEAM, OWNER)
    assert changed is not None
    assert (changed[0].assignee_id, changed[0].version) == (OTHER, 2)
    saved = await tasks.get(TEAM, task.id)
    assert saved is not None
    assert (saved.team_id, saved.assignee_id) == (TEAM, None)


async def test_assignments_of_a_member_end_in_one_team_in_batches(
    tasks: TaskRepository,
) -> None:
    drafts = [(new_id(), place, draft(assignee_id=OWNER)) for place in "abc"]
    await tasks.add(TEAM, drafts, team_id=TEAM)
    await tasks.trash(TEAM, drafts[0][0], None)
    other_team = new_id()
    [elsewhere] = (
        await tasks.add(other_team, [(new_id(), "a", draft(assignee_id=OWNER))], team_id=other_team)
    ).tasks
    counts = [len(await tasks.unassign(TEAM, OWNER, 2)) for _ in range(3)]
    left = [await tasks.get(TEAM, task_id) for task_id, _, _ in drafts[1:]]
    [trashed] = await tasks.trashed(TEAM, before=END, limit=2)

    assert counts == [2, 1, 0]
    assert [(task.assignee_id, task.version) for task in left if task] == [(None, 2)] * 2
    assert (trashed.assignee_id, trashed.version) == (None, 2)
    assert await tasks.get(other_team, elsewhere.id) == elsewhere


async def test_transferring_a_user_s_task_to_a_team_advances_its_version(
    tasks: TaskRepository,
) -> None:
    [task] = (await tasks.add(OWNER, [(new_id(), "a", draft())])).tasks
    refused = [
        await tasks.transfer(OTHER, task.id, TEAM, "b", None),
        await tasks.transfer(OWNER, task.id, TEAM, "b", [2]),
    ]
    transferred = await tasks.transfer(OWNER, task.id, TEAM, "b", [1])
    again = await tasks.transfer(TEAM, task.id, new_id(), "c", None)

    assert refused == [None, None]
    assert transferred is not None
    assert (
        transferred.owner_id,
        transferred.team_id,
        transferred.position,
        transferred.version,
    ) == (TEAM, TEAM, "b", 2)
    assert again is None
    assert await tasks.get(OWNER, task.id) is None
    assert await tasks.get(TEAM, task.id) == transferred
