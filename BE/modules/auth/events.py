from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from BE.core.events import Event
from BE.core.security.principals import Role
from BE.core.security.scopes import Scope
from BE.core.types import Matching, line

FullName = Annotated[str, line(100), Field(examples=["Ada Lovelace"])]
"""The full name of :class:`UserRegistered`, as a request gives it."""

Username = Annotated[
    str,
    StringConstraints(min_length=3, max_length=32),
    Matching(
        r"^[A-Za-z0-9_.-]+$",
        "username",
        "A username may have the letters A to Z, digits, and the signs _ . and -",
    ),
    Field(examples=["ada"]),
]
"""The username of :class:`UserRegistered`, as a request gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Event):
    name = "user.api_key_created"

    user_id: UUID
    api_key_id: UUID
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Event):
    name = "user.api_key_revoked"

    user_id: UUID
    api_key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeRequested(Event):
    name = "user.email_change_requested"

    user_id: UUID
    change_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeCancelled(Event):
    """The request ended before it was confirmed."""

    name = "user.email_change_cancelled"

    user_id: UUID
    change_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged(Event):
    name = "user.email_changed"

    user_id: UUID
    email: str
    old_email: str | None
    """``None`` if the account had no mailbox."""
    distrusted_since: datetime | None
    """If the earlier mailbox took a change back: nothing added since then is trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerificationRequested(Event):
    name = "user.email_verification_requested"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerified(Event):
    name = "user.email_verified"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(Event):
    name = "user.passkey_added"

    user_id: UUID
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyCopyDetected(Event):
    """Its signatures were counted backwards: two authenticators have the same private key."""

    name = "user.passkey_copy_detected"

    user_id: UUID
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(Event):
    name = "user.passkey_removed"

    user_id: UUID
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(Event):
    """An existing account has a further way to sign in, at ``issuer``."""

    name = "user.identity_linked"

    user_id: UUID
    identity_id: UUID
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUnlinked(Event):
    """Its owner no longer signs in at ``issuer``."""

    name = "user.identity_unlinked"

    user_id: UUID
    identity_id: UUID
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceUsed(Event):
    """A sign-in with a device and from a network that the account has not used before."""

    name = "user.new_device_used"

    user_id: UUID
    session_id: UUID
    program: str
    """Such as "Firefox on Linux", in our own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    name = "user.password_changed"

    user_id: UUID
    by_link: bool
    """Whether a mailed link was used, rather than the old password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordDropped(Event):
    """Its holder signs in only in other ways."""

    name = "user.password_dropped"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRemoved(Event):
    """The account joined another issuer; the password's holder had not verified the email."""

    name = "user.password_removed"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetRequested(Event):
    name = "user.password_reset_requested"

    user_id: UUID | None
    """``None`` if no account has the email."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesReplaced(Event):
    name = "user.recovery_codes_replaced"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Event):
    name = "user.recovery_code_used"

    user_id: UUID
    left: int
    """How many others are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorEnabled(Event):
    name = "user.second_factor_enabled"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorDisabled(Event):
    name = "user.second_factor_disabled"

    user_id: UUID
    by_operator: bool
    """Whether an operator removed it, because its owner had lost it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReuseDetected(Event):
    name = "user.token_reuse_detected"

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    name = "user.registered"

    user_id: UUID
    email: str
    role: Role
    full_name: str
    username: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeactivated(Event):
    name = "user.deactivated"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReactivated(Event):
    name = "user.reactivated"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRoleChanged(Event):
    name = "user.role_changed"

    user_id: UUID
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(Event):
    name = "user.deleted"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeletionSettled(Event):
    """No request that was admitted before the deletion still runs."""

    name = "user.deletion_settled"

    user_id: UUID
