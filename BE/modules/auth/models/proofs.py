from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Proof:
    """By what somebody proves who they are: one of these."""

    password: str | None = None
    code: str | None = None
    """Of the authenticator app, or a recovery code."""
    passkey: dict[str, Any] | None = None
    """What a browser says that a passkey has signed."""
