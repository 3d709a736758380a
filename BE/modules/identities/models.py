import unicodedata
from dataclasses import dataclass
from uuid import UUID

from BE.core.types import is_unprintable

_FULL_NAME_LENGTH = 100
_NAMELESS = "User"


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as another issuer knows them, and the account that is theirs here.

    ``is_proven`` says that the issuer has vouched for the account's email.
    """

    id: UUID
    account_id: UUID
    session_id: UUID | None
    is_proven: bool


def placeholder_email(account_id: UUID) -> str:
    """The email of an account whose issuer names none: no mail gets there (RFC 2606)."""
    return f"{account_id}@no-email.invalid"


def full_name_of(name: str | None, email: str | None) -> str:
    """A name as a profile holds one: the one given, or the email's local part."""
    given = (_cleaned(name or ""), _cleaned((email or "").partition("@")[0]))
    return next((name for name in given if _is_visible(name)), _NAMELESS)


def _cleaned(text: str) -> str:
    """One line of at most 100 characters, as a name is that somebody sends."""
    kept = (" " if _is_unfit(character) else character for character in text)
    return " ".join("".join(kept).split())[:_FULL_NAME_LENGTH].strip()


def _is_unfit(character: str) -> bool:
    return is_unprintable(character) or unicodedata.category(character) == "Cs"


def _is_visible(name: str) -> bool:
    return any(character.isprintable() and character != " " for character in name)
