"""How many attempts are allowed: at a password, a sign-up, a reset or a mail."""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from BE.core.context import networks_of
from BE.core.emails import identity_of
from BE.modules.auth.models import Account, Device

_NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many attempts are allowed in a window, counted under ``key``.

    The key is a digest, so that emails typed by anonymous callers are not stored.
    """

    key: bytes
    attempts: int
    window: timedelta
    ends_with_success: bool = False
    """Whether a success resets the count, rather than reverting only its own attempt."""

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
    """How long the allowance refuses, by its key; empty if the attempt may proceed."""
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

    Guesses from elsewhere do not lock out a device that the account has used before. That device's
    own guesses still count against the account.
    """
    of_account = account_allowances(subject, device)
    if device_id is not None:
        of_account = [allowance.never_used_up() for allowance in of_account]
        of_account += device_allowances(device_id, device)
    return of_account + address_allowances(device)


def second_step_allowances(
    account_id: UUID, device: Device, device_id: str | None
) -> list[Allowance]:
    """The allowances of a code: those of a sign-in, and some that apply to known devices too.

    A code follows the right password, so others cannot use them up.
    """
    of_codes = _guesses("second-step", str(account_id), device.network)
    return sign_in_allowances(str(account_id), device, device_id) + of_codes


def sign_in_caller(email: str, device: Device) -> Hashable:
    """The key that recognises a refused caller, before any query."""
    return identity_of(email), device.network, device.tokens


def sign_up_allowances(device: Device) -> list[Allowance]:
    return _of_networks("sign-up", device, attempts=20)


def reset_allowances(device: Device) -> list[Allowance]:
    return _of_networks("reset", device, attempts=20)


def unknown_api_key_allowances(device: Device) -> list[Allowance]:
    """The allowances of an address for API keys that do not exist."""
    return _of_networks("api-key", device, attempts=100)


def new_api_key_allowance(account_id: UUID) -> Allowance:
    return Allowance.of("new-api-key", str(account_id), attempts=20, window=timedelta(hours=1))


def mailbox_allowance(subject: str) -> Allowance:
    """How many links to reset a password may go to one mailbox."""
    return Allowance.of("mailbox", subject, attempts=10, window=timedelta(hours=1))


def resend_allowance(account_id: UUID) -> Allowance:
    return Allowance.of("resend", str(account_id), attempts=10, window=timedelta(hours=1))


def new_device_allowance(account_id: UUID) -> Allowance:
    """How many mails about sign-ins with a new device an account gets."""
    return Allowance.of("new-device", str(account_id), attempts=10, window=timedelta(days=1))


def email_change_allowances(account_id: UUID, email: str) -> list[Allowance]:
    """How many changes of email an account may request, and how many one mailbox may confirm."""
    hour = timedelta(hours=1)
    return [
        Allowance.of("email-change", str(account_id), attempts=10, window=hour),
        Allowance.of("email-change+mailbox", identity_of(email), attempts=10, window=hour),
    ]


def mail_to_other_allowances(account_id: UUID, email: str) -> list[Allowance]:
    """How many mails a user may cause to others, and how many may go to one mailbox."""
    return [
        Allowance.of("other", str(account_id), attempts=100, window=timedelta(hours=1)),
        Allowance.of("other+mailbox", identity_of(email), attempts=10, window=timedelta(hours=1)),
    ]


def _guesses(kind: str, subject: str, network: str) -> list[Allowance]:
    quick = Allowance.of(
        f"{kind}+network", subject, network, attempts=10, window=timedelta(minutes=15)
    )
    return [
        replace(quick, ends_with_success=True),
        Allowance.of(kind, subject, attempts=100, window=timedelta(days=1)),
    ]


def _of_networks(kind: str, device: Device, *, attempts: int) -> list[Allowance]:
    """Hourly allowances for the networks around the address; a wider one has a larger one."""
    return [
        Allowance.of(kind, network, attempts=attempts * share, window=timedelta(hours=1))
        for network, share in networks_of(device.ip)
    ]
