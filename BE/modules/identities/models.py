import unicodedata
from dataclasses import dataclass
from uuid import UUID

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
    return next((each for each in given if each), _NAMELESS)


def _cleaned(text: str) -> str:
    """One line of at most 100 characters, without control characters and surrogates."""
    kept = (" " if unicodedata.category(each) in {"Cc", "Cs"} else each for each in text)
    return " ".join("".join(kept).split())[:_FULL_NAME_LENGTH].strip()
