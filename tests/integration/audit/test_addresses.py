"""Addresses expire from the audit trail after their retention; an earlier loss is detected."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from BE.core.database.connections import connect
from BE.core.events import HourPassed
from BE.core.types import new_id
from BE.modules.audit.models import Head, Record, chain
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.service import AddressService, ArchiveService, AuditService
from migrations.runner import Schema
from tests.support.audit.trail import keep_trail, reset_trail, tamper
from tests.support.events import CountingDatabase, Node
from tests.support.postgres import execute, fresh_database

HOUR = HourPassed(began_at=datetime.now(UTC))
ADDRESS = "192.0.2.1"


@pytest.fixture(scope="module")
async def audit_dsn(server: str) -> AsyncIterator[str]:
    async with fresh_database(server) as dsn:
        await Schema(dsn).migrate()
        yield dsn


class Trail:
    """Three entries of 91 days ago and three of today, all with an address."""

    def __init__(self, dsn: str, database: CountingDatabase) -> None:
        self.dsn = dsn
        self.node = Node(database)
        self.audit: AuditService = keep_trail(self.node)
        self.repository = AuditRepository(database)
        self.archives = ArchiveService(database, self.repository, self.node.bus)
        self.addresses = AddressService(
            database, self.repository, self.node.bus, address_retention_days=90
        )

    async def begin(self) -> None:
        now = datetime.now(UTC)
        old = [record(now - timedelta(days=91)) for _ in range(3)]
        await self.repository.append(chain(Head(), [*old, *(record(now) for _ in range(3))]))

    async def pass_hours(self, count: int) -> None:
        """Pass ``count`` hours, and record the events of each before the next."""
        for _ in range(count):
            await self.addresses.on_hour_passed(HOUR)
            node = Node(self.node.db)  # a node relays only once
            keep_trail(node)
            async with node.relaying():
                await node.settled()

    async def client_ips(self) -> list[str | None]:
        entries = await self.repository.following(0, limit=100)
        return [entry.record.client_ip for entry in entries]

    async def fault(self) -> str | None:
        fault = (await self.audit.verify()).fault
        assert (await self.audit.state()).fault == fault
        return fault


def record(at: datetime) -> Record:
    return Record(
        event_id=new_id(),
        event_name="user.registered",
        event_version=1,
        occurred_at=at,
        actor_id=None,
        subject_id="s",
        request_id="r",
        client_ip=ADDRESS,
        data="{}",
    ).with_address_apart()


@pytest.fixture
async def trail(audit_dsn: str) -> AsyncIterator[Trail]:
    await reset_trail(audit_dsn)
    await execute(audit_dsn, "DELETE FROM events.event")
    async with CountingDatabase(
        audit_dsn, pool_size=1, max_overflow=3, acquire_timeout=60, idle_lifetime=300
    ) as database:
        trail = Trail(audit_dsn, database)
        await trail.begin()
        yield trail


async def test_old_addresses_expire_and_the_trail_stays_whole(trail: Trail) -> None:
    before = await trail.client_ips()
    whole_before = await trail.fault()
    head = (await trail.audit.verify()).head
    await trail.pass_hours(1)
    announced = await trail.client_ips()
    whole_between = await trail.fault()
    await trail.pass_hours(1)

    assert (whole_before, whole_between, await trail.fault()) == (None, None, None)
    assert before == [ADDRESS] * 6
    assert announced == [ADDRESS] * 6 + [None]
    assert await trail.client_ips() == [None] * 3 + [ADDRESS] * 3 + [None]
    assert (await trail.audit.verify(head)).is_whole


async def test_the_expiry_is_recorded_once_a_day(trail: Trail) -> None:
    await trail.pass_hours(4)
    entries = await trail.repository.following(6, limit=100)

    assert [(entry.record.event_name, entry.record.data) for entry in entries] == [
        ("address.expired", '{"address_id":3}')
    ]


async def test_an_entry_of_an_earlier_release_is_verified_by_its_address(trail: Trail) -> None:
    await reset_trail(trail.dsn)
    plain = replace(record(datetime.now(UTC)), address_digest=None, address_salt=None)
    await trail.repository.append(chain(Head(), [plain, record(datetime.now(UTC))]))
    whole = await trail.fault()
    await tamper(trail.dsn, "UPDATE audit.entry SET client_ip = '192.0.2.2' WHERE sequence = 1")

    assert whole is None
    assert "Entry 1 of the audit trail is not as it was" in str(await trail.fault())


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE audit.address SET client_ip = '192.0.2.2' WHERE sequence = 5", "is not as it"),
        ("UPDATE audit.address SET salt = 'x' WHERE sequence = 5", "is not as it was recorded"),
        ("DELETE FROM audit.address WHERE sequence = 5", "The address of entry 5 of the audit"),
        ("DELETE FROM audit.address", "is missing"),
        (
            """
            DELETE FROM audit.address WHERE sequence = 5;
            UPDATE audit.entry SET client_ip = '192.0.2.2' WHERE sequence = 5
            """,
            "is not as it was recorded",
        ),
        (
            "UPDATE audit.entry SET address_digest = sha256('x') WHERE sequence = 5",
            "Entry 5 of the audit trail is not as it was recorded",
        ),
        (
            """
            UPDATE audit.entry SET address_digest = NULL, client_ip = '192.0.2.1'
            WHERE sequence = 5;
            DELETE FROM audit.address WHERE sequence = 5
            """,
            "Entry 5 of the audit trail is not as it was recorded",
        ),
    ],
)
async def test_tampering_with_an_unexpired_address_is_detected(
    trail: Trail, sql: str, fault: str
) -> None:
    await trail.pass_hours(2)
    whole = await trail.fault()
    await tamper(trail.dsn, sql)

    assert whole is None
    assert fault in str(await trail.fault())


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit.address WHERE sequence = 5",
        "DELETE FROM audit.address",
        "UPDATE audit.address SET client_ip = 'x' WHERE sequence = 1",
        "TRUNCATE audit.address",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit.address",
    ],
)
async def test_the_database_refuses_to_change_or_drop_an_unexpired_address(
    trail: Trail, sql: str
) -> None:
    connection = await connect(trail.dsn)

    with pytest.raises(Exception, match=r"append-only|not expired"):
        await connection.execute(f"BEGIN; {sql}; COMMIT")

    await connection.close()


async def test_an_archive_holds_no_address_and_is_whole(trail: Trail, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl.gz"
    await trail.archives.archive(datetime.now(UTC) - timedelta(days=30), file)
    await trail.pass_hours(1)
    verdict = await trail.audit.verify(None, [file])
    left = await trail.node.db.fetchval("SELECT count(*) FROM audit.address")

    assert verdict.fault is None
    assert left == 3
    assert ADDRESS.encode() not in gzip.decompress(file.read_bytes())


async def test_a_trail_with_a_changed_address_is_not_archived(trail: Trail, tmp_path: Path) -> None:
    await tamper(trail.dsn, "UPDATE audit.address SET client_ip = 'x' WHERE sequence = 2")

    with pytest.raises(Exception, match="address of entry 2"):
        await trail.archives.archive(datetime.now(UTC), tmp_path / "audit.jsonl.gz")
