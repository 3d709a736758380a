"""The use cases of auth, one service for each subject."""

from BE.modules.auth.service.accounts import AccountService
from BE.modules.auth.service.administration import AdministrationService
from BE.modules.auth.service.email_verification import EmailVerificationService
from BE.modules.auth.service.passwords import PasswordService
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.sign_in import AuthService

__all__ = [
    "AccountService",
    "AdministrationService",
    "AuthService",
    "EmailVerificationService",
    "PasswordService",
    "SessionService",
]
