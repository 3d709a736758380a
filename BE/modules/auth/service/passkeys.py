from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import UnauthorizedError
from BE.core.types import new_id
from BE.modules.auth.events import PasskeyAdded, PasskeyRemoved
from BE.modules.auth.exceptions import (
    PasskeyNotFound,
    PasskeyTaken,
    TooManyPasskeys,
    UnusablePasskey,
)
from BE.modules.auth.models import Account, Challenge, ChallengePurpose, NewPasskey, Passkey
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.relying_party import ForgedCredentialError, RelyingParty

_MOST = 20
_NAME = "Passkey"


class PasskeyService:
    """The passkeys of an account, for their owner."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        relying_party: RelyingParty,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._relying_party = relying_party

    async def creation_options(self, account_id: UUID) -> dict[str, Any]:
        """The options for a browser to make a passkey for the account."""
        account = self._require_active(await self._repository.account_by_id(account_id))
        registered = await self._repository.passkeys_of(account_id)
        challenge = Challenge.new(ChallengePurpose.PASSKEY_CREATION)
        await self._repository.add_challenge(challenge, account_id)
        return self._relying_party.creation_options(challenge.secret, account, registered)

    async def add(self, account_id: UUID, answer: dict[str, Any], name: str | None) -> Passkey:
        """Store the passkey that a browser has made; the default ``name`` is its maker's.

        Raises :class:`UnusablePasskey`, :class:`PasskeyTaken` and :class:`TooManyPasskeys`.
        """
        new = await self._verify(account_id, answer)
        async with self._db.transaction():
            self._require_active(await self._repository.lock_account(account_id))
            if len(await self._repository.passkeys_of(account_id)) >= _MOST:
                raise TooManyPasskeys
            passkey = await self._repository.add_passkey(
                new_id(), account_id, new, name or new.maker or _NAME
            )
            if passkey is None:
                raise PasskeyTaken
            await self._events.publish(PasskeyAdded(user_id=account_id, passkey_id=passkey.id))
        return passkey

    async def list(self, account_id: UUID) -> list[Passkey]:
        """The oldest first."""
        return await self._repository.passkeys_of(account_id)

    async def rename(self, account_id: UUID, passkey_id: UUID, name: str) -> Passkey:
        """Raises :class:`PasskeyNotFound`, also for a passkey of another user."""
        passkey = await self._repository.rename_passkey(account_id, passkey_id, name)
        if passkey is None:
            raise PasskeyNotFound
        return passkey

    async def remove_unproven(self, account_id: UUID) -> None:
        """Remove passkeys whose owner never proved to read the account's mail.

        Runs in the ambient transaction, which leaves the account to the reader of its mail.
        """
        removed = await self._repository.delete_unproven_passkeys(account_id)
        await self._publish_removed(account_id, removed)

    async def remove_since(self, account_id: UUID, since: datetime) -> None:
        """Remove passkeys that were added since then, in the ambient transaction."""
        removed = await self._repository.delete_passkeys_since(account_id, since)
        await self._publish_removed(account_id, removed)

    async def _publish_removed(self, account_id: UUID, passkey_ids: Sequence[UUID]) -> None:
        await self._events.publish(
            *(PasskeyRemoved(user_id=account_id, passkey_id=removed) for removed in passkey_ids)
        )

    async def _verify(self, account_id: UUID, answer: dict[str, Any]) -> NewPasskey:
        """Uses up the challenge, whatever the result. Raises :class:`UnusablePasskey`."""
        try:
            secret = self._relying_party.challenge_of(answer)
            challenge = Challenge(secret, ChallengePurpose.PASSKEY_CREATION)
            challenged = await self._repository.use_challenge(challenge)
            if challenged is None or challenged.account_id != account_id:
                raise UnusablePasskey
            return self._relying_party.verify_creation(answer, secret)
        except ForgedCredentialError:
            raise UnusablePasskey from None

    def _require_active(self, account: Account | None) -> Account:
        if account is None or not account.is_active:
            raise UnauthorizedError
        return account
