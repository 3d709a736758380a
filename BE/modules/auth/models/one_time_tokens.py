import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto


class Purpose(StrEnum):
    """The purpose of a link in a mail."""

    VERIFY_EMAIL = auto()
    RESET_PASSWORD = auto()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=24) if self is Purpose.VERIFY_EMAIL else timedelta(minutes=30)


def new_link_token() -> str:
    """The text of a token for a link: 256 random bits."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """The token of a link in a mail. Only its digest is stored, which opens nothing."""

    text: str
    purpose: Purpose

    @classmethod
    def new(cls, purpose: Purpose) -> "OneTimeToken":
        return cls(new_link_token(), purpose)

    @property
    def digest(self) -> bytes:
        return self.digest_of(self.text)

    @staticmethod
    def digest_of(text: str) -> bytes:
        """No salt and no stretching: nobody guesses 256 random bits."""
        return hashlib.sha256(text.encode()).digest()
