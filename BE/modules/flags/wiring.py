from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, Shown
from BE.core.flags import Flags
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.flags.events import FlagChanged
from BE.modules.flags.ports import Teams
from BE.modules.flags.repository import FlagRepository
from BE.modules.flags.router import router
from BE.modules.flags.service import FlagService, SnapshotProvider, Snapshots


class FlagsContainer(DeclarativeContainer):
    # settings
    idle_poll_seconds: float = needed()

    # core
    database: Database = needed()
    events: EventBus = needed()
    flags: Flags = needed()

    # teams
    membership_service: Teams = needed()

    flag_repository = singleton(FlagRepository, database)
    flag_snapshots = singleton(Snapshots, database, flag_repository, idle_poll=idle_poll_seconds)
    flag_provider = singleton(SnapshotProvider, flags, flag_snapshots)
    flag_service = singleton(
        FlagService, database, flag_repository, events, flags, flag_snapshots, membership_service
    )


def subscribe(bus: EventBus, objects: FlagsContainer) -> None:
    flags = objects.flag_service
    bus.subscribe(UserDeleted, flags.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeletionSettled, flags.on_user_deleted, name="flags.on_user_deletion_settled")


async def prepare(objects: FlagsContainer) -> None:
    await objects.flag_snapshots.load()


@asynccontextmanager
async def running(objects: FlagsContainer) -> AsyncIterator[None]:
    objects.flags.provide(objects.flag_provider)
    async with objects.flag_snapshots.watching():
        yield


HELD: tuple[Held[FlagsContainer], ...] = (
    Held(
        name="flags",
        about="Features that are switched for you by name, or that you switched as an admin",
        tables=("flags.flag",),
        read=lambda objects, user_id: objects.flag_repository.held(user_id),
    ),
)

CONTEXT = Context(
    name="flags",
    container=FlagsContainer,
    routers=(router,),
    tables=("flags.flag", "flags.revision"),
    held=HELD,
    subscribe=subscribe,
    shown=(Shown(FlagChanged, "flag.changed", of="flag_id", to="audience_id", version="revision"),),
    prepare=prepare,
    running=running,
)
