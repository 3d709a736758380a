from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.types import new_id
from BE.modules.identities.models import Identity
from BE.modules.identities.repository import IdentityRepository

ISSUER = "https://app.example.com"
NOW = datetime.now(UTC)


async def add(
    identities: IdentityRepository,
    subject: str,
    account_id: UUID | None = None,
    *,
    is_proven: bool = False,
    since: datetime = NOW,
) -> Identity | None:
    return await identities.add(
        new_id(), ISSUER, subject, account_id or new_id(), is_proven=is_proven, since=since
    )


async def test_a_subject_is_found_by_its_issuer_and_its_exact_case(
    identities: IdentityRepository,
) -> None:
    ada = await add(identities, "ada")

    assert ada is not None
    assert await identities.lock(ISSUER, "ada") == ada
    assert await identities.lock(ISSUER, "Ada") is None
    assert await identities.lock("https://another.example.com", "ada") is None


async def test_the_account_of_a_subject_is_found(identities: IdentityRepository) -> None:
    ada = await add(identities, "ada")
    assert ada is not None

    assert await identities.account_of(ISSUER, "ada") == ada.account_id
    await identities.unlink(ada.id)
    assert await identities.account_of(ISSUER, "ada") is None
    assert await identities.account_of(ISSUER, "bob") is None


async def test_a_subject_has_one_account(identities: IdentityRepository) -> None:
    ada = await add(identities, "ada")

    assert await add(identities, "ada") is None
    assert await identities.lock(ISSUER, "ada") == ada


async def test_an_account_may_have_several_subjects(identities: IdentityRepository) -> None:
    account_id = new_id()

    assert await add(identities, "ada", account_id)
    assert await add(identities, "countess", account_id)


async def test_session_and_proof_are_stored(identities: IdentityRepository) -> None:
    ada, bob = await add(identities, "ada"), await add(identities, "bob")
    assert ada is not None

    kept = replace(ada, session_id=new_id(), is_proven=True)
    await identities.keep(kept)

    assert await identities.lock(ISSUER, "ada") == kept
    assert await identities.lock(ISSUER, "bob") == bob


async def test_a_released_subject_gets_an_account_only_by_a_later_token(
    identities: IdentityRepository,
) -> None:
    account_id, before = new_id(), datetime.now(UTC) - timedelta(seconds=5)
    await add(identities, "ada", account_id)
    other = await add(identities, "bob")

    await identities.release(account_id)

    assert await identities.lock(ISSUER, "ada") is None
    assert await identities.lock(ISSUER, "bob") == other
    assert await add(identities, "ada", since=before) is None
    again = await add(identities, "ada", since=datetime.now(UTC) + timedelta(seconds=5))
    assert again is not None
    assert again.session_id is None
    assert await identities.lock(ISSUER, "ada") == again


async def test_a_release_can_leave_proven_identities(identities: IdentityRepository) -> None:
    account_id = new_id()
    await add(identities, "claims", account_id)
    proven = await add(identities, "proves", account_id, is_proven=True)

    await identities.release(account_id, but_proven=True)

    assert await identities.lock(ISSUER, "claims") is None
    assert await identities.lock(ISSUER, "proves") == proven
