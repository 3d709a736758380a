from uuid import UUID

from BE.core.database.database import Database
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded, StepUpRequired
from BE.modules.auth.exceptions import WrongCode
from BE.modules.auth.models import SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import session_allowances
from BE.modules.auth.service.passwords import PasswordService
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.throttle import Throttle


class StepUpService:
    """Has people prove once more who they are, before they do what a thief would do first."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        passwords: PasswordService,
        second_factors: SecondFactors,
        throttle: Throttle,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._db = database
        self._repository = repository
        self._passwords = passwords
        self._second_factors = second_factors
        self._throttle = throttle
        self._policy = policy

    async def require_fresh(self, session_id: UUID) -> None:
        """Raises :class:`StepUpRequired` if the session's last proof is too old.

        Raises :class:`SessionEnded` for a session whose end this process does not know of yet.
        """
        is_fresh = await self._repository.is_fresh(session_id, self._policy)
        if is_fresh is None:
            raise SessionEnded
        if not is_fresh:
            raise StepUpRequired

    async def step_up(
        self, caller: Principal, *, password: str | None = None, code: str | None = None
    ) -> None:
        """Make the session fresh. Raises what :meth:`prove` raises."""
        await self.prove(caller, password=password, code=code)
        await self._repository.prove_session(caller.session_id)

    async def prove(
        self, caller: Principal, *, password: str | None = None, code: str | None = None
    ) -> None:
        """Verify a password or a code of the caller's second factor.

        Raises :class:`WrongCode`, and what :meth:`PasswordService.prove` raises. Guesses at either
        count together, for the session.
        """
        if code is None:
            await self._passwords.prove(caller, password)
            return
        allowances = session_allowances(caller.session_id)
        async with self._throttle.attempt(allowances), self._db.transaction():
            await self._repository.lock_account(caller.user_id)
            if not await self._second_factors.use_code(caller.user_id, code):
                raise WrongCode("code")
        await self._throttle.succeeded(allowances)
