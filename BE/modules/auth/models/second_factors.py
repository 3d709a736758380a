import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp

from BE.core.types import record

_STEP_SECONDS = 30
_DIGITS = 6
_DRIFT = 1  # how many steps the clock of a phone may be ahead or behind
_CODES = 10
_CODE_BYTES = 10  # 80 random bits: they cannot be guessed, so the digest needs no salt
_GROUP = 4


@record
class Totp:
    """An authenticator app that an account has set up."""

    sealed_secret: bytes
    used_step: int
    """The last step of which a code was used; codes up to it are no longer valid."""
    confirmed_at: datetime | None
    """``None`` until a code of the app confirms it."""


@dataclass(frozen=True, slots=True)
class TotpState:
    """Sign-in in two steps as its owner sees it."""

    confirmed_at: datetime | None
    """Since when it is on."""
    recovery_codes_left: int


class TotpSecret:
    """The secret that an authenticator app shares with us (RFC 6238)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._totp = pyotp.TOTP(text)

    @classmethod
    def new(cls) -> "TotpSecret":
        return cls(pyotp.random_base32())

    def uri(self, email: str, issuer: str) -> str:
        """The URI that the app reads from the QR code."""
        return self._totp.provisioning_uri(name=email, issuer_name=issuer)

    def code(self, step: int) -> str:
        return self._totp.generate_otp(step)

    def step_of(self, code: str, now: float) -> int | None:
        """The step that has this code, around ``now``, in seconds since 1970."""
        middle = int(now) // _STEP_SECONDS
        steps = range(middle - _DRIFT, middle + _DRIFT + 1)
        found = [step for step in steps if secrets.compare_digest(self.code(step), code)]
        return found[-1] if found else None


def is_totp_code(code: str) -> bool:
    """Whether it looks like the code of an app, and not like a recovery code."""
    return len(code) == _DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> list[str]:
    """Ten codes, each of which replaces the app once."""
    texts = [base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode() for _ in range(_CODES)]
    return ["-".join(_groups(text)) for text in texts]


def recovery_code_digest(code: str) -> bytes:
    """The digest that is stored; it is the same for every spelling of the code."""
    return hashlib.sha256("".join(filter(str.isalnum, code)).upper().encode()).digest()


def _groups(text: str) -> list[str]:
    return [text[start : start + _GROUP] for start in range(0, len(text), _GROUP)]
