from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from BE.core.database.database import Database
from BE.core.exceptions import UniqueViolationError
from BE.core.types import new_id
from BE.modules.audit.models import Entry, EntryFilter, Head, Record, chain
from BE.modules.audit.repository import NEWEST, AuditRepository
from tests.support.audit.fakes import FakeAuditRepository
from tests.support.audit.trail import reset_trail
from tests.support.postgres import fresh_database

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ADA, BOB = new_id(), new_id()


@pytest.fixture(scope="module")
async def audit_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture(params=["fake", "postgres"])
async def trail(request: pytest.FixtureRequest, audit_dsn: str) -> AsyncIterator[AuditRepository]:
    if request.param == "fake":
        yield FakeAuditRepository()
        return
    await reset_trail(audit_dsn)
    async with Database(
        audit_dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    ) as database:
        yield AuditRepository(database)


def record(minute: int = 0, *, actor_id: UUID | None = None, **changes: Any) -> Record:
    defaults: dict[str, Any] = {
        "event_name": "user.registered",
        "subject_id": None,
        "request_id": None,
        "client_ip": None,
        "data": '{"b": 1.50,  "a":"ü"}',
    }
    return Record(
        event_id=new_id(),
        event_version=1,
        occurred_at=NOW + timedelta(minutes=minute),
        actor_id=actor_id,
        **defaults | changes,
    )


async def add(trail: AuditRepository, *records: Record) -> list[Entry]:
    head = await trail.lock_head()
    assert head is not None
    entries = chain(head, records)
    await trail.append(entries)
    return entries


async def test_a_new_trail_is_empty(trail: AuditRepository) -> None:
    assert await trail.head() == await trail.lock_head() == Head()
    assert await trail.following(0, limit=10) == []
    assert await trail.newest({}, before=NEWEST, limit=10) == []


async def test_entries_are_read_as_they_were_written(trail: AuditRepository) -> None:
    entries = await add(
        trail,
        record(actor_id=ADA, subject_id="s", request_id="r", client_ip="192.0.2.1"),
        record(),
    )

    assert await trail.following(0, limit=10) == entries
    assert await trail.head() == entries[-1].head


async def test_entries_follow_in_the_order_of_recording(trail: AuditRepository) -> None:
    entries = await add(trail, record(2), record(1)) + await add(trail, record(0))

    assert await trail.following(0, limit=2) == entries[:2]
    assert await trail.following(2, limit=2) == entries[2:]


async def test_an_event_is_recorded_once(trail: AuditRepository) -> None:
    (entry,) = await add(trail, record())

    with pytest.raises(UniqueViolationError):
        await add(trail, record(), entry.record)

    assert await trail.following(0, limit=10) == [entry]
    assert await trail.head() == entry.head


async def test_a_page_is_sorted_by_time_newest_first(trail: AuditRepository) -> None:
    late, early, same = await add(trail, record(2), record(1), record(1))

    assert await trail.newest({}, before=NEWEST, limit=2) == [late, same]
    before = (same.record.occurred_at, same.head.sequence)
    assert await trail.newest({}, before=before, limit=2) == [early]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"actor_id": ADA}, [0, 1]),
        ({"subject_id": "s"}, [1, 2]),
        ({"event_name": "user.deleted"}, [3]),
        ({"request_id": "r"}, [0, 3]),
        ({"since": NOW + timedelta(minutes=1)}, [1, 2, 3]),
        ({"until": NOW + timedelta(minutes=1)}, [0]),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3)}, [1, 2]),
        ({"actor_id": ADA, "subject_id": "s", "event_name": "user.registered"}, [1]),
        ({"actor_id": BOB}, []),
    ],
)
async def test_a_page_is_filtered(
    trail: AuditRepository, filters: EntryFilter, expected: list[int]
) -> None:
    entries = await add(
        trail,
        record(0, actor_id=ADA, request_id="r"),
        record(1, actor_id=ADA, subject_id="s"),
        record(2, subject_id="s"),
        record(3, event_name="user.deleted", request_id="r"),
    )

    page = await trail.newest(filters, before=NEWEST, limit=10)

    assert page == [entries[entry] for entry in reversed(expected)]
