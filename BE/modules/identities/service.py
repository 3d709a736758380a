from dataclasses import replace

from BE.core.database.database import Database
from BE.core.security.bearer_tokens import Exchanged
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged, UserDeleted
from BE.modules.identities.exceptions import EmailOfAnotherAccount
from BE.modules.identities.models import Identity, full_name_of, placeholder_email
from BE.modules.identities.ports import Enrolment, Handover, Sessions
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.foreign_tokens import Assertion, ForeignTokens


class IdentityService:
    def __init__(
        self,
        database: Database,
        repository: IdentityRepository,
        foreign_tokens: ForeignTokens,
        accounts: Enrolment,
        sessions: Sessions,
        passwords: Handover,
    ) -> None:
        self._db = database
        self._repository = repository
        self._foreign_tokens = foreign_tokens
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords

    async def exchange(self, token: str) -> Exchanged:
        """Exchange another issuer's token.

        Raises what :meth:`ForeignTokens.read` and :meth:`principal_of` raise.
        """
        assertion = await self._foreign_tokens.read(token)
        return Exchanged(await self.principal_of(assertion), assertion.expires_at)

    async def principal_of(self, assertion: Assertion) -> Principal:
        """Return the principal of a subject; the first assertion creates an account.

        Raises :class:`EmailOfAnotherAccount`, and :class:`SessionEnded` for a token that is older
        than the end of the session or the account, or if the account is not active.
        """
        async with self._db.transaction():
            identity = await self._find(assertion) or await self._enrol(assertion)
            principal = await self._sessions.continue_session(
                identity.account_id, identity.session_id, since=assertion.issued_at
            )
            if principal is None:
                await self._repository.release(identity.account_id)
            else:
                await self._update(identity, assertion, principal)
        if principal is None:
            raise SessionEnded  # outside: raised inside, it would undo the release
        return principal

    async def on_password_changed(self, event: PasswordChanged) -> None:
        """Unlink the account from identities that never proved to own its email.

        Somebody may claim the email of a stranger at another issuer. When the stranger takes the
        account over by resetting its password, the two must not share it.
        """
        await self._repository.release(event.user_id, but_proven=True)

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.release(event.user_id)

    async def _find(self, assertion: Assertion) -> Identity | None:
        return await self._repository.lock(assertion.issuer, assertion.subject)

    async def _enrol(self, assertion: Assertion) -> Identity:
        """Create an account, or link the one with this email if both sides have verified it."""
        is_proven = assertion.email is not None and assertion.email_verified
        known = None
        if assertion.email is not None and is_proven:
            known = await self._accounts.verified_account(assertion.email)
        account_id = known or new_id()
        identity = await self._repository.add(
            new_id(),
            assertion.issuer,
            assertion.subject,
            account_id,
            is_proven=is_proven,
            since=assertion.issued_at,
        )
        if identity is None:  # another request was first, or the token is too old
            identity = await self._find(assertion)
            if identity is None:
                raise SessionEnded
            return identity
        if known is not None:
            if await self._passwords.hand_over(known):
                await self._repository.release(known, but_proven=True)
        elif not await self._accounts.enrol(
            account_id,
            email=assertion.email or placeholder_email(account_id),
            email_verified=is_proven,
            full_name=full_name_of(assertion.name, assertion.email),
        ):
            raise EmailOfAnotherAccount
        return identity

    async def _update(self, identity: Identity, assertion: Assertion, principal: Principal) -> None:
        is_proven = identity.is_proven
        if not is_proven and assertion.email is not None and assertion.email_verified:
            is_proven = await self._accounts.confirm_email(identity.account_id, assertion.email)
        kept = replace(identity, session_id=principal.session_id, is_proven=is_proven)
        if kept != identity:
            await self._repository.keep(kept)
