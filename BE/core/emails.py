"""Which email addresses are accepted, and which are equal."""

import string
from typing import Annotated, LiteralString

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from BE.core.types import STORABLE

EMAIL_MAX_LENGTH = 254

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ENCODED_WORD = ("=?", "?=")  # RFC 2047


def identity_of(email: str) -> str:
    """The form in which addresses are compared and counted, and by which accounts are unique.

    ``email`` is one that :data:`KnownEmail` returned. Only ASCII letters are folded: mailboxes that
    a wider folding joins (``ß`` and ``ss``, ``İ`` and ``i``) belong to different people. The column
    ``auth.account.email_identity`` holds the same.
    """
    return email.translate(_FOLDED)


def has_encoded_word(local_part: str) -> bool:
    """Whether a mail program could decode it to another address."""
    return any(sign in local_part for sign in _ENCODED_WORD)


def _normalized(email: str) -> str:
    """The domain in lower case and Unicode (IDNA 2008), the local part as it is (NFC).

    A local part beyond ASCII stays beyond ASCII: the sign of kelvin is no K.
    """
    try:
        # receiving a mail proves an address; `.test` is reserved for testing (RFC 2606)
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise _not_valid("email") from None
    if found.smtputf8 and found.ascii_local_part is not None:
        raise _not_valid("email")
    return found.normalized


def _acceptable(email: str) -> str:
    """Check the local part as it was sent: normalisation turns some other letters into ASCII."""
    local, _, _ = email.rpartition("@")
    if not local.isascii():
        message = "The part of an email address before the @ must consist of ASCII characters"
        raise PydanticCustomError("email_local_part", message)
    if has_encoded_word(local):
        raise _not_valid("email_local_part")
    return email


def _not_valid(kind: LiteralString) -> PydanticCustomError:
    return PydanticCustomError(kind, "This is not a valid email address")


KnownEmail = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EMAIL_MAX_LENGTH),
    STORABLE,
    AfterValidator(_normalized),
    Field(examples=["ada@example.com"]),
]
"""An address that an account is looked up by, in a normal form."""

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EMAIL_MAX_LENGTH),
    STORABLE,
    AfterValidator(_acceptable),
    AfterValidator(_normalized),
    Field(examples=["ada@example.com"]),
]
"""An address for a new account: a :data:`KnownEmail` that cannot be mistaken for another."""
