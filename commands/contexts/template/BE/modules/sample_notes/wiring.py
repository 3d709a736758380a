from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, Shown
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.sample_notes.events import SampleNoteAdded, SampleNoteChanged, SampleNoteDeleted
from BE.modules.sample_notes.repository import SampleNoteRepository
from BE.modules.sample_notes.router import router
from BE.modules.sample_notes.service import SampleNoteService


class SampleNotesContainer(DeclarativeContainer):
    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()

    sample_note_repository = singleton(SampleNoteRepository, database)
    sample_note_service = singleton(
        SampleNoteService, database, sample_note_repository, events, cursors
    )


def subscribe(bus: EventBus, objects: SampleNotesContainer) -> None:
    sample_notes = objects.sample_note_service
    bus.subscribe(UserDeleted, sample_notes.on_user_deleted, Delivery.IN_TRANSACTION)
    # rows written by a request that was admitted before the deletion
    bus.subscribe(
        UserDeletionSettled,
        sample_notes.on_user_deleted,
        name="sample_notes.on_user_deletion_settled",
    )


SHOWN = (
    Shown(
        SampleNoteAdded,
        "sample_note.added",
        of="sample_note_id",
        to="owner_id",
        version="sample_note_version",
        scope="sample_notes:read",
    ),
    Shown(
        SampleNoteChanged,
        "sample_note.changed",
        of="sample_note_id",
        to="owner_id",
        version="sample_note_version",
        scope="sample_notes:read",
    ),
    Shown(
        SampleNoteDeleted,
        "sample_note.deleted",
        of="sample_note_id",
        to="owner_id",
        scope="sample_notes:read",
    ),
)

HELD: tuple[Held[SampleNotesContainer], ...] = (
    Held(
        name="sample-notes",
        about="Your sample notes",
        tables=("sample_notes.sample_note",),
        read=lambda objects, user_id: objects.sample_note_repository.held(user_id),
    ),
)

INVARIANTS = {
    "every sample note has an owner": """
        SELECT NOT EXISTS (
            SELECT owner_id FROM sample_notes.sample_note
            EXCEPT
            SELECT id FROM auth.account
        )
    """,
}

CONTEXT = Context(
    name="sample_notes",
    container=SampleNotesContainer,
    routers=(router,),
    tables=("sample_notes.sample_note",),
    held=HELD,
    scopes=("sample_notes:read", "sample_notes:write"),
    subscribe=subscribe,
    shown=SHOWN,
    invariants=INVARIANTS,
)
