from datetime import UTC, datetime, timedelta

import pytest

from BE.core.exceptions import PreconditionFailedError
from BE.core.pagination import Cursors, InvalidCursor
from BE.core.security.keys import KeyRing
from BE.core.types import new_id
from BE.modules.auth.events import UserRegistered
from BE.modules.tasks.exceptions import TaskNotFound
from BE.modules.tasks.models import TaskDraft, position_at
from BE.modules.tasks.service import TaskService
from BE.modules.users.exceptions import UsernameTaken, UserNotFound
from BE.modules.users.service import UserService
from tests.support.fakes import Clock, FakeTaskRepository, FakeUserRepository

DRAFT: TaskDraft = {
    "title": "Write",
    "description": None,
    "status": "todo",
    "priority": "none",
    "due_at": None,
    "tags": [],
}


def registered(username: str | None = None) -> UserRegistered:
    return UserRegistered(
        user_id=new_id(), email="ada@example.com", role="user", full_name="Ada", username=username
    )


class TestUsers:
    async def test_a_registration_makes_a_profile(self) -> None:
        users, event = UserService(FakeUserRepository()), registered("ada")

        await users.on_users_registered([event])

        user = await users.get(event.user_id)
        assert (user.email, user.username, user.full_name) == ("ada@example.com", "ada", "Ada")

    async def test_a_taken_username_fails_the_registration(self) -> None:
        users = UserService(FakeUserRepository())
        await users.on_users_registered([registered("ada")])

        with pytest.raises(UsernameTaken):
            await users.on_users_registered([registered("ADA")])

    async def test_a_change_says_why_it_is_refused(self) -> None:
        users, event = UserService(FakeUserRepository()), registered()
        await users.on_users_registered([event])
        await users.on_users_registered([registered("taken")])

        with pytest.raises(UserNotFound):
            await users.change(new_id(), {"full_name": "x"}, [1])
        with pytest.raises(PreconditionFailedError):
            await users.change(event.user_id, {"full_name": "x"}, [2])
        with pytest.raises(UsernameTaken):
            await users.change(event.user_id, {"username": "Taken"}, None)


class TestTasks:
    @staticmethod
    def service(clock: Clock) -> TaskService:
        return TaskService(FakeTaskRepository(clock), Cursors(KeyRing.parse("s" * 32)))

    async def test_pages_end_exactly_where_the_tasks_do(self) -> None:
        clock, owner = Clock(), new_id()
        tasks = self.service(clock)
        made = []
        for _ in range(4):
            made.append(await tasks.create(owner, DRAFT))
            clock.now += timedelta(seconds=1)

        first = await tasks.page(owner, limit=2, cursor=None)
        second = await tasks.page(owner, limit=2, cursor=first.next_cursor)

        assert first.items + second.items == made[::-1]
        assert first.next_cursor is not None
        assert second.next_cursor is None

    async def test_a_cursor_is_good_for_its_owner_s_list_only(self) -> None:
        clock, owner = Clock(), new_id()
        tasks = self.service(clock)
        for _ in range(2):
            await tasks.create(owner, DRAFT)
        page = await tasks.page(owner, limit=1, cursor=None)

        with pytest.raises(InvalidCursor):
            await tasks.page(new_id(), limit=1, cursor=page.next_cursor)

    async def test_a_change_says_why_it_is_refused(self) -> None:
        owner = new_id()
        tasks = self.service(Clock())
        task = await tasks.create(owner, DRAFT)

        with pytest.raises(PreconditionFailedError):
            await tasks.change(owner, task.id, {"title": "x"}, [2])
        with pytest.raises(TaskNotFound):
            await tasks.change(new_id(), task.id, {"title": "x"}, [1])
        with pytest.raises(PreconditionFailedError):
            await tasks.delete(owner, task.id, [2])
        with pytest.raises(TaskNotFound):
            await tasks.delete(new_id(), task.id, None)


class TestPositions:
    def test_sort_as_time_does(self) -> None:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        steps = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=9999)]

        positions = [position_at(start), *(position_at(start + step) for step in steps)]

        assert positions == sorted(positions)
        assert len(set(positions)) == 4

    def test_are_fractional_indexes_of_one_length(self) -> None:
        assert position_at(datetime(1970, 1, 1, tzinfo=UTC)) == "i000000000"
        assert position_at(datetime(1970, 1, 1, 0, 0, 0, 62, tzinfo=UTC)) == "i000000010"


class TestCursors:
    def test_outlive_a_key_rotation(self) -> None:
        old, new = "old:" + "o" * 32, "new:" + "n" * 32
        sealed = Cursors(KeyRing.parse(old)).seal("list", [1, "a"])

        assert Cursors(KeyRing.parse(f"{new},{old}")).open("list", sealed) == [1, "a"]
        with pytest.raises(InvalidCursor):
            Cursors(KeyRing.parse(new)).open("list", sealed)
