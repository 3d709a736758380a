"""The rules of administration, on in-memory fakes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from BE.core.exceptions import ConflictError
from BE.core.http.pagination import Cursors
from BE.core.operations.metrics import Metrics
from BE.core.redis.cache import Cache
from BE.core.security.keys import KeyRing
from BE.core.security.passwords import Passwords
from BE.core.security.principals import Role
from BE.core.types import new_id
from BE.modules.auth.events import (
    UserDeactivated,
    UserDeleted,
    UserDeletionSettled,
    UserReactivated,
    UserRoleChanged,
)
from BE.modules.auth.exceptions import AccountNotFound, LastAdmin, WeakPassword
from BE.modules.auth.models import AccountChanges, AccountDraft
from BE.modules.auth.service import AdministrationService
from BE.modules.users.exceptions import UsersTaken
from BE.modules.users.models import ProfileDraft, User, UserDraft, UserFilter, UserOrder
from BE.modules.users.service import Admins, UserAdministration, UserService
from tests.support.auth.world import DEVICE, World
from tests.support.client import PASSWORD
from tests.support.fakes import FakePasswords
from tests.support.users.fakes import FakeUserRepository

SETTLING = timedelta(seconds=90)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def auth(world: World) -> AdministrationService:
    return AdministrationService(
        world.repository,
        world.bus,
        world.accounts,
        world.sessions,
        world.api_keys,
        world.passwords,
        world.password_policy,
        settling=SETTLING,
    )


async def account(world: World, name: str, role: Role = "user") -> UUID:
    draft = AccountDraft(new_id(), f"{name}@example.com", "1:x", name, role=role)
    [made] = await world.repository.add_accounts([draft])
    assert await world.sessions.open(made, DEVICE)
    return made.id


class TestAccounts:
    async def test_a_change_ends_the_sessions_and_publishes_events(
        self, world: World, auth: AdministrationService
    ) -> None:
        await account(world, "root", "admin")
        ada = await account(world, "ada")

        applied = await auth.change(ada, {"role": "admin", "is_active": False})
        ended = len(world.repository.revoked)
        await auth.change(ada, {"role": "admin", "is_active": True})

        assert (applied, ended) == ({"role": "admin", "is_active": False}, 1)
        assert world.bus.published == [
            UserRoleChanged(user_id=ada, role="admin"),
            UserDeactivated(user_id=ada),
            UserReactivated(user_id=ada),
        ]

    async def test_a_change_to_the_current_values_does_nothing(
        self, world: World, auth: AdministrationService
    ) -> None:
        root = await account(world, "root", "admin")
        ada = await account(world, "ada")

        applied = [
            await auth.change(ada, {"role": "user", "is_active": True}),
            await auth.change(root, {"role": "admin", "is_active": True}),
        ]

        assert applied == [{}, {}]
        assert (world.bus.published, world.repository.revoked) == ([], [])

    async def test_the_last_active_admin_can_be_neither_demoted_nor_deleted(
        self, world: World, auth: AdministrationService
    ) -> None:
        root, other = [await account(world, name, "admin") for name in ("root", "other")]
        await auth.change(other, {"is_active": False})

        changes: list[AccountChanges] = [{"role": "user"}, {"is_active": False}]
        for change in changes:
            with pytest.raises(LastAdmin):
                await auth.change(root, change)
        with pytest.raises(LastAdmin):
            await auth.delete(root)
        await auth.delete(other)

        assert world.bus.published[-1] == UserDeleted(user_id=other)
        assert world.bus.later == [(UserDeletionSettled(user_id=other), SETTLING)]
        assert [*world.repository.accounts] == [root]

    async def test_an_unknown_account_is_refused(self, auth: AdministrationService) -> None:
        with pytest.raises(AccountNotFound):
            await auth.change(new_id(), {"role": "admin"})
        with pytest.raises(AccountNotFound):
            await auth.delete(new_id())


class RecordingUserRepository(FakeUserRepository):
    """Records the range of each search; ``None`` is the index."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges: list[int | None] = []

    async def along(self, *where: Any, within: int | None = None, **page: Any) -> list[User]:
        self.ranges.append(within)
        return await super().along(*where, within=within, **page)

    async def matching(self, where: UserFilter, order: UserOrder, **page: Any) -> list[User]:
        self.ranges.append(None)
        return await FakeUserRepository.along(self, where, order, within=len(self.users), **page)


