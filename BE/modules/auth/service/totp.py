from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import UnauthorizedError
from BE.core.product import NAME
from BE.core.security.principals import Principal
from BE.modules.auth.events import (
    RecoveryCodesReplaced,
    SecondFactorDisabled,
    SecondFactorEnabled,
)
from BE.modules.auth.exceptions import (
    AccountNotFound,
    SecondFactorIsOn,
    SecondFactorMissing,
    WrongCode,
)
from BE.modules.auth.models import (
    Proof,
    TotpSecret,
    TotpState,
    new_recovery_codes,
    recovery_code_digest,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.totp_secrets import TotpSecrets
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.step_up import StepUpService


class TotpService:
    """Turns sign-in in two steps on and off."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        totp_secrets: TotpSecrets,
        second_factors: SecondFactors,
        step_ups: StepUpService,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._totp_secrets = totp_secrets
        self._second_factors = second_factors
        self._step_ups = step_ups

    async def state(self, account_id: UUID) -> TotpState:
        totp = await self._repository.totp_of(account_id)
        left = await self._repository.count_recovery_codes(account_id)
        return TotpState(totp.confirmed_at if totp else None, left)

    async def begin(self, caller: Principal, password: str | None) -> tuple[str, str]:
        """Return the secret for the caller's app, as text and as the URI of its QR code.

        Raises :class:`SecondFactorIsOn`, and what :meth:`StepUpService.prove` raises.
        """
        await self._step_ups.prove(caller, Proof(password=password))
        account = await self._repository.account_by_id(caller.user_id)
        if account is None:
            raise UnauthorizedError
        secret = TotpSecret.new()
        if not await self._repository.put_totp(
            account.id, self._totp_secrets.seal(account.id, secret)
        ):
            raise SecondFactorIsOn
        return secret.text, secret.uri(account.email, NAME)

    async def confirm(self, caller: Principal, code: str) -> list[str]:
        """Turn it on with the first code of the app, and return the recovery codes.

        Raises :class:`SecondFactorMissing` if nothing was begun, :class:`SecondFactorIsOn` and
        :class:`WrongCode`.
        """
        account_id = caller.user_id
        async with self._db.transaction():
            await self._repository.lock_account(account_id)
            totp = await self._repository.totp_of(account_id)
            if totp is None:
                raise SecondFactorMissing
            if totp.confirmed_at is not None:
                raise SecondFactorIsOn
            if not await self._second_factors.use_totp_code(account_id, totp, code):
                raise WrongCode("code")
            await self._repository.confirm_totp(account_id)
            codes = await self._replace_codes(account_id)
            await self._events.publish(SecondFactorEnabled(user_id=account_id))
        return codes

    async def replace_recovery_codes(self, caller: Principal, proof: Proof) -> list[str]:
        """Raises :class:`SecondFactorMissing`, and what :meth:`StepUpService.prove` raises."""
        await self._step_ups.prove(caller, proof)
        account_id = caller.user_id
        async with self._db.transaction():
            await self._repository.lock_account(account_id)
            totp = await self._repository.totp_of(account_id)
            if totp is None or totp.confirmed_at is None:
                raise SecondFactorMissing
            codes = await self._replace_codes(account_id)
            await self._events.publish(RecoveryCodesReplaced(user_id=account_id))
        return codes

    async def turn_off(self, caller: Principal, proof: Proof) -> None:
        """Raises :class:`SecondFactorMissing`, and what :meth:`StepUpService.prove` raises."""
        await self._step_ups.prove(caller, proof)
        await self._remove(caller.user_id, by_operator=False)

    async def remove_lost(self, email: str) -> None:
        """Remove the second factor of a user who cannot use it any more.

        Raises :class:`AccountNotFound` and :class:`SecondFactorMissing`.
        """
        account = await self._repository.account_by_email(email)
        if account is None:
            raise AccountNotFound
        await self._remove(account.id, by_operator=True)

    async def _remove(self, account_id: UUID, *, by_operator: bool) -> None:
        async with self._db.transaction():
            await self._repository.lock_account(account_id)
            if not await self._repository.remove_totp(account_id):
                raise SecondFactorMissing
            await self._repository.end_challenges(account_id)
            await self._events.publish(
                SecondFactorDisabled(user_id=account_id, by_operator=by_operator)
            )

    async def _replace_codes(self, account_id: UUID) -> list[str]:
        codes = new_recovery_codes()
        digests = [recovery_code_digest(code) for code in codes]
        await self._repository.replace_recovery_codes(account_id, digests)
        return codes
