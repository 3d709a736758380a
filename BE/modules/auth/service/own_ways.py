from uuid import UUID

from BE.core.events import EventBus
from BE.modules.auth.events import PasskeyRemoved, PasswordDropped
from BE.modules.auth.models import OwnWay
from BE.modules.auth.repository import AuthRepository


class OwnWayService:
    """The ways to sign in without another issuer, for the context that combines all ways."""

    def __init__(self, repository: AuthRepository, events: EventBus) -> None:
        self._repository = repository
        self._events = events

    async def lock(self, account_id: UUID) -> None:
        """Make others who add or remove a way to sign in wait until the transaction ends."""
        await self._repository.lock_account(account_id)

    async def ways_of(self, account_id: UUID) -> list[OwnWay]:
        account = await self._repository.account_by_id(account_id)
        has_password = account is not None and account.password_hash is not None
        passkeys = await self._repository.passkeys_of(account_id)
        return [
            # an account has one password, which has the account's id
            *([OwnWay(account_id, "password")] if has_password else ()),
            *(
                OwnWay(
                    passkey.id, "passkey", passkey.name, passkey.created_at, passkey.last_used_at
                )
                for passkey in passkeys
            ),
        ]

    async def remove(self, account_id: UUID, way_id: UUID) -> None:
        """Remove one of :meth:`ways_of`, in the ambient transaction."""
        if way_id == account_id:
            await self._repository.remove_password(account_id)
            await self._events.publish(PasswordDropped(user_id=account_id))
        elif await self._repository.delete_passkey(account_id, way_id):
            await self._events.publish(PasskeyRemoved(user_id=account_id, passkey_id=way_id))
