from dataclasses import replace
from datetime import timedelta

import pytest

from BE.core.events import HourPassed
from BE.core.exceptions import RateLimitedError, UnauthorizedError
from BE.core.product import SLUG
from BE.core.security.passwords import HashingBusy
from BE.core.types import new_id
from BE.modules.auth.events import (
    EmailVerified,
    PasswordResetRequested,
    TokenReuseDetected,
    UserRegistered,
)
from BE.modules.auth.exceptions import (
    EmailTaken,
    InvalidCredentials,
    InvalidLink,
    InvalidRefreshToken,
    RefreshTokenReused,
    WeakPassword,
)
from BE.modules.auth.models import (
    Account,
    Device,
    SignIn,
)
from BE.modules.auth.security.allowances import (
    Allowance,
)
from BE.modules.auth.security.refresh_tokens import RefreshTokens
from tests.support.auth.world import DEVICE, KEYS, PASSWORD, World


@pytest.fixture
def world() -> World:
    return World()


THIEF = Device(user_agent="thief", ip=None)


class TestRegister:
    async def test_creates_an_account_and_a_session_and_publishes_an_event(
        self, world: World
    ) -> None:
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
            f"un{SLUG.capitalize()}-love",
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

    async def test_a_password_may_contain_a_name_of_three_letters(self, world: World) -> None:
        await world.auth.register(
            email="augusta@example.com",
            password="Canada is wide",
            full_name="Ada",
            username=None,
            device=DEVICE,
        )


class TestLogin:
    async def test_an_unknown_email_takes_as_long_as_a_known_one(self, world: World) -> None:
        with pytest.raises(InvalidCredentials):
            await world.auth.login(email="nobody@example.com", password=PASSWORD, device=DEVICE)

        assert world.passwords.verified == [None]

    async def test_a_wrong_password_opens_nothing(self, world: World) -> None:
        await world.sign_up()

        with pytest.raises(InvalidCredentials):
            await world.auth.login(email="ada@example.com", password="wrong", device=DEVICE)

        assert len(world.repository.sessions) == 1

    async def test_an_outdated_hash_is_replaced(self, world: World) -> None:
        account = (await world.sign_up()).account
        world.passwords.version = "2"

        await world.auth.login(email=account.email, password=PASSWORD, device=DEVICE)

        assert world.repository.accounts[account.id].password_hash == f"2:{PASSWORD[::-1]}"

    async def test_a_busy_hasher_does_not_count_as_a_failed_attempt(self, world: World) -> None:
        await world.sign_up()
        world.passwords.is_busy = True
        for _ in range(15):
            with pytest.raises(HashingBusy):
                await world.auth.login(email="ada@example.com", password=PASSWORD, device=DEVICE)
        world.passwords.is_busy = False

        await world.auth.login(email="ada@example.com", password=PASSWORD, device=DEVICE)


