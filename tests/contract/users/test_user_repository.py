from uuid import UUID

import pytest

from BE.core.exceptions import UniqueViolationError
from BE.core.types import new_id
from BE.modules.users.models import ProfileDraft, User, UserFilter, UserOrder
from BE.modules.users.repository import UserRepository


async def add(users: UserRepository, username: str | None = None) -> UUID:
    user_id = new_id()
    assert await users.add([draft(user_id, username)]) == 1
    return user_id


def draft(user_id: UUID, username: str | None, name: str = "Ada") -> ProfileDraft:
    return ProfileDraft(user_id, f"{name.lower()}@example.com", username, name, "user")


async def test_a_profile_is_found_as_it_was_added(users: UserRepository) -> None:
    user_id = await add(users, "ada")

    user = await users.get(user_id)

    assert user is not None
    assert (user.id, user.email, user.username) == (user_id, "ada@example.com", "ada")
    assert (user.full_name, user.role, user.is_active, user.version) == ("Ada", "user", True, 1)
    assert user.created_at == user.updated_at


async def test_an_unknown_user_is_not_found(users: UserRepository) -> None:
    assert await users.get(new_id()) is None
    assert await users.change(new_id(), {"full_name": "x"}, None) is None


async def test_a_username_is_unique_in_any_case(users: UserRepository) -> None:
    await add(users, "Ada")
    other = await add(users)

    one, two = draft(new_id(), "bob"), draft(new_id(), "BOB")
    assert await users.add([draft(new_id(), "aDA"), one, two]) == 1
    assert await users.taken(["ADA", "Bob", "cleo"]) == {"ADA", "Bob"}
    bob = await users.get(one.id)
    assert await users.get_all([one.id, two.id, new_id()]) == [bob]
    with pytest.raises(UniqueViolationError):
        await users.change(other, {"username": "ADA"}, None)


async def test_several_users_may_have_no_username(users: UserRepository) -> None:
    assert await add(users) != await add(users)


async def test_a_user_may_change_the_case_of_their_username(users: UserRepository) -> None:
    user_id = await add(users, "ada")

    user = await users.change(user_id, {"username": "ADA"}, None)

    assert user is not None
    assert user.username == "ADA"


async def test_a_change_sets_only_the_named_fields_and_advances_the_version(
    users: UserRepository,
) -> None:
    user_id = await add(users, "ada")

    renamed = await users.change(user_id, {"full_name": "Ada King"}, None)
    cleared = await users.change(user_id, {"username": None}, [2])

    assert renamed is not None
    assert cleared is not None
    assert (renamed.full_name, renamed.username, renamed.version) == ("Ada King", "ada", 2)
    assert (cleared.full_name, cleared.username, cleared.version) == ("Ada King", None, 3)
    assert cleared.updated_at > renamed.updated_at > renamed.created_at
    assert await users.get(user_id) == cleared


async def test_an_empty_change_leaves_the_version(users: UserRepository) -> None:
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


async def add_three(users: UserRepository) -> list[UUID]:
    """Ada, who is an admin, Bob, who has no username, and Cleo, who is deactivated."""
    ids = [new_id() for _ in range(3)]
    for user_id, name, username in zip(
        ids, ("Ada", "bob", "Cleo"), ("zoe", None, "Anna"), strict=True
    ):
        await users.add([draft(user_id, username, name)])
    await users.change(ids[0], {"role": "admin"}, None)
    await users.change(ids[2], {"is_active": False}, None)
    return ids


def ids_of(users: list[User]) -> list[UUID]:
    return [user.id for user in users]


async def test_changes_of_role_and_status_advance_the_version(users: UserRepository) -> None:
    ada, _, cleo = [await users.get(user) for user in await add_three(users)]

    assert ada is not None
    assert cleo is not None
    assert (ada.role, ada.is_active, ada.version) == ("admin", True, 2)
    assert (cleo.role, cleo.is_active, cleo.version) == ("user", False, 2)
    assert ada.updated_at > ada.created_at


async def test_a_removed_user_is_not_found(users: UserRepository) -> None:
    ada, bob, _ = await add_three(users)

    await users.remove(ada)

    assert await users.get(ada) is None
    assert await users.lock(ada) is None
    assert await users.lock(bob) == await users.get(bob)


async def test_a_list_follows_its_order_and_puts_missing_usernames_last(
    users: UserRepository,
) -> None:
    ada, bob, cleo = await add_three(users)

    async def found(order: UserOrder) -> list[UUID]:
        return ids_of(await users.along(UserFilter(), order, after=None, limit=5))

    assert await found(UserOrder("full_name", descending=False)) == [ada, bob, cleo]
    assert await found(UserOrder("email", descending=True)) == [cleo, bob, ada]
    assert await found(UserOrder("created_at", descending=True)) == [cleo, bob, ada]
    assert await found(UserOrder("username", descending=False)) == [cleo, ada, bob]
    assert await found(UserOrder("username", descending=True)) == [ada, cleo, bob]


@pytest.mark.parametrize("descending", [False, True])
async def test_a_list_continues_after_a_place(
    users: UserRepository,
    descending: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await add_three(users)
    order = UserOrder("username", descending=descending)
    first = await users.along(UserFilter(), order, after=None, limit=3)

    for number, user in enumerate(first, 1):
        place = (user.username, user.id)
        assert await users.along(UserFilter(), order, after=place, limit=3) == first[number:]


async def test_a_list_shows_the_users_that_match_its_filter(users: UserRepository) -> None:
    ada, bob, cleo = await add_three(users)
    order = UserOrder("created_at", descending=False)

    async def found(where: UserFilter) -> list[UUID]:
        return ids_of(await users.along(where, order, after=None, limit=5))

    assert await found(UserFilter(role="admin")) == [ada]
    assert await found(UserFilter(role="user")) == [bob, cleo]
    assert await found(UserFilter(role="user", is_active=True)) == [bob]
    assert await found(UserFilter(is_active=False)) == [cleo]


async def test_a_search_covers_the_first_rows_or_all(users: UserRepository) -> None:
    ada, bob, cleo = await add_three(users)
    order = UserOrder("created_at", descending=False)

    async def near(text: str, within: int) -> list[UUID]:
        where = UserFilter(search=text)
        return ids_of(await users.along(where, order, after=None, limit=5, within=within))

    async def everywhere(**where: str) -> list[UUID]:
        return ids_of(
            await users.matching(UserFilter(**where), order, after=None, limit=5)  # type: ignore[arg-type]
        )

    assert await near("CLEO", 2) == []
    assert await near("CLEO", 3) == [cleo]
    assert await everywhere(search="CLEO") == [cleo]
    assert await everywhere(search="o") == [ada, bob, cleo]
    assert await everywhere(search="o", role="user") == [bob, cleo]
    assert await everywhere(search="zo") == [ada]
    assert await everywhere(search="x_") == []
