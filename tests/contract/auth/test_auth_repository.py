from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from BE.core.types import new_id
from BE.modules.auth.models import (
    Account,
    AccountDraft,
    Device,
    OneTimeToken,
    Purpose,
    SessionPolicy,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import (
    Allowance,
)

POLICY = SessionPolicy(
    idle=timedelta(days=7),
    absolute=timedelta(days=30),
    grace=timedelta(seconds=30),
    access=timedelta(minutes=15),
)
DEVICE = Device(user_agent="browser", ip="198.51.100.7")


async def add_account(auth: AuthRepository, email: str = "Ada@example.com") -> Account:
    [account] = await auth.add_accounts([AccountDraft(new_id(), email, "hash", "Ada")])
    return account


async def test_an_account_is_found_by_id_and_by_email_in_any_case(
    auth: AuthRepository,
) -> None:
    account = await add_account(auth)

    assert await auth.account_by_id(account.id) == account
    assert await auth.account_by_email("aDA@example.com") == account
    assert account.email == "Ada@example.com"
    assert account.is_active
    assert account.email_verified_at is None


async def test_a_taken_email_adds_nothing(auth: AuthRepository) -> None:
    await add_account(auth)
    second = new_id()

    third = AccountDraft(new_id(), "b@example.com", "hash", "Bob", role="admin")
    taken = AccountDraft(second, "ada@EXAMPLE.com", "hash", "Ada")

    added = await auth.add_accounts([taken, third, replace(third, id=new_id())])

    assert [(account.id, account.role) for account in added] == [(third.id, "admin")]
    assert await auth.taken(["ADA@example.com", "c@example.com"]) == {"ADA@example.com"}
    assert await auth.account_by_id(second) is None


async def test_an_unknown_account_or_session_is_not_found(auth: AuthRepository) -> None:
    assert await auth.account_by_id(new_id()) is None
    assert await auth.account_by_email("nobody@example.com") is None
    assert await auth.lock_session(new_id()) is None


async def test_a_session_starts_at_generation_zero(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()

    assert await auth.add_session(session_id, account, b"salt", DEVICE, POLICY) == []
    session = await auth.lock_session(session_id)

    assert session is not None
    assert (session.account_id, session.salt, session.generation) == (account.id, b"salt", 0)
    assert session.ended_at is None
    assert session.account_is_active
    assert session.now >= session.rotated_at >= session.created_at


async def test_no_session_opens_without_an_account(auth: AuthRepository) -> None:
    no_account = replace(await add_account(auth), id=new_id())

    assert await auth.add_session(new_id(), no_account, b"salt", DEVICE, POLICY) is None


async def test_no_session_opens_with_a_password_that_was_changed(auth: AuthRepository) -> None:
    account = await add_account(auth)

    assert await auth.set_password_hash(account, "new hash")

    changed = await auth.account_by_id(account.id)
    assert changed == replace(account, password_hash="new hash")
    assert not await auth.set_password_hash(account, "newer hash")
    assert await auth.add_session(new_id(), account, b"salt", DEVICE, POLICY) is None
    assert await auth.add_session(new_id(), changed, b"salt", DEVICE, POLICY) == []


async def test_a_rotation_advances_the_generation_and_its_time(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account, b"salt", DEVICE, POLICY)
    before = await auth.lock_session(session_id)

    generations = [await auth.rotate_session(session_id, DEVICE.mark) for _ in range(2)]
    after = await auth.lock_session(session_id)

    assert before is not None
    assert after is not None
    assert generations == [1, 2]
    assert after.generation == 2
    assert after.rotated_at > before.rotated_at


async def open_session(auth: AuthRepository, account: Account) -> UUID:
    session_id = new_id()
    assert await auth.add_session(session_id, account, b"salt", DEVICE, POLICY) == []
    return session_id


async def test_a_session_ends_once_and_is_revoked(auth: AuthRepository) -> None:
    account = await add_account(auth)
    session_id = await open_session(auth, account)

    ended = await auth.end_sessions(account.id, POLICY, only=session_id)
    first = await auth.lock_session(session_id)
    again = await auth.end_sessions(account.id, POLICY, only=session_id)
    second = await auth.lock_session(session_id)

    assert (ended, again) == ([session_id], [])
    assert first is not None
    assert second is not None
    assert first.ended_at is not None
    assert first.ended_at == second.ended_at
    assert await auth.is_revoked(session_id)
    assert await auth.revoked_sessions(None) == [session_id]
    assert await auth.revoked_sessions(timedelta(seconds=60)) == [session_id]


async def test_one_session_or_all_or_all_but_one_end(auth: AuthRepository) -> None:
    account, other = await add_account(auth), await add_account(auth, "bob@example.com")
    mine = [await open_session(auth, account) for _ in range(3)]
    his = await open_session(auth, other)

    assert await auth.end_sessions(account.id, POLICY, only=his) == []
    assert set(await auth.end_sessions(account.id, POLICY, but=mine[0])) == set(mine[1:])
    assert await auth.end_sessions(account.id, POLICY) == [mine[0]]
    assert not await auth.is_revoked(his)


async def test_open_sessions_are_listed_newest_first(auth: AuthRepository) -> None:
    account = await add_account(auth)
    opened = [await open_session(auth, account) for _ in range(4)]
    await auth.end_sessions(account.id, POLICY, only=opened[1])

    first = await auth.open_sessions(account.id, POLICY, before=UUID(int=2**128 - 1), limit=2)
    rest = await auth.open_sessions(account.id, POLICY, before=first[-1].id, limit=2)

    assert [session.id for session in (*first, *rest)] == [opened[3], opened[2], opened[0]]
    assert (first[0].user_agent, first[0].ip) == ("browser", "198.51.100.7")
    assert first[0].last_used_at == first[0].created_at


async def test_an_expired_session_is_not_open(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await open_session(auth, account)

    for policy in (replace(POLICY, idle=timedelta(0)), replace(POLICY, absolute=timedelta(0))):
        assert (
            await auth.open_sessions(account.id, policy, before=UUID(int=2**128 - 1), limit=2) == []
        )


async def test_expired_sessions_are_deleted_in_batches(auth: AuthRepository) -> None:
    account = await add_account(auth)
    opened = [await open_session(auth, account) for _ in range(3)]
    all_expired = replace(POLICY, absolute=timedelta(0), access=timedelta(0))
    access_not_expired = replace(POLICY, absolute=timedelta(0))

    kept = [
        await auth.delete_expired_sessions(policy, limit=10)
        for policy in (POLICY, access_not_expired)
    ]
    deleted = [await auth.delete_expired_sessions(all_expired, limit=2) for _ in range(3)]

    assert kept == [0, 0]
    assert deleted == [2, 1, 0]
    assert [await auth.lock_session(session) for session in opened] == [None] * 3


def allowance(name: str = "ada", attempts: int = 2, minutes: float = 15) -> Allowance:
    return Allowance.of("test", name, attempts=attempts, window=timedelta(minutes=minutes))


async def draw(auth: AuthRepository, *allowances: Allowance) -> timedelta | None:
    """Return how long to wait; ``None`` if the attempt is allowed."""
    drawn = await auth.draw(allowances)
    return max(drawn.used_up.values(), default=None)


async def test_a_used_up_allowance_returns_how_long_to_wait(auth: AuthRepository) -> None:
    waits = [await draw(auth, allowance()) for _ in range(3)]

    assert waits[:2] == [None, None]
    assert waits[2] is not None
    assert timedelta(minutes=14) < waits[2] <= timedelta(minutes=15)
    assert await draw(auth, allowance("bob")) is None


async def test_each_of_several_allowances_has_its_own_wait(auth: AuthRepository) -> None:
    short, long = allowance("a", 1, minutes=1), allowance("b", 1, minutes=60)
    await auth.draw([short, long])

    drawn = await auth.draw([short, long, allowance("c")])

    assert set(drawn.used_up) == {short.key, long.key}
    assert drawn.used_up[short.key] <= timedelta(minutes=1)
    assert drawn.used_up[long.key] > timedelta(minutes=59)


async def test_a_refused_attempt_is_counted_by_no_allowance(auth: AuthRepository) -> None:
    used_up, other = allowance("a", 1), allowance("b", 1)
    await auth.draw([used_up])

    drawn = [await auth.draw([used_up, other]) for _ in range(3)]

    assert not any(draw.was_counted for draw in drawn)
    assert (await auth.draw([other])).was_counted
    assert await draw(auth, other) is not None


async def test_an_allowance_that_is_never_used_up_still_counts(
    auth: AuthRepository,
) -> None:
    for _ in range(3):
        assert await draw(auth, allowance().never_used_up()) is None

    assert await draw(auth, allowance()) is not None


async def test_an_expired_window_starts_anew(auth: AuthRepository) -> None:
    passed = allowance(minutes=-1)

    assert [await draw(auth, passed) for _ in range(4)] == [None] * 4


async def test_an_attempt_can_be_given_back(auth: AuthRepository) -> None:
    one, other = allowance("a"), allowance("b")
    for _ in range(2):
        await auth.draw([one, other])

    await auth.give_back([one], whole=[other])

    assert await draw(auth, one) is None
    assert await draw(auth, one) is not None
    assert [await draw(auth, other) for _ in range(2)] == [None, None]
    assert await draw(auth, other) is not None


async def test_an_allowance_starts_anew_when_its_only_attempt_is_given_back(
    auth: AuthRepository,
) -> None:
    await auth.draw([allowance(attempts=1, minutes=60)])

    await auth.give_back([allowance()])
    await auth.give_back([allowance()])

    assert await draw(auth, allowance(attempts=1, minutes=1)) is None
    wait = await draw(auth, allowance(attempts=1))
    assert wait is not None
    assert wait <= timedelta(minutes=1)


async def test_links_of_one_purpose_end_together(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob@example.com")
    reset, verify, others = (
        OneTimeToken.new(purpose)
        for purpose in (Purpose.RESET_PASSWORD, Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD)
    )
    for account, token in ((ada, reset), (ada, verify), (bob, others)):
        await auth.put_one_time_token(account, token)

    await auth.end_one_time_tokens(ada.id, Purpose.RESET_PASSWORD)
    await auth.end_one_time_tokens(new_id(), Purpose.RESET_PASSWORD)

    assert await auth.account_of_token(reset.digest, reset.purpose) is None
    assert await auth.account_of_token(verify.digest, verify.purpose) == ada
    assert await auth.account_of_token(others.digest, others.purpose) == bob


async def test_a_password_is_replaced(auth: AuthRepository) -> None:
    account = await add_account(auth)

    await auth.replace_password_hash(account.id, "another hash")

    assert await auth.account_by_id(account.id) == replace(account, password_hash="another hash")


async def test_a_password_is_removed_once_if_its_holder_never_verified_the_email(
    auth: AuthRepository,
) -> None:
    account = await add_account(auth)
    await auth.confirm_email(account.id, by_holder=False)

    for expected in (True, None):
        assert await auth.hand_over(account.id) is expected
    changed = await auth.account_by_id(account.id)
    assert changed is not None
    assert changed.password_hash is None


async def test_a_password_stays_if_its_holder_verified_the_email(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await auth.confirm_email(account.id, by_holder=False)
    await auth.confirm_email(account.id, by_holder=True)

    assert await auth.hand_over(account.id) is None
    kept = await auth.account_by_id(account.id)
    assert kept is not None
    assert kept.password_hash == account.password_hash


async def test_an_account_without_a_password_is_handed_over_once_unless_created_verified(
    auth: AuthRepository,
) -> None:
    claimed = AccountDraft(new_id(), "claimed@example.com", None, "Ada")
    verified = AccountDraft(new_id(), "verified@example.com", None, "Ada", email_verified=True)
    await auth.add_accounts([claimed, verified])

    assert await auth.hand_over(claimed.id) is False
    assert await auth.hand_over(claimed.id) is None
    assert await auth.hand_over(verified.id) is None


async def test_an_email_is_confirmed_once(auth: AuthRepository) -> None:
    account = await add_account(auth)

    for expected in (True, False):
        assert await auth.confirm_email(account.id, by_holder=False) is expected
    assert not await auth.confirm_email(new_id(), by_holder=True)
    confirmed = await auth.account_by_id(account.id)
    assert confirmed is not None
    assert confirmed.email_verified_at is not None


async def test_a_one_time_token_is_found_until_it_is_used(auth: AuthRepository) -> None:
    account, token = await add_account(auth), OneTimeToken.new(Purpose.RESET_PASSWORD)

    assert await auth.put_one_time_token(account, token)

    assert await auth.account_of_token(token.digest, token.purpose) == account
    assert await auth.use_one_time_token(token.digest, token.purpose) == account.id
    assert await auth.use_one_time_token(token.digest, token.purpose) is None
    assert await auth.account_of_token(token.digest, token.purpose) is None


async def test_a_one_time_token_serves_its_purpose_only(auth: AuthRepository) -> None:
    account, token = await add_account(auth), OneTimeToken.new(Purpose.VERIFY_EMAIL)
    await auth.put_one_time_token(account, token)

    assert await auth.account_of_token(token.digest, Purpose.RESET_PASSWORD) is None
    assert await auth.use_one_time_token(token.digest, Purpose.RESET_PASSWORD) is None


async def test_a_one_time_token_ends_the_earlier_one_of_its_purpose(auth: AuthRepository) -> None:
    account = await add_account(auth)
    verify, first, second = (
        OneTimeToken.new(purpose)
        for purpose in (Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD, Purpose.RESET_PASSWORD)
    )
    for token in (verify, first, second):
        await auth.put_one_time_token(account, token)

    assert await auth.account_of_token(first.digest, first.purpose) is None
    assert await auth.account_of_token(second.digest, second.purpose) == account
    assert await auth.account_of_token(verify.digest, verify.purpose) == account


async def test_a_one_time_token_needs_an_account_and_its_current_email(
    auth: AuthRepository,
) -> None:
    account, token = await add_account(auth), OneTimeToken.new(Purpose.VERIFY_EMAIL)

    for other in (replace(account, id=new_id()), replace(account, email="earlier@example.com")):
        assert not await auth.put_one_time_token(other, token)
    assert await auth.account_of_token(token.digest, token.purpose) is None


async def test_an_account_may_have_no_password_and_a_verified_email(auth: AuthRepository) -> None:
    draft = AccountDraft(new_id(), "a@example.com", None, "Ada", email_verified=True)
    [account] = await auth.add_accounts([draft])

    assert account is not None
    assert account.password_hash is None
    assert account.email_verified_at is not None
    assert await auth.add_session(new_id(), account, b"salt", DEVICE, POLICY) == []
    assert await auth.set_password_hash(account, "hash")
    assert await auth.add_session(new_id(), account, b"salt", DEVICE, POLICY) is None


async def test_no_session_opens_with_a_role_that_was_changed(auth: AuthRepository) -> None:
    account = await add_account(auth)

    assert (
        await auth.add_session(new_id(), replace(account, role="admin"), b"salt", DEVICE, POLICY)
        is None
    )


async def test_a_session_that_is_vouched_for_is_not_idle(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account, b"salt", DEVICE, POLICY)
    before = await auth.lock_session(session_id)

    await auth.vouch_for_session(session_id)
    after = await auth.lock_session(session_id)

    assert before is not None
    assert after is not None
    assert after.rotated_at > before.rotated_at
    assert after.generation == before.generation


async def test_active_admins_are_found_by_role_and_status(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob@example.com")

    await auth.change_account(replace(bob, role="admin", is_active=False))
    assert not await auth.active_admin_exists()
    await auth.change_account(replace(ada, role="admin"))

    assert await auth.active_admin_exists()
    assert await auth.lock_active_admins() == [ada.id]
    assert await auth.lock_account(bob.id) == replace(bob, role="admin", is_active=False)


async def test_an_account_is_deleted_with_its_sessions_and_links(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob@example.com")
    theirs, other = await open_session(auth, ada), await open_session(auth, bob)
    token = OneTimeToken.new(Purpose.VERIFY_EMAIL)
    await auth.put_one_time_token(ada, token)

    await auth.delete_account(ada.id)

    assert await auth.account_by_id(ada.id) is None
    assert await auth.lock_account(ada.id) is None
    assert await auth.lock_session(theirs) is None
    assert await auth.lock_session(other) is not None
    assert await auth.use_one_time_token(token.digest, Purpose.VERIFY_EMAIL) is None


async def test_a_session_over_the_limit_ends_the_least_recently_used_one(
    auth: AuthRepository,
) -> None:
    account, other = await add_account(auth), await add_account(auth, "b@example.com")
    elsewhere = await open_session(auth, other)
    first, second, third = [await open_session(auth, account) for _ in range(3)]
    await auth.vouch_for_session(first)
    limited, newest = replace(POLICY, most=3), new_id()

    ended = await auth.add_session(newest, account, b"salt", DEVICE, limited)

    assert ended == [second]
    assert await auth.is_revoked(second)
    left = await auth.open_sessions(account.id, POLICY, before=UUID(int=2**128 - 1), limit=9)
    assert [session.id for session in left] == [newest, third, first]
    untouched = await auth.lock_session(elsewhere)
    assert untouched is not None
    assert untouched.ended_at is None


async def test_a_refused_session_ends_no_other(auth: AuthRepository) -> None:
    account = await add_account(auth)
    session_id = await open_session(auth, account)
    changed, limited = replace(account, password_hash="another"), replace(POLICY, most=1)

    assert await auth.add_session(new_id(), changed, b"salt", DEVICE, limited) is None

    session = await auth.lock_session(session_id)
    assert session is not None
    assert session.ended_at is None


async def test_a_lowered_limit_ends_all_sessions_over_it(auth: AuthRepository) -> None:
    account = await add_account(auth)
    earlier = [await open_session(auth, account) for _ in range(5)]

    ended = await auth.add_session(new_id(), account, b"salt", DEVICE, replace(POLICY, most=1))

    assert sorted(ended or []) == sorted(earlier)


async def test_ended_sessions_are_kept_up_to_ten_times_the_limit(
    auth: AuthRepository,
) -> None:
    account, one = await add_account(auth), replace(POLICY, most=1)
    opened = [new_id() for _ in range(15)]
    for session_id in opened:
        assert await auth.add_session(session_id, account, b"salt", DEVICE, one) is not None

    kept = [session for session in opened if await auth.lock_session(session) is not None]

    assert len(kept) <= 12
    assert kept[-11:] == opened[-11:]
