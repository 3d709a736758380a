"""The use cases of auth, a service per subject."""

from BE.modules.auth.service.accounts import AccountService
from BE.modules.auth.service.administration import AdministrationService
from BE.modules.auth.service.api_key_exchange import ApiKeyExchange
from BE.modules.auth.service.api_keys import ApiKeyService
from BE.modules.auth.service.email_changes import EmailChangeService
from BE.modules.auth.service.email_verification import EmailVerificationService
from BE.modules.auth.service.mail_allowances import MailAllowances
from BE.modules.auth.service.own_ways import OwnWayService
from BE.modules.auth.service.passkey_proofs import PasskeyProofService
from BE.modules.auth.service.passkeys import PasskeyService
from BE.modules.auth.service.passwords import PasswordService
from BE.modules.auth.service.places import PlaceService
from BE.modules.auth.service.provider_sessions import ProviderSessionService
from BE.modules.auth.service.refresh import RefreshService
from BE.modules.auth.service.second_step import SecondStepService
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.sign_in import SignInService
from BE.modules.auth.service.sign_out import SignOutService
from BE.modules.auth.service.step_up import StepUpService
from BE.modules.auth.service.totp import TotpService

__all__ = [
    "AccountService",
    "AdministrationService",
    "ApiKeyExchange",
    "ApiKeyService",
    "EmailChangeService",
    "EmailVerificationService",
    "MailAllowances",
    "OwnWayService",
    "PasskeyProofService",
    "PasskeyService",
    "PasswordService",
    "PlaceService",
    "ProviderSessionService",
    "RefreshService",
    "SecondStepService",
    "SessionService",
    "SignInService",
    "SignOutService",
    "StepUpService",
    "TotpService",
]
