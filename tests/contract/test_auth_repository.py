from BE.core.types import new_id
from BE.modules.auth.models import Account, Device
from BE.modules.auth.repository import AuthRepository

DEVICE = Device(user_agent="browser", ip="198.51.100.7")


async def add_account(auth: AuthRepository, email: str = "Ada@example.com") -> Account:
    account = await auth.add_account(new_id(), email, "hash", "user")
    assert account is not None
    return account


async def test_an_account_is_found_by_id_and_by_email_in_whatever_case(
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

    assert await auth.add_account(second, "ada@EXAMPLE.com", "hash", "user") is None
    assert await auth.account_by_id(second) is None


async def test_nobody_is_found_where_there_is_nobody(auth: AuthRepository) -> None:
    assert await auth.account_by_id(new_id()) is None
    assert await auth.account_by_email("nobody@example.com") is None
    assert await auth.lock_session(new_id()) is None


async def test_a_session_starts_at_generation_zero(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()

    assert await auth.add_session(session_id, account.id, b"salt", DEVICE)
    session = await auth.lock_session(session_id)

    assert session is not None
    assert (session.account_id, session.salt, session.generation) == (account.id, b"salt", 0)
    assert session.ended_at is None
    assert session.account_is_active
    assert session.now >= session.rotated_at >= session.created_at


async def test_no_session_opens_without_an_account(auth: AuthRepository) -> None:
    assert not await auth.add_session(new_id(), new_id(), b"salt", DEVICE)


async def test_a_rotation_moves_the_generation_and_its_time(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account.id, b"salt", DEVICE)
    before = await auth.lock_session(session_id)

    generations = [await auth.rotate_session(session_id) for _ in range(2)]
    after = await auth.lock_session(session_id)

    assert before is not None
    assert after is not None
    assert generations == [1, 2]
    assert after.generation == 2
    assert after.rotated_at > before.rotated_at


async def test_a_session_ends_once(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account.id, b"salt", DEVICE)

    await auth.end_session(session_id)
    first = await auth.lock_session(session_id)
    await auth.end_session(session_id)
    second = await auth.lock_session(session_id)

    assert first is not None
    assert second is not None
    assert first.ended_at is not None
    assert first.ended_at == second.ended_at
