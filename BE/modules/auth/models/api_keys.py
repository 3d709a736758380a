import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.security.bearer_tokens import API_KEY_PREFIX
from BE.core.security.principals import Role
from BE.core.security.scopes import Scope
from BE.core.types import record

LONGEST_LIFE = timedelta(days=365)
USUAL_LIFE = timedelta(days=90)
MOST_API_KEYS = 50
"""How many an account may have, including expired ones."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 32
_CHECKSUM_LENGTH = 6  # enough for 32 bits
_SHOWN_LENGTH = len(API_KEY_PREFIX) + 4
_FORM = re.compile(
    rf"({API_KEY_PREFIX}[0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})",
    re.ASCII,
)


@record
class ApiKey:
    """A key as its owner sees it: the key itself is not stored."""

    id: UUID
    name: str
    starts_with: str
    """The first characters, by which its owner recognises it."""
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    """Rounded down to the hour."""


@dataclass(frozen=True, slots=True)
class UsedApiKey:
    """A key that is used, with the role of its owner at ``now``."""

    id: UUID
    account_id: UUID
    role: Role
    scopes: list[Scope]
    expires_at: datetime
    now: datetime

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= self.now

    @property
    def hour_ends_at(self) -> datetime:
        """When its use has to be recorded again."""
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """The key itself: 190 random bits and a checksum that detects typos."""

    text: str = field(repr=False)

    @classmethod
    def new(cls) -> "ApiKeyText":
        random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
        beginning = API_KEY_PREFIX + random
        return cls(beginning + _checksum(beginning))

    @classmethod
    def read(cls, text: str) -> "ApiKeyText | None":
        """``None`` for text that :meth:`new` has not created."""
        found = _FORM.fullmatch(text)
        return cls(text) if found is not None and _checksum(found[1]) == found[2] else None

    @property
    def starts_with(self) -> str:
        return self.text[:_SHOWN_LENGTH]

    @property
    def digest(self) -> bytes:
        """No salt and no stretching: 190 random bits cannot be guessed."""
        return hashlib.sha256(self.text.encode()).digest()


def _checksum(text: str) -> str:
    """The CRC-32 in base 62."""
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
