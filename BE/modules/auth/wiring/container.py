from datetime import timedelta

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.http.idempotency import Idempotency
from BE.core.http.pagination import Cursors
from BE.core.http.paths import API
from BE.core.product import NAME, SLUG
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.keys import KeyRing
from BE.core.security.passwords import Passwords
from BE.core.security.scopes import Scopes
from BE.core.wiring.declaring import instance, needed, singleton
from BE.modules.auth.models import ChallengePurpose, SessionPolicy
from BE.modules.auth.ports import Profiles
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.security.host_cookie import DeviceCookie, RefreshCookie, SecondStepCookie
from BE.modules.auth.security.refresh_tokens import RefreshTokens
from BE.modules.auth.security.relying_party import RelyingParty
from BE.modules.auth.security.revocations import Revocations
from BE.modules.auth.security.totp_secrets import TotpSecrets
from BE.modules.auth.service import (
    AccountService,
    AdministrationService,
    ApiKeyExchange,
    ApiKeyService,
    EmailChangeService,
    EmailVerificationService,
    MailAllowances,
    OwnWayService,
    PasskeyProofService,
    PasskeyService,
    PasswordService,
    PlaceService,
    ProviderSessionService,
    RefreshService,
    SecondStepService,
    SessionService,
    SignInService,
    SignOutService,
    StepUpService,
    TotpService,
)
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.presented_sessions import PresentedSessions
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.session_tokens import SessionTokens
from BE.modules.auth.service.throttle import Throttle


class AuthContainer(DeclarativeContainer):
    # settings
    address_retention_days: float = needed()
    cookie_secure: bool = needed()
    idle_poll_seconds: float = needed()
    keys: KeyRing = needed()
    password_min_length: int = needed()
    public_address: str = needed()
    rate_limit_enabled: bool = needed()
    refresh_grace: timedelta = needed()
    revocation_lifetime: timedelta = needed()
    root_path: str = needed()
    session_absolute: timedelta = needed()
    session_idle: timedelta = needed()
    settling_time: timedelta = needed()

    # core
    access_tokens: AccessTokens = needed()
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()
    idempotency: Idempotency = needed()
    passwords: Passwords = needed()
    scopes: Scopes = needed()

    # users
    user_service: Profiles = needed()

    refresh_tokens = singleton(RefreshTokens, keys)
    device_tokens = singleton(DeviceTokens, keys)
    email_digests = singleton(EmailDigests, keys)
    relying_party = singleton(RelyingParty, public_address, NAME)
    refresh_cookie = singleton(
        RefreshCookie,
        "refresh_token",
        secure=cookie_secure,
        root_path=root_path,
        path=f"{API}/auth",
        lifetime=session_idle,
    )
    second_step_cookie = singleton(
        SecondStepCookie,
        "second_step",
        secure=cookie_secure,
        root_path=root_path,
        path=f"{API}/auth",
        lifetime=ChallengePurpose.SECOND_FACTOR.lifetime,
    )
    device_cookie = singleton(
        DeviceCookie,
        "device",
        secure=cookie_secure,
        root_path=root_path,
        path=f"{API}/auth",
        lifetime=timedelta(days=365),
    )
    auth_repository = singleton(AuthRepository, database)
    revocations = singleton(
        Revocations,
        database,
        auth_repository,
        token_lifetime=revocation_lifetime,
        forget_tokens=instance(access_tokens).forget,
        idle_poll=idle_poll_seconds,
    )
    throttle = singleton(Throttle, auth_repository, enabled=rate_limit_enabled)
    password_policy = singleton(
        PasswordPolicy, user_service, min_length=password_min_length, application_name=SLUG
    )
    session_policy = singleton(
        SessionPolicy,
        idle=session_idle,
        absolute=session_absolute,
        grace=refresh_grace,
        access=revocation_lifetime,
    )
    session_service = singleton(
        SessionService, database, auth_repository, revocations, cursors, policy=session_policy
    )
    api_key_service = singleton(
        ApiKeyService,
        database,
        auth_repository,
        events,
        revocations,
        cursors,
        throttle,
        scopes,
        policy=session_policy,
    )
    api_key_exchange = singleton(ApiKeyExchange, auth_repository, throttle)
    presented_sessions = singleton(PresentedSessions, auth_repository, refresh_tokens)
    sign_out_service = singleton(
        SignOutService, database, auth_repository, presented_sessions, session_service
    )
    session_tokens = singleton(SessionTokens, access_tokens, refresh_tokens)
    account_service = singleton(AccountService, database, auth_repository, events)
    place_service = singleton(
        PlaceService,
        auth_repository,
        events,
        device_tokens,
        throttle,
        address_retention_days=address_retention_days,
    )
    totp_secrets = singleton(TotpSecrets, keys)
    second_factors = singleton(SecondFactors, database, auth_repository, events, totp_secrets)
    auth_service = singleton(
        SignInService,
        database,
        auth_repository,
        passwords,
        session_tokens,
        device_tokens,
        email_digests,
        password_policy,
        user_service,
        account_service,
        session_service,
        second_factors,
        throttle,
        place_service,
    )
    own_way_service = singleton(OwnWayService, auth_repository, events)
    provider_session_service = singleton(
        ProviderSessionService,
        auth_repository,
        email_digests,
        auth_service,
        second_factors,
        policy=session_policy,
    )
    refresh_service = singleton(
        RefreshService,
        database,
        auth_repository,
        events,
        session_tokens,
        presented_sessions,
        email_digests,
        session_service,
        throttle,
        policy=session_policy,
    )
    passkey_service = singleton(PasskeyService, database, auth_repository, events, relying_party)
    passkey_proof_service = singleton(
        PasskeyProofService,
        database,
        auth_repository,
        events,
        relying_party,
        auth_service,
        throttle,
    )
    second_step_service = singleton(
        SecondStepService,
        database,
        auth_repository,
        device_tokens,
        email_digests,
        auth_service,
        second_factors,
        passkey_proof_service,
        throttle,
    )
    password_service = singleton(
        PasswordService,
        database,
        auth_repository,
        events,
        passwords,
        device_tokens,
        email_digests,
        password_policy,
        passkey_service,
        second_factors,
        session_service,
        api_key_service,
        throttle,
    )
    step_up_service = singleton(
        StepUpService,
        database,
        auth_repository,
        password_service,
        second_factors,
        passkey_proof_service,
        throttle,
        policy=session_policy,
    )
    totp_service = singleton(
        TotpService,
        database,
        auth_repository,
        events,
        totp_secrets,
        second_factors,
        step_up_service,
    )
    email_verification_service = singleton(
        EmailVerificationService, database, auth_repository, events, device_tokens, throttle
    )
    mail_allowances = singleton(MailAllowances, throttle)
    email_change_service = singleton(
        EmailChangeService,
        database,
        auth_repository,
        events,
        email_digests,
        user_service,
        passkey_service,
        second_factors,
        api_key_service,
        session_service,
        throttle,
    )
    administration_service = singleton(
        AdministrationService,
        auth_repository,
        events,
        account_service,
        session_service,
        api_key_service,
        passwords,
        password_policy,
        settling=settling_time,
    )
