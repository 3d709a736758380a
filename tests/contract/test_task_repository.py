from datetime import UTC, datetime
from uuid import UUID

import pytest

from BE.core.types import new_id
from BE.modules.tasks.models import Task, TaskDraft, position_at
from BE.modules.tasks.repository import TaskRepository

OWNER = new_id()
END = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


def draft(title: str = "Write") -> TaskDraft:
    return {
        "title": title,
        "description": "long",
        "status": "todo",
        "priority": "high",
        "due_at": datetime(2030, 1, 1, tzinfo=UTC),
        "tags": ["a", "b"],
    }


async def add(tasks: TaskRepository, title: str = "Write", owner: UUID = OWNER) -> Task:
    return await tasks.add(new_id(), owner, draft(title), position_at(datetime.now(UTC)))


async def test_a_task_is_found_as_it_was_added(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.get(OWNER, task.id) == task
    for name, value in draft().items():
        assert getattr(task, name) == value
    assert task.version == 1
    assert task.created_at == task.updated_at
    assert task.completed_at is None


async def test_a_task_is_its_owner_s_alone(tasks: TaskRepository) -> None:
    task, stranger = await add(tasks), new_id()

    assert await tasks.get(stranger, task.id) is None
    assert await tasks.change(stranger, task.id, {"title": "x"}, None) is None
    assert not await tasks.trash(stranger, task.id, None)
    assert await tasks.newest(stranger, before=END, limit=10) == []
    assert await tasks.get(OWNER, task.id) == task


async def test_a_task_is_put_at_the_end_wherever_it_asked_to_be(tasks: TaskRepository) -> None:
    first = await tasks.add(new_id(), OWNER, draft(), "i9")
    second = await tasks.add(new_id(), OWNER, draft(), "i5")
    third = await tasks.add(new_id(), OWNER, draft(), "ia")
    other = await tasks.add(new_id(), new_id(), draft(), "i5")

    assert [each.position for each in (first, second, third)] == ["i9", "i9V", "ia"]
    assert other.position == "i5"


async def test_a_trashed_task_keeps_its_place(tasks: TaskRepository) -> None:
    first = await tasks.add(new_id(), OWNER, draft(), "i9")
    await tasks.trash(OWNER, first.id, None)

    assert (await tasks.add(new_id(), OWNER, draft(), "i5")).position == "i9V"


async def test_the_newest_come_first_and_go_on_after_a_row(tasks: TaskRepository) -> None:
    added = [await add(tasks, str(number)) for number in range(4)]

    first = await tasks.newest(OWNER, before=END, limit=3)
    rest = await tasks.newest(OWNER, before=(first[-1].created_at, first[-1].id), limit=3)

    assert [*first, *rest] == added[::-1]


async def test_a_change_sets_what_is_named_and_counts(tasks: TaskRepository) -> None:
    task = await add(tasks)

    changed = await tasks.change(OWNER, task.id, {"title": "Read", "due_at": None}, [1])

    assert changed is not None
    assert (changed.title, changed.due_at, changed.version) == ("Read", None, 2)
    assert (changed.description, changed.tags) == (task.description, task.tags)
    assert changed.updated_at > task.updated_at
    assert await tasks.get(OWNER, task.id) == changed


async def test_every_field_can_be_changed(tasks: TaskRepository) -> None:
    task = await add(tasks)

    changed = await tasks.change(
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

    assert changed is not None
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
    assert done.completed_at == done.updated_at
    assert again.completed_at == retitled.completed_at == done.completed_at
    assert reopened.completed_at is None


async def test_no_change_leaves_the_version(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.change(OWNER, task.id, {}, None) == task
    assert await tasks.change(OWNER, task.id, {}, [2]) is None


@pytest.mark.parametrize("versions", [[], [2], [2, 3]])
async def test_another_version_is_neither_changed_nor_trashed(
    tasks: TaskRepository, versions: list[int]
) -> None:
    task = await add(tasks)

    assert await tasks.change(OWNER, task.id, {"title": "x"}, versions) is None
    assert not await tasks.trash(OWNER, task.id, versions)
    assert await tasks.get(OWNER, task.id) == task


async def test_a_trashed_task_is_out_of_sight(tasks: TaskRepository) -> None:
    task = await add(tasks)

    assert await tasks.trash(OWNER, task.id, [1])

    assert await tasks.get(OWNER, task.id) is None
    assert await tasks.change(OWNER, task.id, {"title": "x"}, None) is None
    assert not await tasks.trash(OWNER, task.id, None)
    assert await tasks.newest(OWNER, before=END, limit=10) == []


async def test_all_of_an_owner_s_tasks_are_removed(tasks: TaskRepository) -> None:
    kept, other = await add(tasks), new_id()
    one, two = await add(tasks, owner=other), await add(tasks, owner=other)
    await tasks.trash(other, two.id, None)

    await tasks.remove_all(other)

    assert await tasks.get(other, one.id) is None
    assert await tasks.get(OWNER, kept.id) == kept
