from dataclasses import replace
from uuid import UUID

from BE.core.events import EventBus
from BE.core.security.sessions import SessionEnded
from BE.core.types import new_id
from BE.modules.auth.events import IdentityLinked
from BE.modules.identities.exceptions import (
    EmailOfAnotherAccount,
    TooManyIdentities,
    UnlinkedFromAccount,
)
from BE.modules.identities.models import Identity, full_name_of, placeholder_email
from BE.modules.identities.ports import Enrolment, Handover
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.assertions import Assertion

_MOST = 20
"""How many identities an account may have."""


class EnrolmentService:
    """Finds the account of a subject, or gives it one, in the ambient transaction."""

    def __init__(
        self,
        repository: IdentityRepository,
        accounts: Enrolment,
        passwords: Handover,
        events: EventBus,
    ) -> None:
        self._repository = repository
        self._accounts = accounts
        self._passwords = passwords
        self._events = events

    async def identity_of(self, assertion: Assertion) -> Identity:
        """The subject's identity; the first assertion makes an account, or joins one.

        Raises :class:`EmailOfAnotherAccount`, :class:`UnlinkedFromAccount`, and
        :class:`SessionEnded` for an assertion that is older than the end of the account.
        """
        return await self.find(assertion) or await self._enrol(assertion)

    async def find(self, assertion: Assertion) -> Identity | None:
        return await self._repository.lock(assertion.issuer, assertion.subject)

    async def link(self, assertion: Assertion, account_id: UUID) -> Identity | None:
        """Give the account a further identity; ``None`` if another account has it.

        Raises :class:`TooManyIdentities`.
        """
        if await self._repository.count(account_id) >= _MOST:
            raise TooManyIdentities
        identity = await self._add(assertion, account_id, is_proven=False)
        if identity is not None:
            await self._announce(identity, assertion)
        return identity

    async def update(
        self, identity: Identity, assertion: Assertion, *, session_id: UUID | None
    ) -> None:
        """Note what the assertion proves, and the session that its issuer's tokens continue."""
        is_proven = identity.is_proven
        if not is_proven and assertion.email is not None and assertion.email_verified:
            is_proven = await self._accounts.confirm_email(identity.account_id, assertion.email)
        kept = replace(identity, session_id=session_id, is_proven=is_proven)
        if kept != identity:
            await self._repository.keep(kept)

    async def _enrol(self, assertion: Assertion) -> Identity:
        """Create an account, or link the one with this email if both sides have verified it."""
        is_proven = assertion.email is not None and assertion.email_verified
        known = None
        if assertion.email is not None and is_proven:
            known = await self._accounts.verified_account(assertion.email)
        if known is not None and await self._repository.was_unlinked(
            assertion.issuer, assertion.subject, known
        ):
            raise UnlinkedFromAccount
        account_id = known or new_id()
        identity = await self._add(assertion, account_id, is_proven=is_proven)
        if identity is None:  # another request was first, or the token is too old
            identity = await self.find(assertion)
            if identity is None:
                raise SessionEnded
            return identity
        if known is not None:
            if await self._passwords.hand_over(known):
                await self._repository.release(known, but_proven=True)
            await self._announce(identity, assertion)
        elif not await self._accounts.enrol(
            account_id,
            email=assertion.email or placeholder_email(account_id),
            email_verified=is_proven,
            full_name=full_name_of(assertion.name, assertion.email),
        ):
            raise EmailOfAnotherAccount
        return identity

    async def _add(
        self, assertion: Assertion, account_id: UUID, *, is_proven: bool
    ) -> Identity | None:
        return await self._repository.add(
            new_id(),
            assertion.issuer,
            assertion.subject,
            account_id,
            is_proven=is_proven,
            since=assertion.issued_at,
        )

    async def _announce(self, identity: Identity, assertion: Assertion) -> None:
        await self._events.publish(
            IdentityLinked(
                user_id=identity.account_id, identity_id=identity.id, issuer=assertion.issuer
            )
        )
