from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from BE.core.security.principals import Principal
from BE.core.security.sessions import SecondStep


class Enrolment(Protocol):
    """The accounts behind identities, which ``auth`` owns."""

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        """Create an account without a password; ``False`` if the email is taken."""

    async def lock(self, account_id: UUID) -> None:
        """Lock the account until the transaction ends, before its identities."""

    async def lock_verified(self, email: str) -> UUID | None:
        """Lock the account whose owner has verified ``email``, and return it."""

    async def has_second_factor(self, account_id: UUID) -> bool:
        """Whether signing in to the account takes a second step."""

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        """Mark ``email`` as verified; ``False`` if the account has another email."""


class Handover(Protocol):
    """Gives an account to the owner of its mailbox; ``auth`` does it."""

    async def hand_over(self, account_id: UUID) -> bool:
        """End the password, sessions and links of the account, in the ambient transaction.

        Returns ``False`` and changes nothing if the holder of the password verified the email.
        """


class Sessions(Protocol):
    """The sessions of accounts, which ``auth`` owns."""

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        """Continue a session, or open one if there is none or it has expired.

        ``None`` if the account is gone. Raises :class:`SessionEnded` if the session was ended
        after ``since``, or if the account is not active.
        """

    async def end(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        """End sessions in the ambient transaction, and return how many."""


class OpenedSession(Protocol):
    """A browser's part of a session, in two cookies."""

    @property
    def refresh_token(self) -> str: ...

    @property
    def device_token(self) -> str | None: ...


class SignIns(Protocol):
    """Opens sessions for people who sign in with another provider; ``auth`` does it."""

    async def open_for(
        self,
        account_id: UUID,
        *,
        user_agent: str,
        ip: str | None,
        device_tokens: Sequence[str],
    ) -> OpenedSession | SecondStep | None:
        """Open a session in the ambient transaction; ``None`` if the account is not active.

        If the account has a second factor, that is proved first.
        """

    async def prove(self, session_id: UUID) -> None:
        """Make a session fresh: its holder signed in again, in the ambient transaction."""

    async def hold(self, account_id: UUID, session_id: UUID) -> bool:
        """Lock the account, and keep the session from ending until the transaction ends.

        ``False`` if the session is over.
        """


class OwnWay(Protocol):
    """A way to sign in that ``auth`` itself offers."""

    @property
    def id(self) -> UUID: ...

    @property
    def kind(self) -> Literal["password", "passkey"]: ...

    @property
    def name(self) -> str | None: ...

    @property
    def created_at(self) -> datetime | None: ...

    @property
    def last_used_at(self) -> datetime | None: ...


class OwnWays(Protocol):
    async def lock(self, account_id: UUID) -> None:
        """Make others who add or remove a way to sign in wait until the transaction ends."""

    async def ways_of(self, account_id: UUID) -> Sequence[OwnWay]: ...

    async def remove(self, account_id: UUID, way_id: UUID) -> None:
        """Remove one of :meth:`ways_of`, in the ambient transaction."""
