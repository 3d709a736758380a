"""Statements of other issuers about their users."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from BE.core.emails import Email

_MAX_SUBJECT = 255

_EMAIL = TypeAdapter[str](Email)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A trusted issuer's statement about a subject. ``expires_at`` is in seconds since 1970."""

    issuer: str
    subject: str
    issued_at: datetime
    expires_at: float
    email: str | None
    email_verified: bool
    name: str | None


class Refused(Exception):
    """Another issuer's statement is not acceptable here; the message is the reason, for the log."""


def subject_in(claims: Mapping[str, Any]) -> str:
    """Raises :class:`Refused` for one that is missing or cannot be stored."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
        raise Refused("subject")
    if "\x00" in subject or any("\ud800" <= character <= "\udfff" for character in subject):
        raise Refused("subject")
    return subject


def email_of(claim: Any) -> str | None:
    """The address, if mail could be sent to it."""
    try:
        return _EMAIL.validate_python(claim, strict=True)
    except ValidationError:
        return None


def is_verified(claims: Mapping[str, Any]) -> bool:
    """OpenID Connect's claim, or that of Better Auth; if both are present, both must hold."""
    values = [claims[name] for name in ("email_verified", "emailVerified") if name in claims]
    return bool(values) and all(value is True for value in values)


def name_in(claims: Mapping[str, Any]) -> str | None:
    name = claims.get("name")
    return name if isinstance(name, str) else None
