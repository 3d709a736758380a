import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from BE.core.events import StoredEvent
from BE.core.http.pagination import InvalidCursor
from BE.core.types import new_id
from BE.modules.audit.exceptions import HeadMissing
from BE.modules.audit.models import Entry, Head, Record, chain
from BE.modules.audit.service import AuditService
from tests.support.audit.fakes import FakeAuditRepository
from tests.support.audit.trail import CURSORS

NOW = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)


def stored(name: str = "user.registered", **payload: Any) -> StoredEvent:
    return StoredEvent(
        id=new_id(),
        name=name,
        version=1,
        payload=json.dumps(payload),
        occurred_at=NOW,
        actor_id=None,
        request_id="req-1",
        client_ip="192.0.2.1",
        trace=None,
    )


@pytest.fixture
def repository() -> FakeAuditRepository:
    return FakeAuditRepository()


@pytest.fixture
def audit(repository: FakeAuditRepository) -> AuditService:
    return AuditService(repository, CURSORS)


class TestRecord:
    def test_takes_its_subject_from_the_first_word_of_the_event_name(self) -> None:
        by_name = {
            event.name: Record.of(event).subject_id
            for event in (
                stored("user.registered", user_id="u", session_id="s"),
                stored("delivery.retried", delivery_id=7),
                stored("delivery.purged", delivery_id=None),
                stored("moon.landed", user_id="u"),
            )
        }

        assert by_name == {
            "user.registered": "u",
            "delivery.retried": "7",
            "delivery.purged": None,
            "moon.landed": None,
        }

    def test_omits_personal_data_of_the_event(self) -> None:
        event = stored(user_id="u", email="a@example.com", full_name="Ä", username="a", role="user")

        assert Record.of(event).data == '{"user_id":"u","role":"user"}'

    def test_canonical_form_does_not_depend_on_the_time_zone(self) -> None:
        record = Record.of(stored(user_id="u", role="ü"))
        elsewhere = replace(record, occurred_at=NOW.astimezone(timezone(timedelta(hours=-7))))

        assert elsewhere.canonical == record.canonical
        assert record.address_digest is not None
        assert json.loads(record.canonical)[1:] == [
            "user.registered",
            1,
            "2030-01-31T09:30:00.000000+00:00",
            None,
            "u",
            "req-1",
            ["sha256", record.address_digest.hex()],
            '{"user_id":"u","role":"ü"}',
        ]

    @pytest.mark.parametrize(
        "field",
        sorted(
            {part.name for part in fields(Record)} - {"occurred_at", "client_ip", "address_salt"}
        ),
    )
    def test_canonical_form_changes_with_every_field(self, field: str) -> None:
        record = Record.of(stored(user_id="u"))
        value: Any = {"event_version": 2, "address_digest": b"x"}.get(field, "x")

        assert replace(record, **{field: value}).canonical != record.canonical

    def test_of_an_earlier_release_is_hashed_with_its_plain_address(self) -> None:
        record = Record.of(stored(user_id="u"))
        plain = replace(record, address_digest=None, address_salt=None)

        assert json.loads(plain.canonical)[7] == "192.0.2.1"
        assert plain.has_its_address

    def test_hash_survives_removal_of_the_address_but_a_forged_address_is_detected(self) -> None:
        record = Record.of(stored(user_id="u"))
        without = replace(record, client_ip=None, address_salt=None)
        forged = replace(record, client_ip="192.0.2.2")

        assert record.canonical == without.canonical == forged.canonical
        assert record.has_its_address
        assert not without.has_its_address
        assert not forged.has_its_address

    def test_address_digests_are_salted(self) -> None:
        digests = {Record.of(stored(user_id="u")).address_digest for _ in range(3)}

        assert len(digests) == 3


class TestHead:
    def test_parses_its_own_text(self) -> None:
        head = Head(7, bytes(range(32)))

        assert Head.parse(str(head)) == head

    @pytest.mark.parametrize("text", ["", "7", "7:ab", f"-1:{'0' * 64}", f"7:{'g' * 64}", "7:" * 9])
    def test_refuses_any_other_text(self, text: str) -> None:
        with pytest.raises(ValueError, match="written as"):
            Head.parse(text)


class TestRecording:
    async def test_chains_each_entry_to_the_previous_one(
        self, audit: AuditService, repository: FakeAuditRepository
    ) -> None:
        events = [stored(user_id=str(number)) for number in range(3)]

        await audit.on_events(events[:2])
        await audit.on_events(events[2:])

        recorded = [entry.record for entry in repository.entries]
        assert repository.entries == chain(Head(), recorded)
        assert [record.event_id for record in recorded] == [event.id for event in events]
        assert [entry.head.sequence for entry in repository.entries] == [1, 2, 3]

    async def test_fails_without_a_head(
        self, audit: AuditService, repository: FakeAuditRepository
    ) -> None:
        repository.end = None

        with pytest.raises(HeadMissing):
            await audit.on_events([stored()])
        with pytest.raises(HeadMissing):
            await audit.verify()


class TestPage:
    async def test_continues_after_the_previous_page(self, audit: AuditService) -> None:
        await audit.on_events([stored(user_id=str(number)) for number in range(3)])

        first = await audit.page({}, limit=2, cursor=None)
        second = await audit.page({}, limit=2, cursor=first.next_cursor)

        assert [item.head.sequence for item in first.items + second.items] == [3, 2, 1]
        assert second.next_cursor is None

    async def test_a_cursor_belongs_to_its_filter(self, audit: AuditService) -> None:
        await audit.on_events([stored(user_id="u") for _ in range(3)])
        page = await audit.page({"subject_id": "u"}, limit=1, cursor=None)

        with pytest.raises(InvalidCursor):
            await audit.page({}, limit=1, cursor=page.next_cursor)
        with pytest.raises(InvalidCursor):
            await audit.page({"subject_id": "v"}, limit=1, cursor=page.next_cursor)


class TestVerify:
    async def test_an_empty_trail_is_whole(self, audit: AuditService) -> None:
        verdict = await audit.verify()

        assert verdict.is_whole
        assert str(verdict.head) == f"0:{'0' * 64}"

    async def test_reads_a_long_trail_in_parts(
        self, audit: AuditService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.modules.audit.service.audit._READ_AT_ONCE", 2)
        await audit.on_events([stored() for _ in range(5)])

        verdict = await audit.verify()

        assert verdict.is_whole
        assert verdict.head.sequence == 5

    async def test_includes_entries_recorded_meanwhile(
        self, audit: AuditService, repository: FakeAuditRepository
    ) -> None:
        await audit.on_events([stored() for _ in range(3)])
        follow = repository.following

        async def following(sequence: int, *, limit: int) -> list[Entry]:
            if sequence == 3 and repository.end is not None and repository.end.sequence == 3:
                await audit.on_events([stored()])
            return await follow(sequence, limit=limit)

        repository.following = following  # type: ignore[method-assign]

        verdict = await audit.verify()

        assert verdict.is_whole
        assert verdict.head.sequence == 4

    @pytest.mark.parametrize("kept", [0, 1, 3])
    async def test_the_trail_contains_a_head_that_was_saved_earlier(
        self, audit: AuditService, repository: FakeAuditRepository, kept: int
    ) -> None:
        await audit.on_events([stored() for _ in range(3)])
        heads = [Head(), *(entry.head for entry in repository.entries)]

        assert (await audit.verify(heads[kept])).is_whole
