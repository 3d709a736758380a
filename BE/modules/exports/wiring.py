from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.jobs import JobHandlers, Jobs
from BE.core.personal_data import PersonalData
from BE.core.product import NAME
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.exports.events import ExportRequested
from BE.modules.exports.jobs import MakeExport
from BE.modules.exports.repository import ExportRepository
from BE.modules.exports.router import router
from BE.modules.exports.service import AT_ONCE, KEPT, RETRIES, ExportService


class ExportsContainer(DeclarativeContainer):
    # settings
    rate_limit_enabled: bool = needed()

    # core
    database: Database = needed()
    events: EventBus = needed()
    jobs: Jobs = needed()
    personal_data: PersonalData = needed()

    export_repository = singleton(ExportRepository, database)
    export_service = singleton(
        ExportService,
        database,
        export_repository,
        events,
        jobs,
        personal_data,
        application=NAME,
        largest=128 * 1024 * 1024,
        counting=rate_limit_enabled,
    )


def subscribe(bus: EventBus, objects: ExportsContainer) -> None:
    exports = objects.export_service
    bus.subscribe(ExportRequested, exports.on_export_requested)
    bus.subscribe(UserDeleted, exports.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        UserDeletionSettled, exports.on_user_deleted, name="exports.on_user_deletion_settled"
    )
    bus.subscribe(HourPassed, exports.on_hour_passed, Delivery.DURABLE_IN_BATCHES)


def do_jobs(handlers: JobHandlers, objects: ExportsContainer) -> None:
    handlers.handle(
        MakeExport, objects.export_service.make, at_once=AT_ONCE, kept=KEPT, retries=RETRIES
    )


CONTEXT = Context(
    name="exports",
    container=ExportsContainer,
    routers=(router,),
    tables=("exports.piece", "exports.export"),
    passing=("exports.piece", "exports.export"),
    withheld={
        "exports.export": "When you asked for files such as this one: deleted after a day",
    },
    subscribe=subscribe,
    jobs=do_jobs,
)
