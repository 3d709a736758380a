from datetime import datetime, timedelta
from uuid import UUID

import pytest

from BE.core.outside.outside import Outside
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged
from BE.modules.identities.exceptions import EmailOfAnotherAccount
from BE.modules.identities.models import Identity, full_name_of
from BE.modules.identities.ports import Enrolment
from BE.modules.identities.security.assertions import Assertion
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.service import EnrolmentService, IdentityService
from tests.support.calls import CountedCalls
from tests.support.fakes import Clock, FakeDatabase, RecordingBus
from tests.support.identities.fakes import FakeIdentityRepository

ISSUER = "https://app.example.com"


class FakeEnrolment(Enrolment):
    """Accounts by email, the verified ones, and what is said of a session."""

    def __init__(self) -> None:
        self.by_email: dict[str, UUID] = {}
        self.verified: set[UUID] = set()
        self.gone: set[UUID] = set()
        self.held_by_strangers: set[UUID] = set()
        self.refusal: Exception | None = None

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        if self.by_email.setdefault(email, account_id) != account_id:
            return False
        if email_verified:
            self.verified.add(account_id)
        return True

    async def lock(self, account_id: UUID) -> None:
        pass

    async def lock_verified(self, email: str) -> UUID | None:
        account_id = self.by_email.get(email)
        return account_id if account_id in self.verified else None

    async def has_second_factor(self, account_id: UUID) -> bool:
        raise NotImplementedError

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        if self.by_email.get(email) != account_id:
            return False
        self.verified.add(account_id)
        return True

    async def hand_over(self, account_id: UUID) -> bool:
        return account_id in self.held_by_strangers

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        if self.refusal is not None:
            raise self.refusal
        if account_id in self.gone:
            return None
        return Principal(account_id, session_id or new_id(), "user")

    async def end(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        raise NotImplementedError


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.database = FakeDatabase()
        self.repository = FakeIdentityRepository(self.clock)
        self.accounts = FakeEnrolment()
        self.events = RecordingBus()
        self.identities = IdentityService(
            self.database,
            self.repository,
            ForeignTokens((), Outside(CountedCalls())),
            EnrolmentService(self.repository, self.accounts, self.accounts, self.events),
            self.accounts,
            self.events,
        )

    def says(
        self, subject: str = "ada", email: str | None = "ada@example.com", *, verified: bool = False
    ) -> Assertion:
        return Assertion(
            issuer=ISSUER,
            subject=subject,
            issued_at=self.clock.now,
            expires_at=0.0,
            email=email,
            email_verified=verified,
            name="Ada Lovelace",
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_the_second_sight_finds_the_account_and_the_session_of_the_first(
    world: World,
) -> None:
    first = await world.identities.principal_of(world.says())

    assert await world.identities.principal_of(world.says()) == first
    assert world.accounts.by_email == {"ada@example.com": first.user_id}


async def test_one_who_comes_second_at_first_sight_gets_the_account_of_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await world.identities.principal_of(world.says())
    found = world.repository.lock
    looks: list[str] = []

    async def too_early(issuer: str, subject: str) -> Identity | None:
        looks.append(subject)
        return None if len(looks) == 1 else await found(issuer, subject)

    monkeypatch.setattr(world.repository, "lock", too_early)

    assert await world.identities.principal_of(world.says()) == first
    assert len(looks) == 2


async def test_an_email_that_is_taken_undoes_the_identity(world: World) -> None:
    world.accounts.by_email["ada@example.com"] = new_id()

    with pytest.raises(EmailOfAnotherAccount):
        await world.identities.principal_of(world.says(verified=True))

    assert (world.database.commits, world.database.rollbacks) == (0, 1)


async def test_a_refusal_makes_nothing(world: World) -> None:
    world.accounts.refusal = SessionEnded()

    with pytest.raises(SessionEnded):
        await world.identities.principal_of(world.says())

    assert world.database.commits == 0


async def test_a_lost_account_is_released_for_good_although_the_token_is_refused(
    world: World,
) -> None:
    first = await world.identities.principal_of(world.says())
    world.accounts.gone.add(first.user_id)
    del world.accounts.by_email["ada@example.com"]
    old = world.says()

    for _ in range(2):
        with pytest.raises(SessionEnded):
            await world.identities.principal_of(old)
    assert world.database.commits == 2
    world.clock.now += timedelta(seconds=1)

    assert (await world.identities.principal_of(world.says())).user_id != first.user_id


async def test_a_new_password_parts_only_who_never_proved_the_email(world: World) -> None:
    proven = await world.identities.principal_of(world.says(verified=True))
    also = await world.identities.principal_of(world.says("ada elsewhere", verified=True))
    claimed = await world.identities.principal_of(world.says("bob", "bob@example.com"))

    for identity in (proven, claimed):
        await world.identities.on_password_changed(
            PasswordChanged(user_id=identity.user_id, by_link=True)
        )

    assert also.user_id == proven.user_id
    assert await world.identities.principal_of(world.says(verified=True)) == proven
    world.clock.now += timedelta(seconds=1)
    with pytest.raises(EmailOfAnotherAccount):
        await world.identities.principal_of(world.says("bob", "bob@example.com"))


@pytest.mark.parametrize("held_by_stranger", [True, False])
async def test_a_join_parts_who_only_claimed_the_email_where_a_stranger_holds_the_account(
    world: World, *, held_by_stranger: bool
) -> None:
    claimed = await world.identities.principal_of(world.says("claimed"))
    world.accounts.verified.add(claimed.user_id)
    if held_by_stranger:
        world.accounts.held_by_strangers.add(claimed.user_id)

    joined = await world.identities.principal_of(world.says("joined", verified=True))
    world.clock.now += timedelta(seconds=1)

    assert joined.user_id == claimed.user_id
    if held_by_stranger:
        with pytest.raises(EmailOfAnotherAccount):
            await world.identities.principal_of(world.says("claimed"))
    else:
        assert await world.identities.principal_of(world.says("claimed")) == claimed


async def test_an_email_proven_later_is_proven(world: World) -> None:
    first = await world.identities.principal_of(world.says())
    await world.identities.principal_of(world.says(email="x@example.com", verified=True))
    assert first.user_id not in world.accounts.verified

    await world.identities.principal_of(world.says(verified=True))

    assert first.user_id in world.accounts.verified
    await world.identities.on_password_changed(PasswordChanged(user_id=first.user_id, by_link=True))
    assert await world.identities.principal_of(world.says()) == first


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("Ada", "a@example.com", "Ada"),
        (None, "a@example.com", "a"),
        (" \x00\x1f\ud800", "a@example.com", "a"),
        (None, None, "User"),
        ("  a \n b  ", None, "a b"),
        ("a\u202eb\u2028c\u200ed", None, "a b c d"),
        ("\u200b \u00ad", "a@example.com", "a"),
        ("a" * 99 + " bc", None, "a" * 99),
    ],
)
def test_a_name_is_made_fit_for_a_profile(
    name: str | None, email: str | None, expected: str
) -> None:
    assert full_name_of(name, email) == expected
