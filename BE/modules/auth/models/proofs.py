from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof of identity: one of these."""

    password: str | None = None
    code: str | None = None
    """From the authenticator app, or a recovery code."""
    passkey: dict[str, Any] | None = None
    """A browser's answer that a passkey has signed."""
