import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from uuid import UUID

from BE.core.security.base64url import decode, encode

_BYTES = 32


class ChallengePurpose(StrEnum):
    """The use of a challenge."""

    PASSKEY_CREATION = auto()
    PASSKEY_REQUEST = auto()
    PASSKEY_SECOND_STEP = auto()
    PASSKEY_STEP_UP = auto()
    SECOND_FACTOR = auto()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A secret that is answered once. Only its digest is stored, which is useless to a thief."""

    secret: bytes
    purpose: ChallengePurpose

    @classmethod
    def new(cls, purpose: ChallengePurpose) -> "Challenge":
        return cls(secrets.token_bytes(_BYTES), purpose)

    @classmethod
    def read(cls, text: str, purpose: ChallengePurpose) -> "Challenge":
        """The challenge with the ``text`` that a client sent; it may never have been issued."""
        return cls(decode(text) or b"", purpose)

    @property
    def text(self) -> str:
        return encode(self.secret)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.secret).digest()


@dataclass(frozen=True, slots=True)
class Challenged:
    """The recipient of a challenge: the holder of an account, or anyone."""

    account_id: UUID | None
