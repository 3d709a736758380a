from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from BE.core.types import record


@record
class Passkey:
    """A key pair of an account; the private key never leaves its owner's authenticator."""

    id: UUID
    account_id: UUID
    credential_id: bytes
    public_key: bytes
    """Encoded as COSE."""
    sign_count: int
    transports: list[str]
    """How browsers reach the authenticator."""
    name: str
    is_synced: bool
    """Whether a copy of it is kept elsewhere, such as in a password manager."""
    created_at: datetime
    last_used_at: datetime | None

    def may_follow(self, sign_count: int) -> bool:
        """Whether a signature with ``sign_count`` can come from the one and only key.

        The counter grows with each signature, or stays zero. Any other value comes from a copy.
        """
        return sign_count > self.sign_count or sign_count == self.sign_count == 0


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """An authenticator's description of a key pair that it has made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    maker: str | None
    """The name of the authenticator, if it is a common one."""
    is_synced: bool


@dataclass(frozen=True, slots=True)
class PasskeyUse:
    """The result of a verified signature of a passkey."""

    sign_count: int
    is_synced: bool
