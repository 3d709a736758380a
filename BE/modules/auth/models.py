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
    """How somebody proves who they are, and what they may do.

    Without a password hash they sign in elsewhere only.
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
        """Whether mail can reach it: an issuer need not name an email (RFC 2606)."""
        return not self.email.endswith(".invalid")


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account to be made, and who it is for, which auth passes on."""

    id: UUID
    email: str
    password_hash: str | None
    full_name: str
    username: str | None = None
    role: Role = "user"
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from, as far as a request tells."""

    user_agent: str | None
    ip: str | None
    token: str | None = None
    """What it shows of an earlier sign-in, not verified."""

    @property
    def network(self) -> str:
        """The address as attempts are counted."""
        return network_of(self.ip)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts in so long a time, by one who is known under ``key``.

    The key is a digest: what strangers type as an email is not kept.
    """

    key: bytes
    attempts: int
    window: timedelta
    ends_with_success: bool = False
    """Whether a success takes all of its attempts back, and not only its own."""

    @classmethod
    def of(cls, kind: str, *who: str, attempts: int, window: timedelta) -> "Allowance":
        text = "\x00".join((kind, *who))
        return cls(hashlib.sha256(text.encode()).digest(), attempts, window)

    @property
    def refuses(self) -> bool:
        return self.attempts != _NEVER

    def never_used_up(self) -> "Allowance":
        """The same, which counts attempts and refuses none."""
        return replace(self, attempts=_NEVER)


@dataclass(frozen=True, slots=True)
class Draw:
    """What became of an attempt: whether it was counted, and what refuses it for how long."""

    used_up: Mapping[bytes, timedelta]
    """By the key of the allowance; empty when the attempt may go on."""
    was_counted: bool


def who_tries(email: str, account: Account | None) -> str:
    """By what name guesses are counted: one for an account, however its email is spelled."""
    return str(account.id) if account else identity_of(email)


def account_allowances(who: str, device: Device) -> list[Allowance]:
    """What guesses at one account draw on, wherever they come from."""
    return _guesses("account", who, device.network)


def device_allowances(device_id: str, device: Device) -> list[Allowance]:
    """What a device has for itself at an account to which it has signed in before."""
    return _guesses("device", device_id, device.network)


def session_allowances(session_id: UUID) -> list[Allowance]:
    """What somebody who is signed in has to prove that they know the password."""
    return _guesses("session", str(session_id), "")


def address_allowances(device: Device) -> list[Allowance]:
    """What failures of one address draw on, whatever account they are about."""
    return _of_networks("network", device, attempts=100)


def sign_in_allowances(who: str, device: Device, device_id: str | None) -> list[Allowance]:
    """What a sign-in draws on.

    Guesses from elsewhere keep no device out that is known to the account; its own are counted
    against the account all the same.
    """
    of_account = account_allowances(who, device)
    if device_id is not None:
        of_account = [allowance.never_used_up() for allowance in of_account]
        of_account += device_allowances(device_id, device)
    return of_account + address_allowances(device)


def who_asks(email: str, device: Device) -> Hashable:
    """By what name a sign-in is recognised before anything is looked up."""
    return identity_of(email), device.network, device.token


def sign_up_allowances(device: Device) -> list[Allowance]:
    return _of_networks("sign-up", device, attempts=20)


def reset_allowances(device: Device) -> list[Allowance]:
    return _of_networks("reset", device, attempts=20)


def mailbox_allowance(who: str) -> Allowance:
    """How many links to reset a password may be sent to one mailbox."""
    return Allowance.of("mailbox", who, attempts=10, window=timedelta(hours=1))


def resend_allowance(account_id: UUID) -> Allowance:
    return Allowance.of("resend", str(account_id), attempts=10, window=timedelta(hours=1))


def _guesses(kind: str, who: str, network: str) -> list[Allowance]:
    quick = Allowance.of(f"{kind}+network", who, network, attempts=10, window=timedelta(minutes=15))
    return [
        replace(quick, ends_with_success=True),
        Allowance.of(kind, who, attempts=100, window=timedelta(days=1)),
    ]


def _of_networks(kind: str, device: Device, *, attempts: int) -> list[Allowance]:
    """So many in an hour by each network that the address lies in, by a wider one more."""
    return [
        Allowance.of(kind, network, attempts=attempts * share, window=timedelta(hours=1))
        for network, share in networks_of(device.ip)
    ]


class Purpose(StrEnum):
    """What a link in a mail is for."""

    VERIFY_EMAIL = auto()
    RESET_PASSWORD = auto()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=24) if self is Purpose.VERIFY_EMAIL else timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """What a link in a mail carries. Only its digest is kept, which opens nothing."""

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
        """Without salt or stretching: nobody guesses 256 random bits."""
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lives unused and at most, and what may outlive it for how long."""

    idle: timedelta
    absolute: timedelta
    grace: timedelta
    access: timedelta
    most: int = 100
    """How many sessions of one account are open; ten times as many are remembered."""


class RefreshVerdict(Enum):
    """What a refresh token is worth."""

    ROTATE = auto()
    REPEAT = auto()
    REUSED = auto()
    REFUSED = auto()


@record
class Session:
    """A sign-in on one device, as it stands at ``now`` by the database's clock."""

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

        The immediate predecessor is repeated within the grace, counted from the rotation and
        never extended: that is a second tab or a lost response. Anything older is a theft.
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
    """What a client gets for signing in: both tokens and whose they are."""

    account: Account
    access_token: str
    expires_in: int
    refresh_token: str
    device_token: str | None = None
    """What the device shows at its next sign-in, where it has nothing to show yet."""


def contains_context(password: str, *, words: Iterable[str], names: Iterable[str]) -> bool:
    """Whether ``password`` contains one of ``words`` or a part of one of ``names``.

    A part of a name counts from four letters on, a word from three.
    """
    parts = (part for name in names for part in re.split(r"\W+", name))
    found = [
        *(word for word in words if len(word) >= _WORD_MIN_LENGTH),
        *(part for part in parts if len(part) >= _NAME_MIN_LENGTH),
    ]
    lowered = password.casefold()
    return any(each.casefold() in lowered for each in found)
