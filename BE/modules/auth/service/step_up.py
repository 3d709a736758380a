from uuid import UUID

from BE.core.security.principals import Principal
from BE.core.security.sessions import StepUpRequired
from BE.modules.auth.models import SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.service.passwords import PasswordService


class StepUpService:
    """Has people prove once more who they are, before they do what a thief would do first."""

    def __init__(
        self, repository: AuthRepository, passwords: PasswordService, *, policy: SessionPolicy
    ) -> None:
        self._repository = repository
        self._passwords = passwords
        self._policy = policy

    async def require_fresh(self, session_id: UUID) -> None:
        """Raises :class:`StepUpRequired` if the session's last proof is too old."""
        if not await self._repository.is_fresh(session_id, self._policy):
            raise StepUpRequired

    async def step_up(self, caller: Principal, password: str) -> None:
        """Make the session fresh. Raises what :meth:`PasswordService.prove` raises."""
        await self._passwords.prove(caller, password)
        await self._repository.prove_session(caller.session_id)