class TestThrottle:
    async def guess(self, world: World, email: str = "ada@example.com", ip: str = "") -> None:
        device = Device(user_agent=None, ip=ip or None)
        with pytest.raises(InvalidCredentials):
            await world.auth.login(email=email, password="wrong", device=device)

    async def test_spellings_of_an_email_share_one_count(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = (await world.sign_up()).account

        async def found(_: str) -> Account:
            return account

        monkeypatch.setattr(world.repository, "account_by_email", found)
        for number in range(10):
            await self.guess(world, f"ada{number}@example.com")

        with pytest.raises(RateLimitedError):
            await world.auth.login(email="Ada@example.com", password=PASSWORD, device=DEVICE)

    async def test_addresses_of_a_wide_network_share_one_count(self, world: World) -> None:
        for number in range(400):
            await self.guess(world, f"{number}@example.com", ip=f"2001:db8:0:{number % 256:x}::1")

        with pytest.raises(RateLimitedError):
            await self.guess(world, "new@example.com", ip="2001:db8:0:ff::1")
        await self.guess(world, "new@example.com", ip="2001:db8:1::1")

    async def test_a_refused_email_is_briefly_refused_without_a_query(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await world.sign_up()
        for _ in range(10):
            await self.guess(world)
        with pytest.raises(RateLimitedError) as first:
            await world.auth.login(email="ada@example.com", password=PASSWORD, device=DEVICE)

        async def look_up(_: str) -> Account:
            raise AssertionError

        world.clock.now += timedelta(seconds=0.09)
        with monkeypatch.context() as patched, pytest.raises(RateLimitedError) as again:
            patched.setattr(world.repository, "account_by_email", look_up)
            await world.auth.login(email="ADA@example.com", password=PASSWORD, device=DEVICE)
        world.clock.now += timedelta(minutes=15)

        assert first.value.headers == again.value.headers == {"Retry-After": "900"}
        await world.auth.login(email="ada@example.com", password=PASSWORD, device=DEVICE)

    async def test_the_memory_of_refusals_is_bounded(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.modules.auth.service.throttle._REMEMBERED_AT_MOST", 3)
        allowances = [
            Allowance.of("test", str(number), attempts=0, window=timedelta(hours=1))
            for number in range(5)
        ]

        for number, allowance in enumerate(allowances):
            with pytest.raises(RateLimitedError):
                await world.throttle.draw([allowance], caller=number)

        world.throttle.refuse_again(0, 1, allowances[1].key)
        for caller in (4, allowances[4].key):
            with pytest.raises(RateLimitedError):
                world.throttle.refuse_again(caller)


class TestRefresh:
    async def test_rotates(self, world: World) -> None:
        first = await world.sign_up()

        second = await world.refreshes.refresh([first.refresh_token], DEVICE)
        third = await world.refreshes.refresh([second.refresh_token], DEVICE)

        assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3

    async def test_the_previous_token_returns_the_current_one_during_the_grace_period(
        self, world: World
    ) -> None:
        first = await world.sign_up()
        second = await world.refreshes.refresh([first.refresh_token], DEVICE)
        world.clock.now += timedelta(seconds=20)
        again = await world.refreshes.refresh([first.refresh_token], DEVICE)
        world.clock.now += timedelta(seconds=11)

        with pytest.raises(RefreshTokenReused):
            await world.refreshes.refresh([first.refresh_token], THIEF)

        assert again.refresh_token == second.refresh_token

    async def test_reuse_revokes_the_session_and_commits(self, world: World) -> None:
        first = await world.sign_up()
        second = await world.refreshes.refresh([first.refresh_token], DEVICE)
        third = await world.refreshes.refresh([second.refresh_token], DEVICE)

        with pytest.raises(RefreshTokenReused):
            await world.refreshes.refresh([first.refresh_token], DEVICE)
        with pytest.raises(InvalidRefreshToken):
            await world.refreshes.refresh([third.refresh_token], DEVICE)

        assert world.database.rollbacks == 1
        assert world.bus.published[-1] == TokenReuseDetected(
            user_id=first.account.id, session_id=next(iter(world.repository.sessions))
        )

    @pytest.mark.parametrize("days", [7, 30])
    async def test_a_session_lasts_a_week_unused_and_a_month_at_most(
        self, world: World, days: int
    ) -> None:
        token = (await world.sign_up()).refresh_token
        while days > 7:
            world.clock.now += timedelta(days=6)
            days -= 6
            token = (await world.refreshes.refresh([token], DEVICE)).refresh_token
        world.clock.now += timedelta(days=7, seconds=1)

        with pytest.raises(InvalidRefreshToken):
            await world.refreshes.refresh([token], DEVICE)

    async def test_a_forged_token_changes_nothing(self, world: World) -> None:
        first = await world.sign_up()
        session = next(iter(world.repository.sessions.values()))
        tokens = RefreshTokens(KEYS)

        for forged in (
            tokens.issue(session.id, session.salt, 7),
            tokens.issue(new_id(), session.salt, 0),
            tokens.issue(session.id, b"another salt", 0),
        ):
            with pytest.raises(InvalidRefreshToken):
                await world.refreshes.refresh([forged], DEVICE)

        await world.refreshes.refresh([first.refresh_token], DEVICE)

    async def test_a_token_is_refused_after_logout(self, world: World) -> None:
        sign_in = await world.sign_up()
        session_id = next(iter(world.repository.sessions))
        await world.sessions.end(sign_in.account.id, only=session_id)
        await world.sessions.end(sign_in.account.id, only=new_id())

        with pytest.raises(InvalidRefreshToken):
            await world.refreshes.refresh([sign_in.refresh_token], DEVICE)


async def test_a_deleted_account_is_unauthorized(world: World) -> None:
    with pytest.raises(UnauthorizedError):
        await world.accounts.get(new_id())


class TestResetPassword:
    async def issue(self, world: World) -> tuple[SignIn, str]:
        sign_in = await world.sign_up()
        issued = await world.password_changes.issue_reset(sign_in.account.id)
        assert issued is not None
        return sign_in, issued[1]

    async def test_a_request_for_an_unknown_email_looks_the_same(self, world: World) -> None:
        account = (await world.sign_up()).account
        commits = world.database.commits

        await world.password_changes.request_reset("ADA@example.com", DEVICE)
        await world.password_changes.request_reset("nobody@example.com", DEVICE)

        assert world.database.commits == commits + 2
        assert world.bus.published[-2:] == [
            PasswordResetRequested(user_id=account.id),
            PasswordResetRequested(user_id=None),
        ]

    async def test_requests_for_one_email_are_limited_silently(self, world: World) -> None:
        await world.sign_up()
        world.bus.published.clear()

        for number in range(15):
            device = Device(user_agent=None, ip=f"10.0.0.{number}")
            await world.password_changes.request_reset("ada@example.com", device)

        assert len(world.bus.published) == 10

    async def test_only_a_digest_is_stored(self, world: World) -> None:
        _, token = await self.issue(world)

        assert token not in repr(world.repository.one_time_tokens)

    async def test_sets_the_password_ends_every_session_and_verifies_the_email(
        self, world: World
    ) -> None:
        sign_in, token = await self.issue(world)

        await world.password_changes.reset(token, "a brand new secret", DEVICE)

        account = world.repository.accounts[sign_in.account.id]
        assert account.email_verified_at == world.clock.now
        assert len(world.repository.revoked) == 1
        await world.auth.login(
            email="ada@example.com", password="a brand new secret", device=DEVICE
        )

    async def test_unlocks_an_account_that_was_locked_by_guesses(self, world: World) -> None:
        _, token = await self.issue(world)
        for number in range(100):
            device = Device(user_agent=None, ip=f"10.0.0.{number}")
            with pytest.raises(InvalidCredentials):
                await world.auth.login(email="ada@example.com", password="?", device=device)
        with pytest.raises(RateLimitedError):
            await world.auth.login(email="ada@example.com", password=PASSWORD, device=DEVICE)

        await world.password_changes.reset(token, "a brand new secret", DEVICE)

        await world.auth.login(
            email="ada@example.com", password="a brand new secret", device=DEVICE
        )

    async def test_a_weak_password_does_not_use_up_the_link(self, world: World) -> None:
        _, token = await self.issue(world)

        with pytest.raises(WeakPassword):
            await world.password_changes.reset(token, "short", DEVICE)

        await world.password_changes.reset(token, "a brand new secret", DEVICE)

    async def test_a_link_works_once(self, world: World) -> None:
        _, token = await self.issue(world)
        await world.password_changes.reset(token, "a brand new secret", DEVICE)

        with pytest.raises(InvalidLink):
            await world.password_changes.reset(token, "another new secret", DEVICE)

    async def test_a_new_link_replaces_the_earlier_one(self, world: World) -> None:
        sign_in, token = await self.issue(world)
        await world.password_changes.issue_reset(sign_in.account.id)

        with pytest.raises(InvalidLink):
            await world.password_changes.reset(token, "a brand new secret", DEVICE)

    async def test_expires_after_half_an_hour(self, world: World) -> None:
        _, token = await self.issue(world)
        world.clock.now += timedelta(minutes=30)

        with pytest.raises(InvalidLink):
            await world.password_changes.reset(token, "a brand new secret", DEVICE)

    async def test_a_link_for_another_purpose_is_refused(self, world: World) -> None:
        sign_in = await world.sign_up()
        issued = await world.verification.issue(sign_in.account.id)
        assert issued is not None

        with pytest.raises(InvalidLink):
            await world.password_changes.reset(issued[1], "a brand new secret", DEVICE)

    async def test_a_deactivated_account_gets_no_link(self, world: World) -> None:
        account = (await world.sign_up()).account
        world.repository.accounts[account.id] = replace(account, is_active=False)

        assert await world.password_changes.issue_reset(account.id) is None


class TestVerifyEmail:
    async def test_verifies_the_email(self, world: World) -> None:
        account = (await world.sign_up()).account
        issued = await world.verification.issue(account.id)
        assert issued is not None
        email, token = issued

        await world.verification.verify(token, DEVICE, None)

        assert email == "ada@example.com"
        assert world.repository.accounts[account.id].email_verified_at == world.clock.now
        assert world.bus.published[-1] == EmailVerified(user_id=account.id)

    async def test_a_second_verification_changes_nothing(self, world: World) -> None:
        account = (await world.sign_up()).account
        issued = await world.verification.issue(account.id)
        assert issued is not None

        for _ in range(2):
            await world.verification.verify(issued[1], DEVICE, None)

        assert world.bus.published.count(EmailVerified(user_id=account.id)) == 1

    async def test_a_verified_email_gets_no_link(self, world: World) -> None:
        account = (await world.sign_up()).account
        await world.repository.confirm_email(account.id, by_holder=False)

        assert await world.verification.issue(account.id) is None

    async def test_expires_after_a_day(self, world: World) -> None:
        account = (await world.sign_up()).account
        issued = await world.verification.issue(account.id)
        assert issued is not None
        world.clock.now += timedelta(days=1)

        with pytest.raises(InvalidLink):
            await world.verification.verify(issued[1], DEVICE, None)

    async def test_requests_are_limited(self, world: World) -> None:
        account = (await world.sign_up()).account

        for _ in range(10):
            await world.verification.request(account.id)
        with pytest.raises(RateLimitedError):
            await world.verification.request(account.id)


async def test_an_issuer_vouches_for_the_account_s_own_email_only(world: World) -> None:
    account = (await world.sign_up()).account

    assert not await world.accounts.confirm_email(account.id, "bob@example.com")
    assert not await world.accounts.confirm_email(new_id(), "ada@example.com")
    assert world.repository.accounts[account.id].email_verified_at is None
    assert await world.accounts.confirm_email(account.id, "ADA@example.com")
    assert world.repository.accounts[account.id].email_verified_at is not None


async def test_an_account_without_an_email_is_sent_nothing(world: World) -> None:
    account = (await world.sign_up("7@no-email.invalid")).account

    assert await world.accounts.email_of(account.id) is None
    assert await world.verification.issue(account.id) is None
    assert await world.password_changes.issue_reset(account.id) is None


class TestHousekeeping:
    async def test_expired_sessions_are_deleted_hourly(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.modules.auth.service.sessions._DELETED_AT_ONCE", 2)
        for number in range(5):
            await world.sign_up(f"ada{number}@example.com")
        world.clock.now += timedelta(days=30, minutes=16)
        kept = await world.sign_up()
        tick = HourPassed(began_at=world.clock.now)

        await world.sessions.on_hour_passed(tick)

        principal = world.access_tokens.verify(kept.access_token)
        assert list(world.repository.sessions) == [principal.session_id]
