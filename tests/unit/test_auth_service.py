from datetime import timedelta

import pytest

from BE.core.events import Envelope, HourPassed
from BE.core.exceptions import UnauthorizedError
from BE.core.pagination import Cursors
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.keys import KeyRing
from BE.core.security.refresh_tokens import RefreshTokens
from BE.core.security.revocations import Revocations
from BE.core.types import new_id
from BE.modules.auth.events import UserRegistered
from BE.modules.auth.exceptions import (
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshTokenReused,
    WeakPassword,
)
from BE.modules.auth.models import Device, SessionPolicy, SignIn
from BE.modules.auth.service import AuthService
from BE.modules.users.service import UserService
from tests.support.fakes import (
    Clock,
    FakeAuthRepository,
    FakeDatabase,
    FakePasswords,
    FakeUserRepository,
    RecordingBus,
)

DEVICE = Device(user_agent=None, ip=None)
PASSWORD = "correct horse battery staple"
KEYS = KeyRing.parse("a secret that is long enough for HS256")


class World:
    """The service, with everything it reaches in memory."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.database = FakeDatabase()
        self.repository = FakeAuthRepository(self.clock)
        self.bus = RecordingBus()
        self.passwords = FakePasswords()
        self.revocations = Revocations(
            self.database, self.repository, token_lifetime=timedelta(minutes=15)
        )
        self.access_tokens = AccessTokens(
            KEYS, algorithm="HS256", lifetime=timedelta(minutes=15), issuer="i", audience="a"
        )
        self.auth = AuthService(
            self.database,
            self.repository,
            self.bus,
            self.passwords,
            self.access_tokens,
            RefreshTokens(KEYS),
            self.revocations,
            Cursors(KEYS),
            UserService(FakeUserRepository(self.clock)),
            session_policy=SessionPolicy(
                idle=timedelta(days=7),
                absolute=timedelta(days=30),
                grace=timedelta(seconds=30),
                access=timedelta(minutes=15),
            ),
            password_min_length=12,
            application_name="bounded",
            throttled=True,
        )

    async def sign_up(self, email: str = "ada@example.com") -> SignIn:
        return await self.auth.register(
            email=email, password=PASSWORD, full_name="Ada King", username="ada", device=DEVICE
        )


@pytest.fixture
def world() -> World:
    return World()


class TestRegister:
    async def test_opens_an_account_a_session_and_says_so(self, world: World) -> None:
        sign_in = await world.sign_up()

        principal = world.access_tokens.verify(sign_in.access_token)
        assert principal.user_id == sign_in.account.id
        assert principal.session_id in world.repository.sessions
        assert world.bus.published == [
            UserRegistered(
                user_id=sign_in.account.id,
                email="ada@example.com",
                role="user",
                full_name="Ada King",
                username="ada",
            )
        ]
        assert world.database.commits == 1

    async def test_a_taken_email_is_a_conflict_and_publishes_nothing(self, world: World) -> None:
        await world.sign_up()
        world.bus.published.clear()

        with pytest.raises(EmailTaken):
            await world.sign_up("ADA@example.com")

        assert world.bus.published == []
        assert world.database.rollbacks == 1

    @pytest.mark.parametrize(
        "password",
        [
            "short",
            "x" * 11,
            "the LOVELACE way",
            "augusta-augusta",
            "countess-1815",
            "unBounded-love",
        ],
    )
    async def test_a_weak_password_never_reaches_the_database(
        self, world: World, password: str
    ) -> None:
        with pytest.raises(WeakPassword):
            await world.auth.register(
                email="augusta@example.com",
                password=password,
                full_name="Ada Lovelace-O'Neill",
                username="countess",
                device=DEVICE,
            )

        assert world.database.commits + world.database.rollbacks == 0

    async def test_a_name_of_three_letters_may_stand_in_a_password(self, world: World) -> None:
        await world.auth.register(
            email="augusta@example.com",
            password="Canada is wide",
            full_name="Ada",
            username=None,
            device=DEVICE,
        )


class TestLogin:
    async def test_takes_as_long_for_nobody_as_for_somebody(self, world: World) -> None:
        with pytest.raises(InvalidCredentials):
            await world.auth.login(email="nobody@example.com", password=PASSWORD, device=DEVICE)

        assert world.passwords.verified == [None]

    async def test_a_wrong_password_opens_nothing(self, world: World) -> None:
        await world.sign_up()

        with pytest.raises(InvalidCredentials):
            await world.auth.login(email="ada@example.com", password="wrong", device=DEVICE)

        assert len(world.repository.sessions) == 1

    async def test_an_outdated_hash_is_made_anew(self, world: World) -> None:
        account = (await world.sign_up()).account
        world.passwords.version = "2"

        await world.auth.login(email=account.email, password=PASSWORD, device=DEVICE)

        assert world.repository.accounts[account.id].password_hash == f"2:{PASSWORD[::-1]}"


class TestRefresh:
    async def test_rotates(self, world: World) -> None:
        first = await world.sign_up()

        second = await world.auth.refresh(first.refresh_token)
        third = await world.auth.refresh(second.refresh_token)

        assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3

    async def test_the_predecessor_is_answered_with_the_current_one_for_a_while(
        self, world: World
    ) -> None:
        first = await world.sign_up()
        second = await world.auth.refresh(first.refresh_token)
        world.clock.now += timedelta(seconds=20)
        again = await world.auth.refresh(first.refresh_token)
        world.clock.now += timedelta(seconds=11)

        with pytest.raises(RefreshTokenReused):
            await world.auth.refresh(first.refresh_token)

        assert again.refresh_token == second.refresh_token

    async def test_reuse_is_committed(self, world: World) -> None:
        first = await world.sign_up()
        second = await world.auth.refresh(first.refresh_token)
        third = await world.auth.refresh(second.refresh_token)

        with pytest.raises(RefreshTokenReused):
            await world.auth.refresh(first.refresh_token)
        with pytest.raises(InvalidRefreshToken):
            await world.auth.refresh(third.refresh_token)

        assert world.database.rollbacks == 1

    @pytest.mark.parametrize("days", [7, 30])
    async def test_a_session_lasts_a_week_unused_and_a_month_at_most(
        self, world: World, days: int
    ) -> None:
        token = (await world.sign_up()).refresh_token
        while days > 7:
            world.clock.now += timedelta(days=6)
            days -= 6
            token = (await world.auth.refresh(token)).refresh_token
        world.clock.now += timedelta(days=7, seconds=1)

        with pytest.raises(InvalidRefreshToken):
            await world.auth.refresh(token)

    async def test_a_token_from_the_future_or_from_nowhere_changes_nothing(
        self, world: World
    ) -> None:
        first = await world.sign_up()
        session = next(iter(world.repository.sessions.values()))
        tokens = RefreshTokens(KEYS)

        for forged in (
            tokens.issue(session.id, session.salt, 7),
            tokens.issue(new_id(), session.salt, 0),
            tokens.issue(session.id, b"another salt", 0),
        ):
            with pytest.raises(InvalidRefreshToken):
                await world.auth.refresh(forged)

        await world.auth.refresh(first.refresh_token)

    async def test_after_logout_there_is_nothing_to_refresh(self, world: World) -> None:
        sign_in = await world.sign_up()
        session_id = next(iter(world.repository.sessions))
        await world.auth.logout(sign_in.account.id, session_id)
        await world.auth.logout(sign_in.account.id, new_id())

        with pytest.raises(InvalidRefreshToken):
            await world.auth.refresh(sign_in.refresh_token)


async def test_an_account_that_is_gone_is_nobody(world: World) -> None:
    with pytest.raises(UnauthorizedError):
        await world.auth.account(new_id())


class TestHousekeeping:
    async def test_each_hour_sessions_past_their_time_are_deleted(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.modules.auth.service._DELETED_AT_ONCE", 2)
        for number in range(5):
            await world.sign_up(f"ada{number}@example.com")
        world.clock.now += timedelta(days=30, minutes=16)
        kept = await world.sign_up()
        tick = HourPassed(began_at=world.clock.now)

        await world.auth.on_hour_passed(Envelope(event=tick))

        principal = world.access_tokens.verify(kept.access_token)
        assert list(world.repository.sessions) == [principal.session_id]
