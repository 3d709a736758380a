import hashlib
import re
import secrets
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import TypedDict
from uuid import UUID

from BE.core.context import network_of, networks_of
from BE.core.emails import identity_of
from BE.core.security.principals import Role
from BE.core.types import record

_WORD_MIN_LENGTH = 3
_NAME_MIN_LENGTH = 4
_NEVER = 2**31 - 1


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
    token: str | None = None
    """The device token of an earlier sign-in, not verified."""

    @property
    def network(self) -> str:
        """The network by which attempts are counted."""
        return network_of(self.ip)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many attempts are allowed in a window, counted under ``key``.

    The key is a digest, so that what strangers type as an email is not stored.
    """

    key: bytes
    attempts: int
    window: timedelta
    ends_with_success: bool = False
    """Whether a success resets the count, rather than taking back its own attempt only."""

    @classmethod
    def of(cls, kind: str, *subject: str, attempts: int, window: timedelta) -> "Allowance":
        text = "\x00".join((kind, *subject))
        return cls(hashlib.sha256(text.encode()).digest(), attempts, window)

    @property
    def refuses(self) -> bool:
        return self.attempts != _NEVER

    def never_used_up(self) -> "Allowance":
        """The same allowance, which counts attempts but refuses none."""
        return replace(self, attempts=_NEVER)


@dataclass(frozen=True, slots=True)
class Draw:
    """The result of counting an attempt: whether it counts, and which allowances refuse it."""

    used_up: Mapping[bytes, timedelta]
    """How long the allowance refuses, by its key; empty if the attempt may go on."""
    was_counted: bool


def guessed_account(email: str, account: Account | None) -> str:
    """The subject under which guesses are counted: one per account, however it is spelled."""
    return str(account.id) if account else identity_of(email)


def account_allowances(subject: str, device: Device) -> list[Allowance]:
    """The allowances for guesses at one account, wherever they come from."""
    return _guesses("account", subject, device.network)


def device_allowances(device_id: str, device: Device) -> list[Allowance]:
    """The allowances of a device at an account to which it has signed in before."""
    return _guesses("device", device_id, device.network)


def session_allowances(session_id: UUID) -> list[Allowance]:
    """The allowances for guesses at the password from within a session."""
    return _guesses("session", str(session_id), "")


def address_allowances(device: Device) -> list[Allowance]:
    """The allowances for failures from one address, at any account."""
    return _of_networks("network", device, attempts=100)


def sign_in_allowances(subject: str, device: Device, device_id: str | None) -> list[Allowance]:
    """The allowances of a sign-in.

    Guesses from elsewhere do not lock out a device that the account knows. The guesses of that
    device count against the account nevertheless.
    """
    of_account = account_allowances(subject, device)
    if device_id is not None:
        of_account = [allowance.never_used_up() for allowance in of_account]
        of_account += device_allowances(device_id, device)
    return of_account + address_allowances(device)


def sign_in_caller(email: str, device: Device) -> Hashable:
    """The key that recognises a caller who was refused, before any query."""
    return identity_of(email), device.network, device.token


def sign_up_allowances(device: Device) -> list[Allowance]:
    return _of_networks("sign-up", device, attempts=20)


def reset_allowances(device: Device) -> list[Allowance]:
    return _of_networks("reset", device, attempts=20)


def mailbox_allowance(subject: str) -> Allowance:
    """How many links to reset a password may go to one mailbox."""
    return Allowance.of("mailbox", subject, attempts=10, window=timedelta(hours=1))


def resend_allowance(account_id: UUID) -> Allowance:
    return Allowance.of("resend", str(account_id), attempts=10, window=timedelta(hours=1))


def _guesses(kind: str, subject: str, network: str) -> list[Allowance]:
    quick = Allowance.of(
        f"{kind}+network", subject, network, attempts=10, window=timedelta(minutes=15)
    )
    return [
        replace(quick, ends_with_success=True),
        Allowance.of(kind, subject, attempts=100, window=timedelta(days=1)),
    ]


def _of_networks(kind: str, device: Device, *, attempts: int) -> list[Allowance]:
    """Allowances of an hour for the networks around the address; a wider one has more."""
    return [
        Allowance.of(kind, network, attempts=attempts * share, window=timedelta(hours=1))
        for network, share in networks_of(device.ip)
    ]


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
    """What to do with a refresh token."""

    ROTATE = auto()
    REPEAT = auto()
    REUSED = auto()
    REFUSED = auto()


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
    account_is_active: bool
    now: datetime

    def ended_since(self, moment: datetime) -> bool:
        return self.ended_at is not None and self.ended_at >= moment

    def is_open(self, policy: SessionPolicy) -> bool:
        return self.judge(self.generation, policy) is RefreshVerdict.ROTATE

    def judge(self, generation: int, policy: SessionPolicy) -> RefreshVerdict:
        """Judge an authentic token of ``generation``.

        The generation before the current one is repeated within the grace, which is counted from
        the rotation and never extended: a second tab or a lost response. An older one is a theft.
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
        if generation == self.generation - 1 and self.now - self.rotated_at <= policy.grace:
            return RefreshVerdict.REPEAT
        return RefreshVerdict.REUSED


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
