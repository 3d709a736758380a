from datetime import timedelta

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.http.idempotency import Idempotency
from BE.core.http.pagination import Cursors
from BE.core.http.paths import API
from BE.core.personal_data import Held
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.keys import KeyRing
from BE.core.security.passwords import Passwords
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import instance, needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.auth.models import SessionPolicy
from BE.modules.auth.ports import Profiles
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.router import routers
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.security.host_cookie import DeviceCookie, RefreshCookie
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

    # users
    user_service: Profiles = needed()

    refresh_tokens = singleton(RefreshTokens, keys)
    device_tokens = singleton(DeviceTokens, keys)
    email_digests = singleton(EmailDigests, keys)
    relying_party = singleton(RelyingParty, public_address, "Bounded")
    refresh_cookie = singleton(
        RefreshCookie,
        "refresh_token",
        secure=cookie_secure,
        root_path=root_path,
        path=f"{API}/auth",
        lifetime=session_idle,
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
        PasswordPolicy, user_service, min_length=password_min_length, application_name="bounded"
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
    second_step_service = singleton(
        SecondStepService,
        database,
        auth_repository,
        device_tokens,
        email_digests,
        auth_service,
        second_factors,
        throttle,
    )
    own_way_service = singleton(OwnWayService, auth_repository, events)
    provider_session_service = singleton(
        ProviderSessionService, auth_repository, email_digests, auth_service, policy=session_policy
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
    email_change_service = singleton(
        EmailChangeService,
        database,
        auth_repository,
        events,
        email_digests,
        user_service,
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


def subscribe(bus: EventBus, objects: AuthContainer) -> None:
    idempotency = objects.idempotency
    bus.subscribe(UserDeleted, idempotency.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        UserDeletionSettled,
        idempotency.on_user_deleted,
        name="idempotency.on_user_deletion_settled",
    )
    bus.subscribe(HourPassed, objects.session_service.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    bus.subscribe(
        HourPassed,
        objects.api_key_service.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.delete_expired_api_keys",
    )
    changes = objects.email_change_service
    bus.subscribe(
        HourPassed,
        changes.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.drop_past_email_changes",
    )
    places = objects.place_service
    bus.subscribe(
        HourPassed,
        places.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.drop_past_places",
    )


async def prepare(objects: AuthContainer) -> None:
    await objects.revocations.load()


HELD: tuple[Held[AuthContainer], ...] = (
    Held(
        name="account",
        about="Your account: the email address that you sign in with, and what you may do",
        tables=("auth.account",),
        read=lambda objects, user_id: objects.auth_repository.held_account(user_id),
    ),
    Held(
        name="sessions",
        about="Where you signed in: when, from which address and with which browser",
        tables=("auth.session",),
        read=lambda objects, user_id: objects.auth_repository.held_sessions(user_id),
    ),
    Held(
        name="api-keys",
        about="Your API keys: what they may do and when they were used, without the keys",
        tables=("auth.api_key",),
        read=lambda objects, user_id: objects.auth_repository.held_api_keys(user_id),
    ),
    Held(
        name="passkeys",
        about="Your passkeys: their names, and when you added and used them",
        tables=("auth.passkey",),
        read=lambda objects, user_id: objects.auth_repository.held_passkeys(user_id),
    ),
    Held(
        name="email-changes",
        about="Changes of your email that wait to be confirmed, or can still be taken back",
        tables=("auth.email_change",),
        read=lambda objects, user_id: objects.auth_repository.held_email_changes(user_id),
    ),
)

WITHHELD = {
    "auth.sign_in_place": "Networks and programs that you signed in from in the last months, as"
    " digests that recognise them: the sessions and the audit trail have them readable",
    "auth.one_time_token": "Links in mails that were sent to you and not used yet, as digests",
    "auth.challenge": "Questions that you were asked to prove who you are, as digests: deleted"
    " after some minutes",
    "auth.totp": "The secret of your authenticator app, encrypted: it would open your account",
    "auth.recovery_code": "Your recovery codes, as digests",
}

CONTEXT = Context(
    name="auth",
    container=AuthContainer,
    routers=routers,
    tables=(
        "auth.api_key",
        "auth.challenge",
        "auth.email_change",
        "auth.recovery_code",
        "auth.totp",
        "auth.one_time_token",
        "auth.passkey",
        "auth.sign_in_place",
        "auth.session",
        "auth.revocation",
        "auth.throttle",
        "auth.account",
    ),
    passing=("auth.challenge",),
    held=HELD,
    withheld=WITHHELD,
    subscribe=subscribe,
    prepare=prepare,
    running=lambda objects: objects.revocations.watching(),
)
