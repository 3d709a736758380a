from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto

from BE.core.security.link_tokens import link_digest, new_link_token


class Purpose(StrEnum):
    """The purpose of a link in a mail."""

    VERIFY_EMAIL = auto()
    RESET_PASSWORD = auto()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=24) if self is Purpose.VERIFY_EMAIL else timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """The token of a link in a mail, for one purpose."""

    text: str
    purpose: Purpose

    @classmethod
    def new(cls, purpose: Purpose) -> "OneTimeToken":
        return cls(new_link_token(), purpose)

    @property
    def digest(self) -> bytes:
        return link_digest(self.text)
