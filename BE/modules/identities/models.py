import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from BE.core.types import is_unprintable

_FULL_NAME_LENGTH = 100
_NAMELESS = "User"


@dataclass(frozen=True, slots=True)
class Identity:
    """A subject of another issuer, and its account here.

    ``is_proven`` says that the issuer has verified the account's email.
    """

    id: UUID
    account_id: UUID
    session_id: UUID | None
    is_proven: bool


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An identity as the owner of its account sees it."""

    id: UUID
    issuer: str
    email: str | None
    """The one that the issuer reported last."""
    created_at: datetime
    last_used_at: datetime | None


type WayKind = Literal["password", "passkey", "provider"]


@dataclass(frozen=True, slots=True)
class Way:
    """A means by which a user signs in."""

    id: UUID
    kind: WayKind
    name: str | None
    email: str | None
    created_at: datetime | None
    last_used_at: datetime | None
    provider: str | None = None
    """The name of the provider in addresses; ``None`` for an issuer of tokens alone."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user whose browser returns from a provider, as far as the request identifies them."""

    user_agent: str
    ip: str | None


def placeholder_email(account_id: UUID) -> str:
    """The email of an account whose issuer gives none. No mail reaches it (RFC 2606)."""
    return f"{account_id}@no-email.invalid"


def full_name_of(name: str | None, email: str | None) -> str:
    """A full name for the profile: the given name, or the email's local part."""
    candidates = (_cleaned(name or ""), _cleaned((email or "").partition("@")[0]))
    return next((name for name in candidates if _is_visible(name)), _NAMELESS)


def _cleaned(text: str) -> str:
    """One line of at most 100 characters, the rule for names in requests."""
    kept = (" " if _is_unfit(character) else character for character in text)
    return " ".join("".join(kept).split())[:_FULL_NAME_LENGTH].strip()


def _is_unfit(character: str) -> bool:
    return is_unprintable(character) or unicodedata.category(character) == "Cs"


def _is_visible(name: str) -> bool:
    return any(character.isprintable() and character != " " for character in name)
