from collections.abc import Sequence
from uuid import UUID

from BE.core.security.sessions import SecondStep
from BE.modules.auth.exceptions import InvalidCredentials
from BE.modules.auth.models import Device, SessionPolicy, SignIn
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.sign_in import SignInService


class ProviderSessionService:
    """Sessions of people who sign in with another provider."""

    def __init__(
        self,
        repository: AuthRepository,
        email_digests: EmailDigests,
        sign_ins: SignInService,
        second_factors: SecondFactors,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._repository = repository
        self._email_digests = email_digests
        self._sign_ins = sign_ins
        self._second_factors = second_factors
        self._policy = policy

    async def open_for(
        self,
        account_id: UUID,
        *,
        user_agent: str,
        ip: str | None,
        device_tokens: Sequence[str],
    ) -> SignIn | SecondStep | None:
        """Open a session in the ambient transaction; ``None`` if the account is not active.

        If the account has a second factor, that is proved first.
        """
        account = await self._repository.account_by_id(account_id)
        if account is None:
            return None
        self._email_digests.note(account.email)
        if account.has_second_factor:
            challenge = await self._second_factors.challenge(account)
            return SecondStep(challenge.text) if challenge and account.is_active else None
        try:
            return await self._sign_ins.open_session(
                account, Device.of(user_agent, ip, device_tokens)
            )
        except InvalidCredentials:
            return None

    async def prove(self, session_id: UUID) -> None:
        """Make a session fresh: its holder signed in again, in the ambient transaction."""
        await self._repository.prove_session(session_id)

    async def hold(self, account_id: UUID, session_id: UUID) -> bool:
        """Lock the account, and keep the session from ending until the transaction ends.

        ``False`` if the session is over.
        """
        await self._repository.lock_account(account_id)
        session = await self._repository.lock_session(session_id)
        return (
            session is not None
            and session.account_id == account_id
            and session.is_open(self._policy)
        )
