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
    """Accounts by email, which of them are verified, and the outcome for a session."""

    def __init__(self) -> None:
        self.by_email: dict[str, UUID] = {}
        self.verified: set[UUID] = set()
        self.deleted: set[UUID] = set()
        self.only_claimed: set[UUID] = set()
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
        return account_id in self.only_claimed

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        if self.refusal is not None:
            raise self.refusal
        if account_id in self.deleted:
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

    def assertion(
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


async def test_a_second_token_finds_the_account_and_session_of_the_first(
    world: World,
) -> None:
    first = await world.identities.principal_of(world.assertion())

    assert await world.identities.principal_of(world.assertion()) == first
    assert world.accounts.by_email == {"ada@example.com": first.user_id}


async def test_the_loser_of_a_race_to_enrol_gets_the_account_of_the_winner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await world.identities.principal_of(world.assertion())
    lock = world.repository.lock
    lookups: list[str] = []

    async def lock_too_early(issuer: str, subject: str) -> Identity | None:
        lookups.append(subject)
        return None if len(lookups) == 1 else await lock(issuer, subject)

    monkeypatch.setattr(world.repository, "lock", lock_too_early)

    assert await world.identities.principal_of(world.assertion()) == first
    assert len(lookups) == 2


async def test_a_taken_email_rolls_back_the_identity(world: World) -> None:
    world.accounts.by_email["ada@example.com"] = new_id()

    with pytest.raises(EmailOfAnotherAccount):
        await world.identities.principal_of(world.assertion(verified=True))

    assert (world.database.commits, world.database.rollbacks) == (0, 1)


async def test_a_refusal_commits_nothing(world: World) -> None:
    world.accounts.refusal = SessionEnded()

    with pytest.raises(SessionEnded):
        await world.identities.principal_of(world.assertion())

    assert world.database.commits == 0


async def test_an_identity_of_a_deleted_account_is_released_although_the_token_is_refused(
    world: World,
) -> None:
    first = await world.identities.principal_of(world.assertion())
    world.accounts.deleted.add(first.user_id)
    del world.accounts.by_email["ada@example.com"]
    old = world.assertion()

    for _ in range(2):
        with pytest.raises(SessionEnded):
            await world.identities.principal_of(old)
    assert world.database.commits == 2
    world.clock.now += timedelta(seconds=1)

    assert (await world.identities.principal_of(world.assertion())).user_id != first.user_id


async def test_a_password_reset_unlinks_only_identities_with_an_unverified_email(
    world: World,
) -> None:
    proven = await world.identities.principal_of(world.assertion(verified=True))
    second_proven = await world.identities.principal_of(
        world.assertion("ada elsewhere", verified=True)
    )
    claimed = await world.identities.principal_of(world.assertion("bob", "bob@example.com"))

    for identity in (proven, claimed):
        await world.identities.on_password_changed(
            PasswordChanged(user_id=identity.user_id, by_link=True)
        )

    assert second_proven.user_id == proven.user_id
    assert await world.identities.principal_of(world.assertion(verified=True)) == proven
    world.clock.now += timedelta(seconds=1)
    with pytest.raises(EmailOfAnotherAccount):
        await world.identities.principal_of(world.assertion("bob", "bob@example.com"))


@pytest.mark.parametrize("is_only_claimed", [True, False])
async def test_a_verified_join_unlinks_an_identity_of_an_only_claimed_account(
    world: World, *, is_only_claimed: bool
) -> None:
    claimed = await world.identities.principal_of(world.assertion("claimed"))
    world.accounts.verified.add(claimed.user_id)
    if is_only_claimed:
        world.accounts.only_claimed.add(claimed.user_id)

    joined = await world.identities.principal_of(world.assertion("joined", verified=True))
    world.clock.now += timedelta(seconds=1)

    assert joined.user_id == claimed.user_id
    if is_only_claimed:
        with pytest.raises(EmailOfAnotherAccount):
            await world.identities.principal_of(world.assertion("claimed"))
    else:
        assert await world.identities.principal_of(world.assertion("claimed")) == claimed


async def test_an_email_can_be_verified_later(world: World) -> None:
    first = await world.identities.principal_of(world.assertion())
    await world.identities.principal_of(world.assertion(email="x@example.com", verified=True))
    assert first.user_id not in world.accounts.verified

    await world.identities.principal_of(world.assertion(verified=True))

    assert first.user_id in world.accounts.verified
    await world.identities.on_password_changed(PasswordChanged(user_id=first.user_id, by_link=True))
    assert await world.identities.principal_of(world.assertion()) == first


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
def test_a_name_is_cleaned_for_a_profile(
    name: str | None, email: str | None, expected: str
) -> None:
    assert full_name_of(name, email) == expected
