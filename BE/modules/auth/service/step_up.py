from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded, StepUpRequired
from BE.modules.auth.exceptions import WrongCode
from BE.modules.auth.models import ChallengePurpose, Proof, SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import session_allowances
from BE.modules.auth.service.passkey_proofs import PasskeyProofService
from BE.modules.auth.service.passwords import PasswordService
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.throttle import Throttle


class StepUpService:
    """Makes people prove their identity once more, before the first things a thief would do."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        passwords: PasswordService,
        second_factors: SecondFactors,
        passkeys: PasskeyProofService,
        throttle: Throttle,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._db = database
        self._repository = repository
        self._passwords = passwords
        self._second_factors = second_factors
        self._passkeys = passkeys
        self._throttle = throttle
        self._policy = policy

    async def require_fresh(self, session_id: UUID) -> None:
        """Raises :class:`StepUpRequired` if the session's last proof is too old.

        Raises :class:`SessionEnded` for a session whose end this process has not noticed yet.
        """
        is_fresh = await self._repository.is_fresh(session_id, self._policy)
        if is_fresh is None:
            raise SessionEnded
        if not is_fresh:
            raise StepUpRequired

    async def passkey_options(self, caller: Principal) -> dict[str, Any]:
        """The options for a browser to request a passkey of the caller."""
        return await self._passkeys.request_options(
            caller.user_id, ChallengePurpose.PASSKEY_STEP_UP
        )

    async def step_up(self, caller: Principal, proof: Proof) -> None:
        """Make the session fresh. Raises what :meth:`prove` raises."""
        await self.prove(caller, proof)
        await self._repository.prove_session(caller.session_id)

    async def prove(self, caller: Principal, proof: Proof) -> None:
        """Verify a password, a code of the caller's second factor, or a passkey's signature.

        Raises :class:`WrongCode`, :class:`PasskeyRefused`, and what :meth:`PasswordService.prove`
        raises. Guesses at any of them count together, for the session.
        """
        if proof.passkey is None and proof.code is None:
            await self._passwords.prove(caller, proof.password)
            return
        allowances = session_allowances(caller.session_id)
        async with self._throttle.attempt(allowances):
            if proof.passkey is not None:
                await self._passkeys.prove(
                    proof.passkey,
                    expected=caller.user_id,
                    purpose=ChallengePurpose.PASSKEY_STEP_UP,
                )
            else:
                await self._use_code(caller.user_id, proof.code or "")
        await self._throttle.succeeded(allowances)

    async def _use_code(self, account_id: UUID, code: str) -> None:
        """Raises :class:`WrongCode`."""
        async with self._db.transaction():
            await self._repository.lock_account(account_id)
            if not await self._second_factors.use_code(account_id, code):
                raise WrongCode("code")
