from collections.abc import Mapping
from typing import Any
from uuid import UUID

from BE.core.types import new_id
from BE.modules.sample_notes.models import SampleNote
from BE.modules.sample_notes.repository import SampleNoteRepository
from tests.support.sample_notes.api import DRAFT

OWNER, OTHER = new_id(), new_id()
END = UUID(int=2**128 - 1)


async def add(
    sample_notes: SampleNoteRepository, owner: UUID = OWNER, title: str = "a"
) -> SampleNote:
    return await sample_notes.add(new_id(), owner, {**DRAFT, "title": title, "description": "long"})


async def held(sample_notes: SampleNoteRepository, owner: UUID) -> list[Mapping[str, Any]]:
    return [row async for rows in sample_notes.held(owner) for row in rows]


async def test_an_added_sample_note_is_found(sample_notes: SampleNoteRepository) -> None:
    added = await add(sample_notes)

    assert await sample_notes.get(OWNER, added.id) == added
    assert (added.title, added.description, added.version) == ("a", "long", 1)
    assert added.created_at == added.updated_at


async def test_only_the_owner_has_access(sample_notes: SampleNoteRepository) -> None:
    added = await add(sample_notes)

    assert await sample_notes.get(OTHER, added.id) is None
    assert await sample_notes.change(OTHER, added.id, {"title": "b"}, None) is None
    assert not await sample_notes.remove(OTHER, added.id, None)
    assert await sample_notes.page(OTHER, before=END, limit=9) == []


async def test_sample_notes_are_counted_by_owner(sample_notes: SampleNoteRepository) -> None:
    for owner in (OWNER, OWNER, OTHER):
        await add(sample_notes, owner)

    assert await sample_notes.count(OWNER) == 2


async def test_a_page_begins_with_the_newest_before_an_id(
    sample_notes: SampleNoteRepository,
) -> None:
    first, second, third = [await add(sample_notes, title=title) for title in "abc"]

    assert await sample_notes.page(OWNER, before=END, limit=2) == [third, second]
    assert await sample_notes.page(OWNER, before=second.id, limit=2) == [first]


async def test_a_change_sets_only_its_fields_and_raises_the_version(
    sample_notes: SampleNoteRepository,
) -> None:
    added = await add(sample_notes)

    changed = await sample_notes.change(OWNER, added.id, {"description": None}, [1])

    assert changed is not None
    assert (changed.title, changed.description, changed.version) == ("a", None, 2)
    assert changed.updated_at >= added.updated_at
    assert await sample_notes.get(OWNER, added.id) == changed


async def test_an_empty_change_changes_nothing(sample_notes: SampleNoteRepository) -> None:
    added = await add(sample_notes)

    assert await sample_notes.change(OWNER, added.id, {}, None) == added


async def test_a_stale_version_changes_and_removes_nothing(
    sample_notes: SampleNoteRepository,
) -> None:
    added = await add(sample_notes)

    assert await sample_notes.change(OWNER, added.id, {"title": "b"}, [2, 3]) is None
    assert not await sample_notes.remove(OWNER, added.id, [2])
    assert await sample_notes.get(OWNER, added.id) == added


async def test_a_second_removal_finds_nothing(sample_notes: SampleNoteRepository) -> None:
    added = await add(sample_notes)

    assert await sample_notes.remove(OWNER, added.id, [1])
    assert not await sample_notes.remove(OWNER, added.id, None)


async def test_all_rows_of_an_owner_are_exported_and_removed(sample_notes: SampleNoteRepository) -> None:
    mine = [await add(sample_notes, title=str(number)) for number in range(101)]
    other = await add(sample_notes, OTHER)

    found = await held(sample_notes, OWNER)
    await sample_notes.remove_all(OWNER)

    assert [row["id"] for row in found] == [sample_note.id for sample_note in mine]
    assert {*found[0].keys()} == {*SampleNote.__dataclass_fields__}
    assert await held(sample_notes, OWNER) == []
    assert await sample_notes.get(OTHER, other.id) == other
