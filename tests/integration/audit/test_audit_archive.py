"""Old entries of the audit trail move to archives; archives and the rest are verified."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from BE.core.database.connections import connect
from BE.core.security.keys import KeyRing
from BE.modules.audit.exceptions import ArchiveFault
from BE.modules.audit.models import Head, Seal, chain
from BE.modules.audit.repository import NEWEST, AuditRepository
from BE.modules.audit.service import ArchiveService, AuditService, archives
from commands.backup import back_up, restore
from commands.backup_file import BackupFailed
from commands.backup_seals import BackupSeals
from commands.invariants import INVARIANTS
from migrations.runner import Schema
from tests.support.audit.trail import keep_trail, reset_trail, tamper
from tests.support.events import Counted, CountingDatabase, Node
from tests.support.postgres import execute, fresh_database

TOMORROW = datetime.now(UTC) + timedelta(days=1)
SEALS = BackupSeals(KeyRing.parse("a-secret-of-more-than-thirty-two-bytes"))
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


LOST = """
    DELETE FROM audit.entry;
    UPDATE audit.seal SET hash = hash_before;
    UPDATE audit.head SET sequence = 5
"""


class Killed(BaseException):
    pass


class Trail:
    """A trail on a database of its own, and the service that archives it."""

    def __init__(self, dsn: str, database: CountingDatabase) -> None:
        self.dsn = dsn
        self.database = database
        self.node = Node(database)
        self.audit: AuditService = keep_trail(self.node)
        self.repository = AuditRepository(database)
        self.archives = ArchiveService(database, self.repository, self.node.bus)

    async def record(self, count: int) -> None:
        events = (Counted(subject=str(number), number=number) for number in range(count))
        await self.node.publish(*events)
        await self.settle()

    async def settle(self) -> None:
        node = Node(self.database)  # a node relays only once
        keep_trail(node)
        async with node.relaying():
            await node.settled()

    async def age(self, until: int) -> None:
        """Chain the trail anew, as if entries up to ``until`` were recorded the day before."""
        entries = await self.repository.following(0, limit=1000)
        await reset_trail(self.dsn)
        aged = [
            replace(
                entry.record,
                occurred_at=entry.record.occurred_at
                - timedelta(days=2 * (entry.head.sequence <= until)),
            )
            for entry in entries
        ]
        await self.repository.append(chain(Head(), aged))

    async def sequences(self) -> list[int]:
        entries = await self.repository.following(0, limit=1000)
        return [entry.head.sequence for entry in entries]

    async def fault(self, *archives: Path, kept: Head | None = None) -> str | None:
        return (await self.audit.verify(kept, archives)).fault


@pytest.fixture(scope="module")
async def audit_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture
async def trail(audit_dsn: str) -> AsyncIterator[Trail]:
    await reset_trail(audit_dsn)
    await execute(audit_dsn, "DELETE FROM events.event")
    async with CountingDatabase(
        audit_dsn, pool_size=1, max_overflow=3, acquire_timeout=60, idle_lifetime=300
    ) as database:
        yield Trail(audit_dsn, database)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_AT_ONCE", 2)


@pytest.fixture
async def aged(trail: Trail) -> Trail:
    """Five entries of the day before yesterday and three of today."""
    await trail.record(8)
    await trail.age(5)
    return trail


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl.gz"


def lines_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def names_beside(file: Path) -> list[str]:
    """The names of all files in its directory."""
    return [sibling.name for sibling in file.parent.iterdir()]


def put(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def truncate(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def rewrite(file: Path, change: Callable[[list[Any]], None]) -> None:
    """Change the lines of an archive."""
    lines = lines_of(file)
    change(lines)
    file.write_bytes(gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines)))


class TestArchive:
    async def test_moves_older_entries_and_leaves_a_whole_trail(
        self, aged: Trail, file: Path
    ) -> None:
        before = await aged.audit.verify()

        seal = await aged.archives.archive(YESTERDAY, file)

        assert (seal.before.sequence, seal.head.sequence) == (0, 5)
        assert await aged.sequences() == [6, 7, 8]
        assert mode_of(file) == 0o600
        assert names_beside(file) == [file.name]
        assert await aged.audit.verify() == await aged.audit.verify(None, [file]) == before
        header, *lines = lines_of(file)
        assert header["head"] == str(seal.head)
        assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5]

    async def test_is_recorded_itself(self, aged: Trail, file: Path) -> None:
        await aged.archives.archive(YESTERDAY, file)
        await aged.settle()

        [entry] = await aged.repository.newest({}, before=NEWEST, limit=1)
        assert entry.record.event_name == "archive.sealed"
        assert entry.record.subject_id == "5"
        assert await aged.fault(file) is None

    async def test_continues_after_the_last_archive(self, aged: Trail, file: Path) -> None:
        other = file.with_name("other.gz")
        await aged.archives.archive(YESTERDAY, file)
        await aged.record(2)

        seal = await aged.archives.archive(TOMORROW, other)

        assert seal.before.sequence == 5
        assert await aged.sequences() == []
        assert await aged.fault() is None
        assert await aged.fault(other, file) is None
        await aged.record(3)
        assert await aged.fault(file, other) is None

    async def test_a_kept_head_may_be_in_an_archive(self, aged: Trail, file: Path) -> None:
        kept = (await aged.repository.following(2, limit=1))[0].head
        seal = await aged.archives.archive(YESTERDAY, file)

        assert "name all of them" in str(await aged.fault(kept=kept))
        assert await aged.fault(file, kept=kept) is None
        assert await aged.fault(kept=seal.head) is None
        assert "hash that was kept" in str(await aged.fault(file, kept=Head(3, bytes(32))))
        assert await aged.fault(kept=Head(5, bytes(32))) is not None

    async def test_pages_continue_after_archiving(self, aged: Trail, file: Path) -> None:
        first = await aged.audit.page({}, limit=2, cursor=None)
        deep = await aged.audit.page({}, limit=6, cursor=None)
        await aged.archives.archive(YESTERDAY, file)

        second = await aged.audit.page({}, limit=2, cursor=first.next_cursor)
        beyond = await aged.audit.page({}, limit=2, cursor=deep.next_cursor)

        assert [entry.head.sequence for entry in second.items] == [6]
        assert (second.next_cursor, beyond.items) == (None, [])

    async def test_of_no_entries_is_refused(self, aged: Trail, file: Path) -> None:
        with pytest.raises(ArchiveFault, match="no entry before 2020-01-01"):
            await aged.archives.archive(LONG_AGO, file)
        assert names_beside(file) == []

    async def test_does_not_overwrite_a_file(self, aged: Trail, file: Path) -> None:
        put(file, b"mine")

        with pytest.raises(ArchiveFault, match="exists: name another file"):
            await aged.archives.archive(YESTERDAY, file)
        assert len(await aged.sequences()) == 8

    async def test_does_not_overwrite_an_archive(self, aged: Trail, file: Path) -> None:
        await aged.archives.archive(YESTERDAY, file)

        with pytest.raises(ArchiveFault, match="exists: name another file"):
            await aged.archives.archive(TOMORROW, file)
        assert await aged.fault(file) is None

    async def test_a_repetition_returns_the_same_seal(self, aged: Trail, file: Path) -> None:
        seal = await aged.archives.archive(YESTERDAY, file)

        assert await aged.archives.archive(YESTERDAY, file) == seal
        assert await aged.sequences() == [6, 7, 8]

    async def test_a_missing_directory_is_reported(self, aged: Trail, file: Path) -> None:
        with pytest.raises(ArchiveFault, match="Cannot write"):
            await aged.archives.archive(YESTERDAY, file / "x")

    async def test_a_tampered_trail_is_not_archived(self, aged: Trail, file: Path) -> None:
        await tamper(aged.dsn, "UPDATE audit.entry SET client_ip = 'x' WHERE sequence = 3")

        with pytest.raises(ArchiveFault, match=r"Entry 3 .* Nothing was archived\."):
            await aged.archives.archive(YESTERDAY, file)
        assert names_beside(file) == []
        assert len(await aged.sequences()) == 8

    async def test_concurrent_requests_make_one_archive(self, aged: Trail, file: Path) -> None:
        other = file.with_name("other.gz")
        made = await asyncio.gather(
            aged.archives.archive(YESTERDAY, file),
            aged.archives.archive(YESTERDAY, other),
            return_exceptions=True,
        )

        [seal] = [outcome for outcome in made if isinstance(outcome, Seal)]
        assert seal.head.sequence == 5
        whole = file if made[0] == seal else other
        assert await aged.fault(whole) is None


class TestInterrupted:
    """A process killed at any moment loses nothing, and a repetition continues its work."""

    @pytest.mark.parametrize(
        "moment", ["seals", "last_before", "following", "lock_head", "seal", "prune"]
    )
    @pytest.mark.parametrize("times", [1, 2, 3])
    async def test_a_repetition_completes_the_archive(
        self, aged: Trail, file: Path, moment: str, times: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = await aged.audit.verify()
        method, left = getattr(aged.repository, moment), times

        async def call_until_killed(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return await method(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(aged.repository, moment, call_until_killed)
            try:
                await aged.archives.archive(YESTERDAY, file)
                is_done = True
            except Killed:
                is_done = False
        assert await aged.audit.verify() == whole
        if not is_done:
            await aged.archives.archive(YESTERDAY, file)

        assert await aged.sequences() == [6, 7, 8]
        assert await aged.audit.verify(None, [file]) == whole

    @pytest.fixture
    async def half_pruned(self, aged: Trail, file: Path, monkeypatch: pytest.MonkeyPatch) -> Trail:
        prune, left = aged.repository.prune, 1

        async def call_until_killed(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return await prune(*arguments, **options)

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(aged.repository, "prune", call_until_killed)
            await aged.archives.archive(YESTERDAY, file)
        assert await aged.sequences() == [1, 2, 3, 6, 7, 8]
        return aged

    async def test_a_repetition_needs_the_same_file(self, half_pruned: Trail, file: Path) -> None:
        with pytest.raises(ArchiveFault, match="entries 1 to 5 was interrupted"):
            await half_pruned.archives.archive(YESTERDAY, file.with_name("other.gz"))

        assert len(await half_pruned.sequences()) == 6

    async def test_the_rest_is_verified(self, half_pruned: Trail) -> None:
        assert await half_pruned.fault() is None
        await tamper(half_pruned.dsn, "UPDATE audit.entry SET data = '{}' WHERE sequence = 2")

        assert "Entry 2 of the audit trail is not as it was" in str(await half_pruned.fault())

    async def test_the_rest_is_backed_up_and_restored(
        self, half_pruned: Trail, empty_dsn: str, tmp_path: Path
    ) -> None:
        await back_up(half_pruned.dsn, tmp_path / "backup", SEALS)

        await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)


class TestAppendOnly:
    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM audit.entry WHERE sequence = 6",
            "DELETE FROM audit.entry WHERE false",
            "SET LOCAL audit.pruning = 'on'; DELETE FROM audit.entry WHERE sequence = 6",
            "SET LOCAL audit.pruning = 'on'; UPDATE audit.entry SET data = '{}'",
            "SET LOCAL audit.pruning = 'on'; TRUNCATE audit.entry",
            "DELETE FROM audit.seal",
            "UPDATE audit.seal SET digest = ''",
            "TRUNCATE audit.seal",
            "INSERT INTO audit.seal SELECT 6, 9, hash, hash, hash FROM audit.entry LIMIT 1",
            "INSERT INTO audit.seal SELECT 7, sequence, hash, hash, hash FROM audit.entry LIMIT 1",
        ],
    )
    async def test_the_database_refuses(self, aged: Trail, file: Path, sql: str) -> None:
        await aged.archives.archive(YESTERDAY, file)
        connection = await connect(aged.dsn)

        with pytest.raises(Exception, match=r"append-only|a seal ends"):
            await connection.execute(f"BEGIN; {sql}; COMMIT")

        await connection.close()
        assert await aged.sequences() == [6, 7, 8]


class TestTampering:
    @pytest.mark.parametrize(
        ("sql", "fault"),
        [
            ("DELETE FROM audit.entry WHERE sequence = 6", "Entry 6 is missing"),
            ("UPDATE audit.entry SET data = '{}' WHERE sequence = 6", "Entry 6 .* does not follow"),
            ("UPDATE audit.seal SET hash = hash_before", "Entry 6 .* does not follow the seal"),
            ("UPDATE audit.seal SET last_sequence = 4", "Entry 5 is missing"),
            ("UPDATE audit.seal SET last_sequence = 6", "Entry 1 is missing"),
            ("UPDATE audit.seal SET first_sequence = 2", "does not follow what was sealed"),
            ("UPDATE audit.seal SET hash_before = hash", "does not follow what was sealed"),
            ("DELETE FROM audit.seal", "Entry 1 is missing"),
            (LOST, "hash that was kept"),
        ],
    )
    async def test_with_the_trail_is_detected(
        self, aged: Trail, file: Path, sql: str, fault: str
    ) -> None:
        await aged.archives.archive(YESTERDAY, file)

        await tamper(aged.dsn, sql)

        found = await aged.fault()
        assert found is not None
        assert re.search(fault, found), found

    async def test_with_the_digest_is_detected_by_the_file(self, aged: Trail, file: Path) -> None:
        await aged.archives.archive(YESTERDAY, file)
        await tamper(aged.dsn, "UPDATE audit.seal SET digest = hash")

        assert "is not the file that was sealed" in str(await aged.fault(file))

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            (lambda lines: lines[3]["record"].__setitem__(1, "user.deleted"), "Entry 3 .* not as"),
            (lambda lines: lines.pop(3), "Entry 3 is missing"),
            (lambda lines: lines.pop(), "is cut off: it ends with entry 4 instead of 5"),
            (lambda lines: lines.pop(1), "Entry 1 is missing"),
            (lambda lines: lines.append(lines[1]), "Entry 1 does not belong"),
            (lambda lines: lines.pop(0), "no archive"),
            (lambda lines: lines[0].pop("head"), "no archive"),
            (lambda lines: lines[0].update(format="x"), "no archive"),
            (lambda lines: lines[2].pop("record"), "no archive"),
            (lambda lines: lines[2]["record"].pop(), "no archive"),
            (lambda lines: lines[2].update(sequence="x"), "no archive"),
            (lambda lines: lines.insert(2, 7), "no archive"),
        ],
        ids=[
            "changed",
            "removed",
            "cut",
            "first removed",
            "added",
            "no header",
            "no head",
            "another format",
            "no record",
            "short record",
            "no number",
            "no object",
        ],
    )
    async def test_with_an_archive_is_detected(
        self, aged: Trail, file: Path, change: Callable[[list[Any]], None], fault: str
    ) -> None:
        await aged.archives.archive(YESTERDAY, file)
        rewrite(file, change)

        found = await aged.fault(file)
        assert found is not None
        assert re.search(fault, found), found
        assert "\n" not in found

    @pytest.mark.parametrize("size", [0, 1, 40, -1, -9])
    async def test_a_truncated_file_is_detected(self, aged: Trail, file: Path, size: int) -> None:
        await aged.archives.archive(YESTERDAY, file)
        truncate(file, size)

        assert str(file) in str(await aged.fault(file))

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"{}\n", gzip.compress(b"", mtime=0), b"\x1f\x8b"], ids=repr
    )
    async def test_a_file_that_is_no_archive_is_reported(
        self, aged: Trail, file: Path, content: bytes
    ) -> None:
        put(file, content)

        fault = await aged.fault(file)
        assert str(file) in str(fault)
        assert "Cannot read" in str(await aged.fault(file / "x"))

    async def test_an_archive_of_another_trail_is_detected(self, aged: Trail, file: Path) -> None:
        other = file.with_name("other.gz")
        await aged.archives.archive(YESTERDAY, other)
        await reset_trail(aged.dsn)
        await aged.record(8)
        await aged.age(5)
        assert "of another audit trail" in str(await aged.fault(other))
        await aged.archives.archive(YESTERDAY, file)

        assert "of another audit trail" in str(await aged.fault(file, other))
        assert await aged.fault(file) is None

    async def test_a_missing_archive_is_reported(self, aged: Trail, file: Path) -> None:
        other = file.with_name("other.gz")
        await aged.archives.archive(YESTERDAY, file)
        await aged.archives.archive(TOMORROW, other)

        assert await aged.fault(other) == "The archive of entries 1 to 5 is missing."
        assert await aged.fault(file) == "The archive of entries 6 to 8 is missing."


class TestRestore:
    async def test_a_sealed_trail_stays_whole(
        self, aged: Trail, file: Path, empty_dsn: str, tmp_path: Path
    ) -> None:
        await aged.archives.archive(YESTERDAY, file)
        await back_up(aged.dsn, tmp_path / "backup", SEALS)

        await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)

        async with CountingDatabase(
            empty_dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300
        ) as database:
            assert await Trail(empty_dsn, database).fault(file) is None

    async def test_a_gap_after_the_seal_is_reported(
        self, aged: Trail, file: Path, empty_dsn: str, tmp_path: Path
    ) -> None:
        await aged.archives.archive(YESTERDAY, file)
        await tamper(aged.dsn, "DELETE FROM audit.entry WHERE sequence = 6")
        await back_up(aged.dsn, tmp_path / "backup", SEALS)

        with pytest.raises(BackupFailed, match="goes on where its last seal ends"):
            await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)

    async def test_a_backup_from_before_seals_is_accepted(
        self, server: str, empty_dsn: str, tmp_path: Path
    ) -> None:
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate("0013")
            await back_up(dsn, tmp_path / "backup", SEALS)

        await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)
        await Schema(empty_dsn).migrate()
