import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import TypedDict
from uuid import UUID

from BE.core.context import network_of
from BE.core.security.principals import Role
from BE.core.types import record

_RETRY_INTERVAL = timedelta(days=1)
_WORD_MIN_LENGTH = 3
_NAME_MIN_LENGTH = 4


class AccountChanges(TypedDict, total=False):
    """What a change sets; what is absent stays."""

    role: Role
    is_active: bool


@record
class Account:
    """How somebody signs in, and what they may do.

    The owner of an account without a password hash signs in with another issuer only.
    """

    id: UUID
    email: str
    password_hash: str | None
    role: Role
    is_active: bool
    email_verified_at: datetime | None
    created_at: datetime

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
    """An account to create, with the names that ``auth`` only publishes."""

    id: UUID
    email: str
    password_hash: str | None
    full_name: str
    username: str | None = None
    role: Role = "user"
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a request, as far as the request shows it."""

    user_agent: str | None
    ip: str | None
    tokens: tuple[str, ...] = ()
    """The device tokens of earlier sign-ins, not verified."""

    @property
    def mark(self) -> bytes:
        """A digest that is equal for requests of one device at one address."""
        parts = (*self.tokens, self.network, self.user_agent or "")
        return hashlib.sha256("\x00".join(parts).encode()).digest()

    @property
    def network(self) -> str:
        """The network by which attempts are counted."""
        return network_of(self.ip)


class Purpose(StrEnum):
    """The purpose of a link in a mail."""

    VERIFY_EMAIL = auto()
    RESET_PASSWORD = auto()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=24) if self is Purpose.VERIFY_EMAIL else timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """The token of a link in a mail. Only its digest is stored, which opens nothing."""

    text: str
    purpose: Purpose

    @classmethod
    def new(cls, purpose: Purpose) -> "OneTimeToken":
        return cls(secrets.token_urlsafe(32), purpose)

    @property
    def digest(self) -> bytes:
        return self.digest_of(self.text)

    @staticmethod
    def digest_of(text: str) -> bytes:
        """No salt and no stretching: nobody guesses 256 random bits."""
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long sessions and their tokens live."""

    idle: timedelta
    absolute: timedelta
    grace: timedelta
    access: timedelta
    most: int = 100
    """How many sessions an account may have open; ten times as many ended ones are kept."""


class RefreshVerdict(Enum):
    """What to do with a refresh token, the best first."""

    ROTATE = auto()
    REPEAT = auto()
    RETRY = auto()
    REUSED = auto()
    REFUSED = auto()

    @property
    def is_good(self) -> bool:
        return self in {RefreshVerdict.ROTATE, RefreshVerdict.REPEAT, RefreshVerdict.RETRY}


@record
class Session:
    """A sign-in on one device, at ``now`` by the database's clock."""

    id: UUID
    account_id: UUID
    salt: bytes
    generation: int
    created_at: datetime
    rotated_at: datetime
    ended_at: datetime | None
    rotated_by: bytes | None
    """The mark of the device that rotated it last."""
    retried_at: datetime | None
    """When a device last retried a refresh after the grace."""
    account_is_active: bool
    now: datetime

    def ended_since(self, moment: datetime) -> bool:
        return self.ended_at is not None and self.ended_at >= moment

    def is_open(self, policy: SessionPolicy) -> bool:
        return self.judge(self.generation, policy) is RefreshVerdict.ROTATE

    def judge(
        self, generation: int, policy: SessionPolicy, mark: bytes | None = None
    ) -> RefreshVerdict:
        """Judge an authentic token of ``generation``, presented by the device of ``mark``.

        The generation before the current one is repeated within the grace, which is counted from
        the rotation and never extended: a second tab or a lost response. After the grace the device
        that rotated may still retry, whose answer was lost. Anything else is a theft.
        """
        if (
            self.ended_at is not None
            or not self.account_is_active
            or self.now - self.rotated_at > policy.idle
            or self.now - self.created_at > policy.absolute
            or generation > self.generation
        ):
            return RefreshVerdict.REFUSED
        if generation == self.generation:
            return RefreshVerdict.ROTATE
        if generation == self.generation - 1:
            if self.now - self.rotated_at <= policy.grace:
                return RefreshVerdict.REPEAT
            if mark is not None and mark == self.rotated_by and self._may_retry(policy):
                return RefreshVerdict.RETRY
        return RefreshVerdict.REUSED

    def _may_retry(self, policy: SessionPolicy) -> bool:
        """Once a day, by all tabs within the grace: more often it is two devices that take turns.

        The tabs of one browser wake up together. Without a grace nobody may.
        """
        if not policy.grace:
            return False
        if self.retried_at is None:
            return True
        return self.is_retrying(policy) or self.now - self.retried_at > _RETRY_INTERVAL

    def is_retrying(self, policy: SessionPolicy) -> bool:
        return self.retried_at is not None and self.now - self.retried_at <= policy.grace


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    ip: str | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a sign-in: the tokens and the account."""

    account: Account
    access_token: str
    expires_in: int
    refresh_token: str
    device_token: str | None = None
    """For the next sign-in of a device that has no valid device token yet."""


def contains_context(password: str, *, words: Iterable[str], names: Iterable[str]) -> bool:
    """Whether ``password`` contains one of ``words`` or a part of one of ``names``.

    Words of less than three and parts of less than four characters do not count.
    """
    parts = (part for name in names for part in re.split(r"\W+", name))
    found = [
        *(word for word in words if len(word) >= _WORD_MIN_LENGTH),
        *(part for part in parts if len(part) >= _NAME_MIN_LENGTH),
    ]
    lowered = password.casefold()
    return any(word.casefold() in lowered for word in found)
