from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.http.host_cookie import HostCookie
from BE.core.http.paths import API
from BE.core.outside.outside import Outside
from BE.core.personal_data import Held
from BE.core.security.keys import KeyRing
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import EmailChanged, PasswordChanged, UserDeleted
from BE.modules.identities.ports import (
    Enrolment,
    Handover,
    OwnWays,
    Sessions,
    SignIns,
)
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.router import router
from BE.modules.identities.security.cookies import FlowCookie, SignInCookies
from BE.modules.identities.security.flows import LIFETIME, Flows
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.security.provider_settings import ProviderSettings
from BE.modules.identities.security.providers import Providers
from BE.modules.identities.security.trusted_issuers import TrustedIssuer
from BE.modules.identities.service import (
    EnrolmentService,
    IdentityService,
    ProviderSignInService,
    WayService,
)

_PROVIDERS = f"{API}/auth/providers"


class IdentitiesContainer(DeclarativeContainer):
    # settings
    cookie_secure: bool = needed()
    keys: KeyRing = needed()
    oidc_providers: tuple[ProviderSettings, ...] = needed()
    public_address: str = needed()
    root_path: str = needed()
    trusted_issuers: tuple[TrustedIssuer, ...] = needed()

    # core
    database: Database = needed()
    events: EventBus = needed()
    outside: Outside = needed()

    # auth
    account_service: Enrolment = needed()
    device_cookie: HostCookie = needed()
    own_way_service: OwnWays = needed()
    password_service: Handover = needed()
    provider_session_service: SignIns = needed()
    refresh_cookie: HostCookie = needed()
    second_step_cookie: HostCookie = needed()
    session_service: Sessions = needed()

    foreign_tokens = singleton(ForeignTokens, trusted_issuers, outside)
    flows = singleton(Flows, keys)
    flow_cookie = singleton(
        FlowCookie,
        "sign_in_flow",
        secure=cookie_secure,
        root_path=root_path,
        path=_PROVIDERS,
        lifetime=timedelta(seconds=LIFETIME),
        same_site="Lax",
    )
    sign_in_cookies = singleton(SignInCookies, refresh_cookie, device_cookie, second_step_cookie)
    sign_in_providers = singleton(
        Providers, oidc_providers, outside, public_address=public_address, path=_PROVIDERS
    )
    identity_repository = singleton(IdentityRepository, database)
    enrolment_service = singleton(
        EnrolmentService, identity_repository, account_service, password_service, events
    )
    identity_service = singleton(
        IdentityService,
        database,
        identity_repository,
        foreign_tokens,
        enrolment_service,
        session_service,
        events,
    )
    provider_sign_in_service = singleton(
        ProviderSignInService,
        database,
        identity_repository,
        sign_in_providers,
        flows,
        enrolment_service,
        account_service,
        provider_session_service,
    )
    way_service = singleton(
        WayService,
        database,
        identity_repository,
        own_way_service,
        session_service,
        events,
        providers=oidc_providers,
        trusted_issuers=trusted_issuers,
    )


def subscribe(bus: EventBus, objects: IdentitiesContainer) -> None:
    identities = objects.identity_service
    bus.subscribe(UserDeleted, identities.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(EmailChanged, identities.on_email_changed, Delivery.IN_TRANSACTION)
    bus.subscribe(PasswordChanged, identities.on_password_changed, Delivery.IN_TRANSACTION)
    bus.subscribe(
        HourPassed, objects.provider_sign_in_service.on_hour_passed, Delivery.DURABLE_IN_BATCHES
    )


INVARIANTS = {
    "every identity has an account": """
        SELECT NOT EXISTS (
            SELECT account_id FROM identities.identity WHERE account_id IS NOT NULL
            EXCEPT SELECT id FROM auth.account
        )
    """,
}

HELD: tuple[Held[IdentitiesContainer], ...] = (
    Held(
        name="identities",
        about="By whom else you sign in, and under which name they know you",
        tables=("identities.identity",),
        read=lambda objects, user_id: objects.identity_repository.held(user_id),
    ),
)


@asynccontextmanager
async def running(objects: IdentitiesContainer) -> AsyncIterator[None]:
    async with objects.foreign_tokens, objects.sign_in_providers:
        yield


CONTEXT = Context(
    name="identities",
    container=IdentitiesContainer,
    routers=(router,),
    tables=("identities.used_flow", "identities.identity"),
    passing=("identities.used_flow",),
    held=HELD,
    subscribe=subscribe,
    invariants=INVARIANTS,
    running=running,
)