class People:
    def __init__(self, world: World, auth: AdministrationService) -> None:
        self.repository = RecordingUserRepository()
        self.administration = UserAdministration(
            world.database,
            self.repository,
            UserService(self.repository),
            accounts=auth,
            passwords=world.password_changes,
            cursors=Cursors(KeyRing.parse("s" * 32)),
            cache=Cache(None, Metrics()),
        )
        self.admins = Admins(self.repository, self.administration, auth)

    async def fill(self, count: int, every: int) -> None:
        """Add ``count`` users; one in ``every`` is called Zoe."""
        for number in range(count):
            name = "Zoe" if number % every == 0 else "Ada"
            await self.repository.add([ProfileDraft(new_id(), "a@b.de", None, name, "user")])

    async def search(self, limit: int) -> int:
        order = UserOrder("created_at", descending=False)
        page = await self.administration.page(
            UserFilter(search="zoe"), order, limit=limit, cursor=None
        )
        return len(page.items)


@pytest.fixture
def people(world: World, auth: AdministrationService) -> People:
    return People(world, auth)


class TestSearch:
    async def test_stops_at_the_near_range_if_it_suffices(self, people: People) -> None:
        await people.fill(200, every=10)

        assert await people.search(limit=3) == 3
        assert people.repository.ranges == [200]

    async def test_widens_the_range_if_half_was_found(self, people: People) -> None:
        await people.fill(600, every=100)

        assert await people.search(limit=3) == 3
        assert people.repository.ranges == [200, 800]

    async def test_uses_the_index_if_almost_nothing_is_near(self, people: People) -> None:
        await people.fill(500, every=400)

        assert await people.search(limit=3) == 2
        assert people.repository.ranges == [200, None]


def draft(email: str, password: str = PASSWORD) -> UserDraft:
    return UserDraft(new_id(), email, password, "Ada King", None, "user")


class TestCreate:
    async def test_weak_passwords_are_refused_before_hashing(self, people: People) -> None:
        weak = [draft(email, password="x") for email in ("b@example.com", "c@example.com")]

        with pytest.raises(WeakPassword) as refused:
            await people.administration.create([draft("a@example.com"), *weak])

        assert [detail.field for detail in refused.value.details] == [
            "drafts.1.password",
            "drafts.2.password",
        ]

    async def test_existing_users_are_refused_before_hashing(
        self, world: World, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await account(world, "ada")
        monkeypatch.delattr(FakePasswords, "hash_all")
        monkeypatch.delattr(Passwords, "hash_all")

        with pytest.raises(UsersTaken) as refused:
            await people.administration.create([draft("b@b.de"), draft("ADA@example.com")])

        assert [detail.field for detail in refused.value.details] == ["drafts.1.email"]

    async def test_repr_hides_the_password(self) -> None:
        assert PASSWORD not in repr(draft("a@b.de"))


class TestFirstAdmin:
    async def test_is_created_once(self, world: World, people: People) -> None:
        for email in ("root@example.com", "other@example.com"):
            await people.admins.ensure_first(email, PASSWORD)

        [made] = world.repository.accounts.values()
        assert (made.email, made.role) == ("root@example.com", "admin")

    async def test_an_existing_user_with_the_email_is_not_promoted(
        self, world: World, people: People
    ) -> None:
        await account(world, "root")

        await people.admins.ensure_first("root@example.com", PASSWORD)

        [there] = world.repository.accounts.values()
        assert there.role == "user"

    async def test_a_concurrent_creation_is_no_error(
        self, world: World, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def lose_the_race(*_: object) -> None:
            await account(world, "root", "admin")
            raise ConflictError

        monkeypatch.setattr(people.admins, "create", lose_the_race)

        await people.admins.ensure_first("root@example.com", PASSWORD)

        assert len(world.repository.accounts) == 1
