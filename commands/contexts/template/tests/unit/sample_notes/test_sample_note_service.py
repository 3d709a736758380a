import pytest

from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, InvalidCursor
from BE.core.security.keys import KeyRing
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted
from BE.modules.sample_notes.events import SampleNoteAdded, SampleNoteChanged, SampleNoteDeleted
from BE.modules.sample_notes.exceptions import SampleNoteNotFound
from BE.modules.sample_notes.service import SampleNoteService
from tests.support.fakes import FakeDatabase, RecordingBus
from tests.support.sample_notes.api import DRAFT
from tests.support.sample_notes.fakes import FakeSampleNoteRepository

OWNER = new_id()


class SampleNotes(SampleNoteService):
    """The service on fakes."""

    def __init__(self) -> None:
        self.database, self.bus = FakeDatabase(), RecordingBus()
        cursors = Cursors(KeyRing.parse("s" * 32))
        super().__init__(self.database, FakeSampleNoteRepository(), self.bus, cursors)


@pytest.fixture
def sample_notes() -> SampleNotes:
    return SampleNotes()


async def test_changes_are_published(sample_notes: SampleNotes) -> None:
    added = await sample_notes.add(OWNER, DRAFT)
    await sample_notes.change(OWNER, added.id, {"title": "b"}, None)
    await sample_notes.delete(OWNER, added.id, None)

    ids = {"sample_note_id": added.id, "owner_id": OWNER}
    assert sample_notes.bus.published == [
        SampleNoteAdded(**ids, sample_note_version=1),
        SampleNoteChanged(**ids, changed=("title",), sample_note_version=2),
        SampleNoteDeleted(**ids),
    ]
    assert sample_notes.database.commits == 3


async def test_an_empty_change_is_not_published(sample_notes: SampleNotes) -> None:
    added = await sample_notes.add(OWNER, DRAFT)

    assert await sample_notes.change(OWNER, added.id, {}, None) == added
    assert len(sample_notes.bus.published) == 1


async def test_a_stale_version_is_refused(sample_notes: SampleNotes) -> None:
    added = await sample_notes.add(OWNER, DRAFT)

    with pytest.raises(PreconditionFailedError):
        await sample_notes.change(OWNER, added.id, {"title": "b"}, [7])
    with pytest.raises(PreconditionFailedError):
        await sample_notes.delete(OWNER, added.id, [7])

    assert len(sample_notes.bus.published) == 1
    assert sample_notes.database.rollbacks == 2


async def test_sample_notes_of_another_user_are_not_found(sample_notes: SampleNotes) -> None:
    other = (await sample_notes.add(new_id(), DRAFT)).id

    with pytest.raises(SampleNoteNotFound):
        await sample_notes.get(OWNER, other)
    with pytest.raises(SampleNoteNotFound):
        await sample_notes.change(OWNER, other, {"title": "b"}, None)
    with pytest.raises(SampleNoteNotFound):
        await sample_notes.delete(OWNER, other, None)


async def test_a_cursor_continues_to_the_last_page(sample_notes: SampleNotes) -> None:
    added = [await sample_notes.add(OWNER, DRAFT) for _ in range(3)]

    first = await sample_notes.page(OWNER, limit=2, cursor=None)
    second = await sample_notes.page(OWNER, limit=2, cursor=first.next_cursor)

    assert [*first.items, *second.items] == added[::-1]
    assert second.next_cursor is None


async def test_the_cursor_of_another_user_is_refused(sample_notes: SampleNotes) -> None:
    for _ in range(2):
        await sample_notes.add(OWNER, DRAFT)
    page = await sample_notes.page(OWNER, limit=1, cursor=None)

    with pytest.raises(InvalidCursor):
        await sample_notes.page(new_id(), limit=1, cursor=page.next_cursor)


async def test_deleting_a_user_deletes_their_sample_notes(sample_notes: SampleNotes) -> None:
    await sample_notes.add(OWNER, DRAFT)

    await sample_notes.on_user_deleted(UserDeleted(user_id=OWNER))

    assert (await sample_notes.page(OWNER, limit=9, cursor=None)).items == []
