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
        identity = await self.find(assertion)
        return identity or await self.enrol(assertion, await self.account_to_join(assertion))

    async def find(self, assertion: Assertion) -> Identity | None:
        """Lock the account of the subject and then its identity, as all changes of both do."""
        known = await self._repository.account_of(assertion.issuer, assertion.subject)
        while known is not None:
            await self._accounts.lock(known)
            identity = await self.lock(assertion)
            if identity is None or identity.account_id == known:
                return identity
            known = identity.account_id  # unlinked and linked again meanwhile
        return None

    async def lock(self, assertion: Assertion) -> Identity | None:
        """Lock the subject's identity, for a caller who has locked an account."""
        return await self._repository.lock(assertion.issuer, assertion.subject)

    async def account_to_join(self, assertion: Assertion) -> UUID | None:
        """Lock the account with this email, if both sides have verified it.

        If no one had proved to read its mail before, it now belongs to the subject alone. Raises
        :class:`UnlinkedFromAccount`.
        """
        if assertion.email is None or not assertion.email_verified:
            return None
        known = await self._accounts.lock_verified(assertion.email)
        if known is None:
            return None
        if await self._repository.was_unlinked(assertion.issuer, assertion.subject, known):
            raise UnlinkedFromAccount
        if await self._passwords.hand_over(known):
            await self._repository.release(known, but_proven=True)
        return known

    async def enrol(self, assertion: Assertion, joined: UUID | None) -> Identity:
        """Link the subject to the account that it joins, or to a new one.

        Raises :class:`EmailOfAnotherAccount` and :class:`SessionEnded`.
        """
        account_id = joined or new_id()
        is_proven = assertion.email is not None and assertion.email_verified
        identity = await self._add(assertion, account_id, is_proven=is_proven)
        if identity is None:  # another request was first, or the token is too old
            identity = await self.find(assertion)
            if identity is None:
                raise SessionEnded
            return identity
        if joined is not None:
            await self._announce(identity, assertion)
        elif not await self._accounts.enrol(
            account_id,
            email=assertion.email or placeholder_email(account_id),
            email_verified=is_proven,
            full_name=full_name_of(assertion.name, assertion.email),
        ):
            raise EmailOfAnotherAccount
        return identity

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
        """Record what the assertion proves, and the session that its issuer's tokens continue."""
        is_proven = identity.is_proven
        if not is_proven and assertion.email is not None and assertion.email_verified:
            is_proven = await self._accounts.confirm_email(identity.account_id, assertion.email)
        kept = replace(identity, session_id=session_id, is_proven=is_proven)
        if kept != identity:
            await self._repository.keep(kept)

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
