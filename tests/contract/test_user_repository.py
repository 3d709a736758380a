from uuid import UUID

import pytest

from BE.core.exceptions import UniqueViolationError
from BE.core.types import new_id
from BE.modules.users.repository import UserRepository


async def add(users: UserRepository, username: str | None = None) -> UUID:
    user_id = new_id()
    added = await users.add(
        user_id, email="ada@example.com", username=username, full_name="Ada", role="user"
    )
    assert added
    return user_id


async def test_a_profile_is_found_as_it_was_added(users: UserRepository) -> None:
    user_id = await add(users, "ada")

    user = await users.get(user_id)

    assert user is not None
    assert (user.id, user.email, user.username) == (user_id, "ada@example.com", "ada")
    assert (user.full_name, user.role, user.is_active, user.version) == ("Ada", "user", True, 1)
    assert user.created_at == user.updated_at


async def test_nobody_is_found_where_there_is_nobody(users: UserRepository) -> None:
    assert await users.get(new_id()) is None
    assert await users.change(new_id(), {"full_name": "x"}, None) is None


async def test_a_username_is_unique_in_whatever_case(users: UserRepository) -> None:
    await add(users, "Ada")
    other = await add(users)

    assert not await users.add(
        new_id(), email="b@example.com", username="aDA", full_name="B", role="user"
    )
    with pytest.raises(UniqueViolationError):
        await users.change(other, {"username": "ADA"}, None)


async def test_anybody_may_have_no_username(users: UserRepository) -> None:
    assert await add(users) != await add(users)


async def test_one_may_write_one_s_own_username_differently(users: UserRepository) -> None:
    user_id = await add(users, "ada")

    user = await users.change(user_id, {"username": "ADA"}, None)

    assert user is not None
    assert user.username == "ADA"


async def test_a_change_sets_what_is_named_and_counts(users: UserRepository) -> None:
    user_id = await add(users, "ada")

    renamed = await users.change(user_id, {"full_name": "Ada King"}, None)
    given_up = await users.change(user_id, {"username": None}, [2])

    assert renamed is not None
    assert given_up is not None
    assert (renamed.full_name, renamed.username, renamed.version) == ("Ada King", "ada", 2)
    assert (given_up.full_name, given_up.username, given_up.version) == ("Ada King", None, 3)
    assert given_up.updated_at > renamed.updated_at > renamed.created_at
    assert await users.get(user_id) == given_up


async def test_no_change_leaves_the_version(users: UserRepository) -> None:
    user_id = await add(users)

    assert await users.change(user_id, {}, None) == await users.get(user_id)
    assert await users.change(user_id, {}, [2]) is None


@pytest.mark.parametrize("versions", [[], [2], [2, 3]])
async def test_another_version_is_not_changed(users: UserRepository, versions: list[int]) -> None:
    user_id = await add(users)

    assert await users.change(user_id, {"full_name": "x"}, versions) is None

    user = await users.get(user_id)
    assert user is not None
    assert user.full_name == "Ada"
