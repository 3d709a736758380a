from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus
from BE.core.flags import Flag
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted
from tests.support.specimen import labels
from tests.support.specimen.events import SpecimenCollected
from tests.support.specimen.repository import SpecimenRepository
from tests.support.specimen.router import by_user, router
from tests.support.specimen.service import SpecimenService
from tests.support.specimen.tables import TABLES


class SpecimenContainer(DeclarativeContainer):
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()

    specimen_repository = singleton(SpecimenRepository, database)
    specimen_service = singleton(SpecimenService, database, specimen_repository, events, cursors)


def subscribe(bus: EventBus, objects: SpecimenContainer) -> None:
    specimens = objects.specimen_service
    bus.subscribe(SpecimenCollected, specimens.on_specimen_collected)
    bus.subscribe(UserDeleted, specimens.on_user_deleted, Delivery.IN_TRANSACTION)


HELD: tuple[Held[SpecimenContainer], ...] = (
    Held(
        name="specimens",
        about="What you collected",
        tables=("specimens.specimen",),
        read=lambda objects, user_id: objects.specimen_repository.held(user_id),
    ),
)

TRIAL = Flag(name="specimen_trial", about="Specimens are on trial", default=False)
COLOUR = Flag(
    name="specimen_colour", about="How they look", default="red", variants=("red", "blue", "grey")
)
MOST = Flag(name="specimen_most", about="How many there may be", default=3)
WEIGHT = Flag(name="specimen_weight", about="How heavy they may be", default=0.5)

SPECIMEN = Context(
    name="specimens",
    container=SpecimenContainer,
    routers=(router, by_user, labels.first, labels.second),
    tables=TABLES,
    held=HELD,
    flags=(TRIAL, COLOUR, MOST, WEIGHT),
    subscribe=subscribe,
)
