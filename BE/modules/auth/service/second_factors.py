import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.modules.auth.events import RecoveryCodeUsed, SecondFactorDisabled
from BE.modules.auth.models import (
    Account,
    Challenge,
    ChallengePurpose,
    Totp,
    is_totp_code,
    recovery_code_digest,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.totp_secrets import TotpSecrets

_AT_ONCE = 1000


class SecondFactors:
    """Verifies codes, and uses each up once.

    The caller must have locked the account in the ambient transaction.
    """

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        totp_secrets: TotpSecrets,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._totp_secrets = totp_secrets
        self._clock = clock

    async def challenge(self, account: Account) -> Challenge | None:
        """A challenge for a user who has proved the first factor of ``account``.

        ``None`` if the account is no longer as given.
        """
        challenge = Challenge.new(ChallengePurpose.SECOND_FACTOR)
        async with self._db.transaction():
            if await self._repository.lock_account(account.id) != account:
                return None
            await self._repository.add_challenge(challenge, account.id)
        return challenge

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Reseal secrets of former keys, so that those keys may leave the ring."""
        after = UUID(int=0)
        while found := await self._repository.totps_sealed_otherwise(
            self._totp_secrets.prefix, after=after, limit=_AT_ONCE
        ):
            for account_id, sealed in found:
                secret = self._totp_secrets.open(account_id, sealed)
                if secret is not None:
                    anew = self._totp_secrets.seal(account_id, secret)
                    await self._repository.reseal_totp(account_id, sealed, anew)
            after = found[-1][0]

    async def remove_unproven(self, account_id: UUID) -> None:
        """Remove an app whose owner never proved to read the account's mail.

        Runs in the ambient transaction, which leaves the account to the reader of its mail.
        """
        if await self._repository.remove_unproven_totp(account_id):
            await self._events.publish(SecondFactorDisabled(user_id=account_id, by_operator=False))

    async def remove_since(self, account_id: UUID, since: datetime) -> None:
        """Remove an app that was set up since then, in the ambient transaction."""
        if await self._repository.remove_totp_since(account_id, since):
            await self._events.publish(SecondFactorDisabled(user_id=account_id, by_operator=False))

    async def use_code(self, account_id: UUID, code: str) -> bool:
        """Use a code of the app in use, or a recovery code; ``False`` if it is wrong or used."""
        totp = await self._repository.totp_of(account_id)
        if totp is None or totp.confirmed_at is None:
            return False
        if is_totp_code(code):
            return await self.use_totp_code(account_id, totp, code)
        if not await self._repository.use_recovery_code(account_id, recovery_code_digest(code)):
            return False
        left = await self._repository.count_recovery_codes(account_id)
        await self._events.publish(RecoveryCodeUsed(user_id=account_id, left=left))
        return True

    async def use_totp_code(self, account_id: UUID, totp: Totp, code: str) -> bool:
        """Use a code of this app; ``False`` if it is wrong or its step was used."""
        secret = self._totp_secrets.open(account_id, totp.sealed_secret)
        step = secret.step_of(code, self._clock()) if secret else None
        if secret is None or step is None:
            return False
        return await self._repository.use_totp_step(account_id, totp, step)
