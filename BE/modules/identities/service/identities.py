from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.security.bearer_tokens import Exchanged
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded
from BE.modules.auth.events import EmailChanged, IdentityUnlinked, PasswordChanged, UserDeleted
from BE.modules.identities.ports import Sessions
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.assertions import Assertion
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.service.enrolment import EnrolmentService


class IdentityService:
    """Resolves the tokens of other issuers, and unlinks identities from accounts."""

    def __init__(
        self,
        database: Database,
        repository: IdentityRepository,
        foreign_tokens: ForeignTokens,
        enrolments: EnrolmentService,
        sessions: Sessions,
        events: EventBus,
    ) -> None:
        self._db = database
        self._repository = repository
        self._foreign_tokens = foreign_tokens
        self._enrolments = enrolments
        self._sessions = sessions
        self._events = events

    async def exchange(self, token: str) -> Exchanged:
        """Exchange another issuer's token.

        Raises what :meth:`ForeignTokens.read` and :meth:`principal_of` raise.
        """
        assertion = await self._foreign_tokens.read(token)
        return Exchanged(await self.principal_of(assertion), assertion.expires_at)

    async def principal_of(self, assertion: Assertion) -> Principal:
        """Return the principal of a subject; the first assertion creates an account.

        Raises what :meth:`EnrolmentService.identity_of` raises, and :class:`SessionEnded` for a
        token that is older than the end of the session, or if the account is not active.
        """
        async with self._db.transaction():
            identity = await self._enrolments.identity_of(assertion)
            principal = await self._sessions.continue_session(
                identity.account_id, identity.session_id, since=assertion.issued_at
            )
            if principal is None:
                await self._repository.release(identity.account_id)
            else:
                await self._enrolments.update(identity, assertion, session_id=principal.session_id)
        if principal is None:
            raise SessionEnded  # outside: raised inside, it would undo the release
        return principal

    async def on_password_changed(self, event: PasswordChanged) -> None:
        """Unlink the account from identities that never proved to own its email.

        An attacker may claim someone's email at another issuer. When the email's owner takes the
        account over by resetting its password, the two must not share it.
        """
        if event.by_link:
            await self._repository.release(event.user_id, but_proven=True)

    async def on_email_changed(self, event: EmailChanged) -> None:
        """Unlink identities linked by a thief who had moved the account to another mailbox."""
        if event.distrusted_since is None:
            return
        released = await self._repository.release_since(event.user_id, event.distrusted_since)
        await self._events.publish(
            *(
                IdentityUnlinked(user_id=event.user_id, identity_id=identity_id, issuer=issuer)
                for identity_id, issuer in released
            )
        )

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.release(event.user_id)
