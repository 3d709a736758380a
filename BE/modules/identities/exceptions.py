from typing import Literal

from BE.core.exceptions import ConflictError, ForbiddenError, NotFoundError, UnavailableError

type FailureCode = Literal[
    "cancelled",
    "expired",
    "refused",
    "unavailable",
    "email_taken",
    "account_inactive",
    "second_factor_required",
    "identity_taken",
    "another_identity",
    "too_many",
    "unlinked",
]
"""Why a user returns from a provider without success (docs/errors.md)."""


class EmailOfAnotherAccount(ForbiddenError):
    """An account with this email exists: verify the email there and at your sign-in provider"""


class UnlinkedFromAccount(ForbiddenError):
    """This way to sign in was removed from the account with this email: link it there again"""


class ProviderNotFound(NotFoundError):
    """There is no such sign-in provider"""


class ProviderUnavailable(UnavailableError):
    """The sign-in provider cannot be reached at the moment, try again"""


class WayNotFound(NotFoundError):
    """You have no such way to sign in"""


class LastWay(ConflictError):
    """This is the last way to sign in: add another one first"""


class TooManyIdentities(ConflictError):
    """The account has as many ways to sign in as it may have: remove one first"""


class ArrivalFailed(Exception):
    """A user returns from a provider, and is not let in."""

    def __init__(self, code: FailureCode) -> None:
        super().__init__(code)
        self.code = code
