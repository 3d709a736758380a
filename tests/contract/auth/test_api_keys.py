"""API keys, in memory and in PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.types import new_id
from BE.modules.auth.models import Account, AccountDraft, ApiKey, ApiKeyText
from BE.modules.auth.repository import AuthRepository

LAST = UUID(int=2**128 - 1)
ACCESS = timedelta(minutes=15)


async def add_account(auth: AuthRepository, email: str = "ada@example.com") -> Account:
    [account] = await auth.add_accounts([AccountDraft(new_id(), email, "hash", "Ada")])
    return account


async def add_key(
    auth: AuthRepository,
    account: Account,
    text: ApiKeyText | None = None,
    *,
    life: timedelta = timedelta(days=1),
    most: int = 50,
) -> ApiKey | None:
    return await auth.add_api_key(
        new_id(),
        account.id,
        text or ApiKeyText.new(),
        name="nightly report",
        scopes=["tasks:read", "tasks:write"],
        expires_at=datetime.now(UTC) + life,
        most=most,
    )


async def test_a_key_is_found_by_its_digest_and_its_use_is_recorded_by_the_hour(
    auth: AuthRepository,
) -> None:
    account, text = await add_account(auth), ApiKeyText.new()
    added = await add_key(auth, account, text)

    used = await auth.use_api_key(text.digest)
    again = await auth.use_api_key(text.digest)
    [listed] = await auth.api_keys(account.id, before=LAST, limit=10)

    assert added is not None
    assert used is not None
    assert again is not None
    assert (used.id, used.account_id, used.role) == (added.id, account.id, "user")
    assert used.scopes == ["tasks:read", "tasks:write"]
    assert not used.has_expired
    assert (added.last_used_at, listed.starts_with) == (None, text.text[:8])
    hours = {moment.replace(minute=0, second=0, microsecond=0) for moment in (used.now, again.now)}
    assert listed.last_used_at in hours


async def test_an_unknown_digest_finds_no_key(auth: AuthRepository) -> None:
    await add_key(auth, await add_account(auth))

    assert await auth.use_api_key(ApiKeyText.new().digest) is None


async def test_an_expired_key_is_found_and_not_used(auth: AuthRepository) -> None:
    account, text = await add_account(auth), ApiKeyText.new()
    await add_key(auth, account, text, life=-timedelta(seconds=1))

    used = await auth.use_api_key(text.digest)
    [listed] = await auth.api_keys(account.id, before=LAST, limit=10)

    assert used is not None
    assert used.has_expired
    assert listed.last_used_at is None


async def test_the_key_of_an_inactive_account_is_not_found(auth: AuthRepository) -> None:
    account, text = await add_account(auth), ApiKeyText.new()
    await add_key(auth, account, text)
    account.is_active = False  # type: ignore[misc]
    await auth.change_account(account)

    assert await auth.use_api_key(text.digest) is None


async def test_an_account_has_no_more_keys_than_the_limit(auth: AuthRepository) -> None:
    account, other = await add_account(auth), await add_account(auth, "bob@example.com")

    added = [await add_key(auth, account, most=2) is not None for _ in range(3)]

    assert added == [True, True, False]
    assert await add_key(auth, other, most=2)


async def test_an_account_lists_only_its_own_keys_newest_first(auth: AuthRepository) -> None:
    account, other = await add_account(auth), await add_account(auth, "bob@example.com")
    keys = [await add_key(auth, account) for _ in range(3)]
    await add_key(auth, other)

    first = await auth.api_keys(account.id, before=LAST, limit=2)
    rest = await auth.api_keys(account.id, before=first[-1].id, limit=2)

    assert [*first, *rest] == keys[::-1]


async def test_one_key_or_all_keys_of_an_account_end(auth: AuthRepository) -> None:
    account, other = await add_account(auth), await add_account(auth, "bob@example.com")
    keys = [key.id for _ in range(3) if (key := await add_key(auth, account))]
    foreign = await add_key(auth, other)
    assert foreign is not None

    foreign_ended = await auth.end_api_keys(account.id, only=foreign.id, remembered=ACCESS)
    one_ended = await auth.end_api_keys(account.id, only=keys[0], remembered=ACCESS)
    others_ended = await auth.end_api_keys(account.id, remembered=ACCESS)

    assert (foreign_ended, one_ended, sorted(others_ended)) == ([], keys[:1], keys[1:])
    assert set(await auth.revoked_sessions(None)) == set(keys)
    assert await auth.api_keys(other.id, before=LAST, limit=10) == [foreign]


async def test_keys_that_expired_long_ago_are_deleted(auth: AuthRepository) -> None:
    account = await add_account(auth)
    for days in (-40, -31, -29, 1):
        await add_key(auth, account, life=timedelta(days=days))

    deleted = [await auth.delete_expired_api_keys(timedelta(days=30), limit=1) for _ in range(3)]

    assert deleted == [1, 1, 0]
    assert len(await auth.api_keys(account.id, before=LAST, limit=10)) == 2
