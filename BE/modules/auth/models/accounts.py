from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from BE.core.security.principals import Role
from BE.core.types import record


class AccountChanges(TypedDict, total=False):
    """The fields that a change sets; absent ones stay."""

    role: Role
    is_active: bool


@record
class Account:
    """How a user signs in, and what they may do.

    The owner of an account without a password hash signs in only with another issuer.
    """

    id: UUID
    email: str
    password_hash: str | None
    role: Role
    is_active: bool
    email_verified_at: datetime | None
    created_at: datetime
    has_second_factor: bool
    """Whether a password is not enough to sign in."""

    @property
    def is_active_admin(self) -> bool:
        return self.is_active and self.role == "admin"

    @property
    def awaits_verification(self) -> bool:
        return self.is_active and self.has_mailbox and self.email_verified_at is None

    @property
    def has_mailbox(self) -> bool:
        """Whether mail can reach it. An issuer need not name an email; see RFC 2606."""
        return not self.email.endswith(".invalid")


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account to create, with the names that ``auth`` publishes but does not store."""

    id: UUID
    email: str
    password_hash: str | None
    full_name: str
    username: str | None = None
    role: Role = "user"
    email_verified: bool = False
