"""A trail whose writers are killed, and the command that verifies it."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from BE.core.events import Event, StoredEvent
from BE.core.telemetry.logging import configure_logging
from tests.support.audit.trail import keep_trail, tamper
from tests.support.events import Counted, CountingDatabase, Node
from tests.support.postgres import fresh_database
from tests.support.processes.event_worker import database_on, expire_leases
from tests.support.processes.killed import until_killed
from tests.support.processes.server import manage


@pytest.fixture
async def audit_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture
async def database(audit_dsn: str) -> AsyncIterator[CountingDatabase]:
    async with database_on(audit_dsn) as database:
        yield database


def writer_on(database: CountingDatabase) -> Node:
    node = Node(database)
    keep_trail(node)
    return node


async def record(database: CountingDatabase, *events: Event) -> None:
    """Publish, and wait until every event is recorded."""
    node = writer_on(database)
    await node.publish(*events)
    async with node.relaying():
        await node.settled()


async def record_and_die(dsn: str, batches: int) -> None:
    """Record batches, and die between the entries of the last one and their commit."""
    configure_logging(style="json", level="WARNING")
    async with database_on(dsn) as database:
        node = writer_on(database)
        remaining = batches
        (subscription,) = node.bus.durable
        record_batch = subscription.handler

        async def on_events(events: Sequence[StoredEvent]) -> None:
            nonlocal remaining
            await record_batch(events)
            remaining -= 1
            if remaining == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        node.bus._subscriptions.clear()
        node.bus._durable.clear()
        node.bus.subscribe_all(on_events, name="audit")
        async with node.relaying():
            await asyncio.Event().wait()


async def test_a_killed_writer_leaves_neither_gap_nor_duplicate(
    database: CountingDatabase, audit_dsn: str
) -> None:
    publisher = writer_on(database)
    for batches in (1, 2, 1):
        await publisher.publish(
            *(Counted(subject=str(number % 5), number=number) for number in range(120))
        )
        await until_killed(record_and_die, audit_dsn, batches)
        await expire_leases(audit_dsn)

    await record(database)
    found = await asyncio.to_thread(manage, "audit", "verify", "--json", DATABASE_URL=audit_dsn)
    recorded = await database.fetch("SELECT data->>'number', count(*) FROM audit.entry GROUP BY 1")

    assert json.loads(found.stdout)["is_whole"] is True
    assert json.loads(found.stdout)["entries"] == 360
    assert {int(number): count for number, count in recorded} == dict.fromkeys(range(120), 3)


class TestCommandLine:
    @pytest.fixture(autouse=True)
    async def recorded(self, database: CountingDatabase) -> None:
        await record(database, *(Counted(subject="a", number=number) for number in range(5)))

    async def verify(self, dsn: str, *options: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(manage, "audit", "verify", *options, DATABASE_URL=dsn)

    async def test_prints_a_head_that_a_later_trail_contains(
        self, database: CountingDatabase, audit_dsn: str
    ) -> None:
        first = await self.verify(audit_dsn)
        head = first.stdout.splitlines()[-1]
        await record(database, Counted(subject="a", number=5))

        second = await self.verify(audit_dsn, "--expect", head, "--json")

        assert first.returncode == second.returncode == 0
        assert first.stdout.startswith("The audit trail is intact.")
        assert head.startswith("5:")
        result = json.loads(second.stdout)
        assert (result["is_whole"], result["entries"], result["fault"]) == (True, 6, None)
        assert result["head"].startswith("6:")

    async def test_names_the_first_entry_that_is_wrong(self, audit_dsn: str) -> None:
        await tamper(audit_dsn, "UPDATE audit.entry SET client_ip = NULL, data = '{}'")

        result = await self.verify(audit_dsn)
        as_json = await self.verify(audit_dsn, "--json")

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == "Entry 1 of the audit trail is not as it was recorded.\n"
        assert as_json.returncode == 1
        assert json.loads(as_json.stdout)["fault"] == result.stderr.strip()

    async def test_detects_a_removed_tail(self, audit_dsn: str) -> None:
        head = (await self.verify(audit_dsn)).stdout.splitlines()[-1]
        await tamper(
            audit_dsn,
            "DELETE FROM audit.entry WHERE sequence > 3; UPDATE audit.head SET (sequence, hash) ="
            " (SELECT sequence, hash FROM audit.entry WHERE sequence = 3)",
        )

        result = await self.verify(audit_dsn, "--expect", head)

        assert result.returncode == 1
        assert result.stderr == "The audit trail ends with entry 3, but has had 5.\n"

    async def test_reports_a_missing_head(self, audit_dsn: str) -> None:
        await tamper(audit_dsn, "DELETE FROM audit.head")

        result = await self.verify(audit_dsn)

        assert result.returncode == 1
        assert result.stderr.startswith("The audit trail has lost its head")
        assert result.stderr.count("\n") == 1

    async def test_wrong_usage_exits_with_2(self, audit_dsn: str) -> None:
        assert (await self.verify(audit_dsn, "--expect", "7")).returncode == 2

    async def test_archives_old_entries(self, audit_dsn: str, tmp_path: Path) -> None:
        file = str(tmp_path / "audit.jsonl.gz")
        command = ("audit", "archive", "--before", "2999-01-01", file)
        whole = await self.verify(audit_dsn)

        made = await asyncio.to_thread(manage, *command, DATABASE_URL=audit_dsn)
        again = await asyncio.to_thread(manage, *command, DATABASE_URL=audit_dsn)
        other = await asyncio.to_thread(manage, *command[:-1], f"{file}/x", DATABASE_URL=audit_dsn)
        verified = [await self.verify(audit_dsn), await self.verify(audit_dsn, "--archive", file)]

        assert made.returncode == 0
        assert made.stdout.startswith("5 entries, up to number 5, are now in ")
        assert (again.returncode, again.stdout) == (0, made.stdout)
        assert (other.returncode, other.stdout) == (1, "")
        assert other.stderr == "There is no entry before 2999-01-01 to archive.\n"
        assert {found.stdout for found in verified} == {whole.stdout}
