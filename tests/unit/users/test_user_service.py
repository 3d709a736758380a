import pytest

from BE.core.exceptions import PreconditionFailedError
from BE.core.types import new_id
from BE.modules.auth.events import UserRegistered
from BE.modules.users.exceptions import UsernameTaken, UserNotFound
from BE.modules.users.service import UserService
from tests.support.users.fakes import FakeUserRepository


def registered(username: str | None = None) -> UserRegistered:
    return UserRegistered(
        user_id=new_id(), email="ada@example.com", role="user", full_name="Ada", username=username
    )


class TestUsers:
    async def test_a_registration_creates_a_profile(self) -> None:
        users, event = UserService(FakeUserRepository()), registered("ada")

        await users.on_users_registered([event])

        user = await users.get(event.user_id)
        assert (user.email, user.username, user.full_name) == ("ada@example.com", "ada", "Ada")

    async def test_a_taken_username_fails_the_registration(self) -> None:
        users = UserService(FakeUserRepository())
        await users.on_users_registered([registered("ada")])

        with pytest.raises(UsernameTaken):
            await users.on_users_registered([registered("ADA")])

    async def test_a_change_is_refused_with_the_reason(self) -> None:
        users, event = UserService(FakeUserRepository()), registered()
        await users.on_users_registered([event])
        await users.on_users_registered([registered("taken")])

        with pytest.raises(UserNotFound):
            await users.change(new_id(), {"full_name": "x"}, [1])
        with pytest.raises(PreconditionFailedError):
            await users.change(event.user_id, {"full_name": "x"}, [2])
        with pytest.raises(UsernameTaken):
            await users.change(event.user_id, {"username": "Taken"}, None)
