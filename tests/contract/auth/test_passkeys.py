"""Passkeys, in memory and in PostgreSQL."""

import secrets

from BE.core.types import new_id
from BE.modules.auth.models import Account, AccountDraft, NewPasskey, Passkey, PasskeyUse
from BE.modules.auth.repository import AuthRepository


async def add_account(auth: AuthRepository, name: str = "ada") -> Account:
    draft = AccountDraft(new_id(), f"{name}@example.com", "hash", name)
    [account] = await auth.add_accounts([draft])
    return account


def new_passkey() -> NewPasskey:
    return NewPasskey(
        credential_id=secrets.token_bytes(32),
        public_key=b"key",
        sign_count=2**32 - 2,
        transports=["hybrid", "internal"],
        maker=None,
        is_synced=False,
    )


async def add(auth: AuthRepository, account: Account, name: str = "Phone") -> Passkey:
    passkey = await auth.add_passkey(new_id(), account.id, new_passkey(), name)
    assert passkey is not None
    return passkey


async def test_a_passkey_is_found_by_its_credential_and_its_account(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob")
    first, second = await add(auth, ada), await add(auth, ada, "Key")
    await add(auth, bob)

    assert await auth.passkeys_of(ada.id) == [first, second]
    assert await auth.passkey_by_credential(second.credential_id) == second
    assert await auth.passkey_by_credential(b"unknown") is None
    assert (first.transports, first.last_used_at) == (["hybrid", "internal"], None)


async def test_a_credential_is_stored_once(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob")
    new = new_passkey()

    assert await auth.add_passkey(new_id(), ada.id, new, "Phone") is not None
    assert await auth.add_passkey(new_id(), bob.id, new, "Phone") is None
    assert await auth.passkeys_of(bob.id) == []


async def test_a_use_is_recorded(auth: AuthRepository) -> None:
    passkey = await add(auth, await add_account(auth))

    await auth.note_use(passkey.id, PasskeyUse(2**32 - 1, is_synced=True))

    used = await auth.passkey_by_credential(passkey.credential_id)
    assert used is not None
    assert (used.sign_count, used.is_synced) == (2**32 - 1, True)
    assert used.last_used_at is not None


async def test_only_the_owner_renames_and_deletes_a_passkey(auth: AuthRepository) -> None:
    ada, bob = await add_account(auth), await add_account(auth, "bob")
    passkey = await add(auth, ada)

    assert await auth.rename_passkey(bob.id, passkey.id, "Mine") is None
    renamed = await auth.rename_passkey(ada.id, passkey.id, "Mine")
    assert renamed is not None
    assert renamed.name == "Mine"
    assert not await auth.delete_passkey(bob.id, passkey.id)
    assert await auth.delete_passkey(ada.id, passkey.id)
    assert await auth.passkeys_of(ada.id) == []


async def test_passkeys_of_an_unproven_holder_are_deleted(auth: AuthRepository) -> None:
    unproven, proven = await add_account(auth), await add_account(auth, "bob")
    removed, kept = await add(auth, unproven), await add(auth, proven)
    await auth.confirm_email(unproven.id, by_holder=False)
    await auth.confirm_email(proven.id, by_holder=True)

    assert await auth.delete_unproven_passkeys(unproven.id) == [removed.id]
    assert await auth.delete_unproven_passkeys(proven.id) == []
    assert await auth.passkeys_of(unproven.id) == []
    assert await auth.passkeys_of(proven.id) == [kept]


async def test_passkeys_are_deleted_with_their_account(auth: AuthRepository) -> None:
    account = await add_account(auth)
    passkey = await add(auth, account)

    await auth.delete_account(account.id)

    assert await auth.passkey_by_credential(passkey.credential_id) is None
