from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.router import router
from BE.modules.audit.service import AddressService, ArchiveService, AuditService


class AuditContainer(DeclarativeContainer):
    # settings
    address_retention_days: float = needed()

    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()

    audit_repository = singleton(AuditRepository, database)
    audit_service = singleton(AuditService, audit_repository, cursors)
    archive_service = singleton(ArchiveService, database, audit_repository, events)
    address_service = singleton(
        AddressService,
        database,
        audit_repository,
        events,
        address_retention_days=address_retention_days,
    )


def subscribe(bus: EventBus, objects: AuditContainer) -> None:
    bus.subscribe_all(objects.audit_service.on_events)
    bus.subscribe(HourPassed, objects.address_service.on_hour_passed, Delivery.DURABLE_IN_BATCHES)


HELD: tuple[Held[AuditContainer], ...] = (
    Held(
        name="audit",
        about="What you did here and what others did to your account, with the address that you"
        " did it from; entries that were moved to an archive are not here",
        tables=("audit.entry", "audit.address"),
        read=lambda objects, user_id: objects.audit_repository.held(user_id),
    ),
)

INVARIANTS = {
    "the audit trail goes on where its last seal ends": """
        SELECT NOT EXISTS (
            SELECT
            FROM (SELECT max(last_sequence) AS last FROM audit.seal) AS sealed
            CROSS JOIN audit.head AS head
            WHERE head.sequence < sealed.last
                OR (
                    head.sequence > sealed.last
                    AND NOT EXISTS (SELECT FROM audit.entry WHERE sequence = sealed.last + 1)
                )
        )
    """,
}

CONTEXT = Context(
    name="audit",
    container=AuditContainer,
    routers=(router,),
    append_only=("audit.entry", "audit.address", "audit.seal", "audit.head"),
    held=HELD,
    scopes=("audit:read",),
    subscribe=subscribe,
    invariants=INVARIANTS,
)
