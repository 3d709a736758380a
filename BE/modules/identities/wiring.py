from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import PasswordChanged, UserDeleted
from BE.modules.identities.ports import Enrolment, Handover, Sessions
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.security.trusted_issuers import TrustedIssuer
from BE.modules.identities.service import IdentityService


class IdentitiesContainer(DeclarativeContainer):
    # settings
    trusted_issuers: tuple[TrustedIssuer, ...] = needed()

    # core
    database: Database = needed()

    # auth
    account_service: Enrolment = needed()
    password_service: Handover = needed()
    session_service: Sessions = needed()

    foreign_tokens = singleton(ForeignTokens, trusted_issuers)
    identity_repository = singleton(IdentityRepository, database)
    identity_service = singleton(
        IdentityService,
        database,
        identity_repository,
        foreign_tokens,
        account_service,
        session_service,
        password_service,
    )


def subscribe(bus: EventBus, objects: IdentitiesContainer) -> None:
    identities = objects.identity_service
    bus.subscribe(UserDeleted, identities.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(PasswordChanged, identities.on_password_changed, Delivery.IN_TRANSACTION)


INVARIANTS = {
    "every identity is somebody's": """
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

CONTEXT = Context(
    name="identities",
    container=IdentitiesContainer,
    tables=("identities.identity",),
    held=HELD,
    subscribe=subscribe,
    invariants=INVARIANTS,
    running=lambda objects: objects.foreign_tokens,
)
