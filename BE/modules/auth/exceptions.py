from typing import ClassVar

from BE.core.exceptions import (
    ConflictError,
    Detail,
    FaultKind,
    InvalidInputError,
    NotFoundError,
    UnauthorizedError,
)


class AccountNotFound(NotFoundError):
    """There is no such account"""


class LastAdmin(ConflictError):
    """This is the last active admin: make another one first"""

    def __init__(self, *fields: str) -> None:
        """``fields``: the arguments that would remove the admin."""
        super().__init__(details=[self.at(field, "last_admin") for field in fields])


class EmailTaken(ConflictError):
    """Email already registered"""

    def __init__(self, *others: Detail) -> None:
        """``others``: what else is taken."""
        super().__init__(details=[self.at("email", "taken"), *others])


class ApiKeyNotFound(NotFoundError):
    """There is no such API key"""


class UnknownScope(InvalidInputError):
    """There is no such scope"""


class TooManyApiKeys(ConflictError):
    """Your account has as many API keys as it may have, end one of them first"""


class ApiKeyExpired(UnauthorizedError):
    """The API key has expired"""

    code = "TOKEN_EXPIRED"


class SessionNotFound(NotFoundError):
    """There is no such session"""


class InvalidCredentials(UnauthorizedError):
    """Incorrect email or password"""

    code = "INVALID_CREDENTIALS"


class WrongPassword(InvalidCredentials):
    """The current password is incorrect"""

    def __init__(self, field: str, *others: Detail) -> None:
        """``others``: what else is wrong."""
        super().__init__()
        self.details = [self.at(field, "value_error"), *others]


class PasskeyNotFound(NotFoundError):
    """There is no such passkey"""


class PasskeyRefused(InvalidCredentials):
    """This passkey was not accepted"""


class PasskeyTaken(ConflictError):
    """This passkey is registered already"""


class TooManyPasskeys(ConflictError):
    """The account has as many passkeys as it may have: remove one first"""


class UnusablePasskey(InvalidInputError):
    """The passkey could not be verified: try once more"""


class WrongCode(InvalidCredentials):
    """The code is incorrect, or was used already"""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.details = [self.at(field, "value_error")]


class SecondFactorRequired(UnauthorizedError):
    """Enter a code of your authenticator app"""

    code = "SECOND_FACTOR_REQUIRED"

    def __init__(self, challenge: str) -> None:
        super().__init__()
        self.more["challenge"] = challenge


class InvalidChallenge(UnauthorizedError):
    """This sign-in took too long or is done already: start again"""


class SecondFactorIsOn(ConflictError):
    """Two-step sign-in is on already"""


class SecondFactorMissing(NotFoundError):
    """Two-step sign-in is not set up"""


class PasswordMissing(InvalidInputError):
    """The password is required"""

    def __init__(self) -> None:
        super().__init__(details=[self.at("password", "missing")])


class InvalidLink(UnauthorizedError):
    """This link has expired or was used already"""


class RefreshRefused(UnauthorizedError):
    """Sign in again"""


class InvalidRefreshToken(RefreshRefused):
    """The refresh token is not valid, sign in again"""

    code = "INVALID_REFRESH_TOKEN"


class ForgedRefreshToken(InvalidRefreshToken):
    """The refresh token is not valid, sign in again"""


class RefreshTokenReused(RefreshRefused):
    """The refresh token was used twice, so its session was ended: sign in again"""

    code = "REFRESH_TOKEN_REUSED"


class WeakPassword(InvalidInputError):
    """The password is too easy to guess"""

    code = "WEAK_PASSWORD"
    kind: ClassVar[FaultKind] = "weak_password"

    def __init__(self, *faults: Detail) -> None:
        super().__init__(faults[0].message, details=faults)
