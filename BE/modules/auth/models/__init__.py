"""The models of auth, without a database or HTTP."""

from BE.modules.auth.models.accounts import Account, AccountChanges, AccountDraft
from BE.modules.auth.models.api_keys import (
    LONGEST_LIFE,
    MOST_API_KEYS,
    USUAL_LIFE,
    ApiKey,
    ApiKeyText,
    UsedApiKey,
)
from BE.modules.auth.models.challenges import Challenge, Challenged, ChallengePurpose
from BE.modules.auth.models.devices import Device
from BE.modules.auth.models.email_changes import EmailChange
from BE.modules.auth.models.one_time_tokens import OneTimeToken, Purpose
from BE.modules.auth.models.passkeys import NewPasskey, Passkey, PasskeyUse
from BE.modules.auth.models.password_context import contains_context
from BE.modules.auth.models.proofs import Proof
from BE.modules.auth.models.second_factors import (
    Totp,
    TotpSecret,
    TotpState,
    is_totp_code,
    new_recovery_codes,
    recovery_code_digest,
)
from BE.modules.auth.models.sessions import (
    OpenSession,
    RefreshVerdict,
    Session,
    SessionPolicy,
    SignIn,
)
from BE.modules.auth.models.ways import OwnWay

__all__ = [
    "LONGEST_LIFE",
    "MOST_API_KEYS",
    "USUAL_LIFE",
    "Account",
    "AccountChanges",
    "AccountDraft",
    "ApiKey",
    "ApiKeyText",
    "Challenge",
    "ChallengePurpose",
    "Challenged",
    "Device",
    "EmailChange",
    "NewPasskey",
    "OneTimeToken",
    "OpenSession",
    "OwnWay",
    "Passkey",
    "PasskeyUse",
    "Proof",
    "Purpose",
    "RefreshVerdict",
    "Session",
    "SessionPolicy",
    "SignIn",
    "Totp",
    "TotpSecret",
    "TotpState",
    "UsedApiKey",
    "contains_context",
    "is_totp_code",
    "new_recovery_codes",
    "recovery_code_digest",
]
