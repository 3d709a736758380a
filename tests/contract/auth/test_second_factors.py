"""Authenticator apps and recovery codes, in memory and in PostgreSQL."""

from uuid import UUID

from BE.core.types import new_id
from BE.modules.auth.models import Account, AccountDraft
from BE.modules.auth.repository import AuthRepository


async def add_account(auth: AuthRepository) -> Account:
    [account] = await auth.add_accounts([AccountDraft(new_id(), "ada@example.com", "hash", "Ada")])
    return account


async def turn_on(auth: AuthRepository, account: Account) -> None:
    await auth.put_totp(account.id, b"sealed")
    await auth.confirm_totp(account.id)
    await auth.replace_recovery_codes(account.id, [b"one", b"two"])


async def test_an_app_counts_once_it_is_confirmed(auth: AuthRepository) -> None:
    account = await add_account(auth)

    assert await auth.totp_of(account.id) is None
    assert await auth.put_totp(account.id, b"first")
    assert await auth.put_totp(account.id, b"second")
    unconfirmed = await auth.account_by_id(account.id)
    await auth.confirm_totp(account.id)
    confirmed = await auth.account_by_email(account.email)

    assert unconfirmed is not None
    assert confirmed is not None
    assert (unconfirmed.has_second_factor, confirmed.has_second_factor) == (False, True)
    totp = await auth.totp_of(account.id)
    assert totp is not None
    assert (totp.sealed_secret, totp.used_step) == (b"second", 0)
    assert totp.confirmed_at is not None


async def test_an_app_in_use_is_not_replaced(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)

    assert not await auth.put_totp(account.id, b"another")


async def test_a_step_is_used_once_and_no_earlier_step_after_it(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)
    totp = await auth.totp_of(account.id)
    assert totp is not None

    used = [await auth.use_totp_step(account.id, totp, step) for step in (7, 7, 6, 8)]

    assert used == [True, False, False, True]


async def test_a_secret_under_another_key_is_the_same_app(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)
    before = await auth.totp_of(account.id)
    assert before is not None

    await auth.reseal_totp(account.id, b"another", b"lost")
    await auth.reseal_totp(account.id, b"sealed", b"resealed")

    after = await auth.totp_of(account.id)
    assert after is not None
    assert (after.sealed_secret, after.confirmed_at) == (b"resealed", before.confirmed_at)
    assert not await auth.use_totp_step(account.id, before, 7)


async def test_secrets_under_another_key_are_found_in_pages(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)
    start = UUID(int=0)

    found = await auth.totps_sealed_otherwise(b"new:", after=start, limit=10)

    assert found == [(account.id, b"sealed")]
    assert await auth.totps_sealed_otherwise(b"new:", after=account.id, limit=10) == []
    assert await auth.totps_sealed_otherwise(b"sea", after=start, limit=10) == []


async def test_a_recovery_code_is_used_once(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)

    used = [await auth.use_recovery_code(account.id, digest) for digest in (b"one", b"one", b"?")]

    assert used == [True, False, False]
    assert await auth.count_recovery_codes(account.id) == 1


async def test_new_recovery_codes_replace_the_earlier_ones(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)

    await auth.replace_recovery_codes(account.id, [b"three"])

    assert await auth.count_recovery_codes(account.id) == 1
    assert not await auth.use_recovery_code(account.id, b"one")


async def test_an_app_is_removed_with_its_recovery_codes(auth: AuthRepository) -> None:
    account = await add_account(auth)
    await turn_on(auth, account)

    assert await auth.remove_totp(account.id)
    assert not await auth.remove_totp(account.id)
    assert await auth.count_recovery_codes(account.id) == 0
    assert await auth.account_by_id(account.id) == account


async def test_removing_an_unconfirmed_app_reports_that_none_was_in_use(
    auth: AuthRepository,
) -> None:
    account = await add_account(auth)
    await auth.put_totp(account.id, b"sealed")

    assert not await auth.remove_totp(account.id)
