"""The settings that a process holds, and when it reads them again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from BE.core.database.database import CannotListenError
from BE.core.exceptions import UnavailableError
from BE.modules.flags.models import Setting, Snapshot
from BE.modules.flags.service import Snapshots
from tests.support.events import eventually, holds
from tests.support.flags.fakes import FakeFlagRepository

OFF = Setting((), otherwise=False)


class PooledDatabase:
    """A database behind a pooler, which cannot LISTEN."""

    def listening(self, *_: object) -> Any:
        raise CannotListenError


class NotifyingDatabase:
    """A database whose notifications the test sends."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self.notify: Callable[[str], None] | None = None

    @asynccontextmanager
    async def listening(
        self, _: str, receive: Callable[[str], None]
    ) -> AsyncIterator[asyncio.Event]:
        self.notify = receive
        yield self.lost
        self.notify, self.lost = None, asyncio.Event()


class Repository(FakeFlagRepository):
    is_unreachable = False

    async def snapshot(self) -> Snapshot:
        if self.is_unreachable:
            self.reads += 1
            raise UnavailableError
        return await super().snapshot()

    async def change(self) -> None:
        await self.put("trial", OFF, await self.next_revision(), None)


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("BE.modules.flags.service.snapshots._POLL_INTERVAL", 0.005)
    monkeypatch.setattr("BE.core.database.listening._RECONNECT_DELAY", 0.005)


def snapshots_of(database: object, repository: Repository, **options: float) -> Snapshots:
    connected: Any = database
    return Snapshots(connected, repository, **options)


async def test_a_notification_loads_the_change() -> None:
    database, repository = NotifyingDatabase(), Repository()
    snapshots = snapshots_of(database, repository)
    await snapshots.load()
    async with snapshots.watching():
        await eventually(lambda: holds(snapshots._is_listening))
        await repository.change()
        assert database.notify is not None
        database.notify("2")

        await eventually(lambda: holds(snapshots.current.settings == {"trial": OFF}))


async def test_a_new_listener_loads_changes_missed_by_the_lost_one() -> None:
    database, repository = NotifyingDatabase(), Repository()
    snapshots = snapshots_of(database, repository)
    await snapshots.load()
    async with snapshots.watching():
        await eventually(lambda: holds(snapshots._is_listening))
        await repository.change()
        database.lost.set()

        await eventually(lambda: holds(snapshots.current.revision == 2))


async def test_changes_are_polled_behind_a_pooler() -> None:
    repository = Repository()
    snapshots = snapshots_of(PooledDatabase(), repository)
    await snapshots.load()
    async with snapshots.watching():
        await repository.change()

        await eventually(lambda: holds(snapshots.current.revision == 2))


@pytest.mark.parametrize(
    "database", [NotifyingDatabase(), PooledDatabase()], ids=["listening", "polling"]
)
async def test_nothing_is_read_before_the_schema_exists(database: object) -> None:
    repository = Repository()
    snapshots = snapshots_of(database, repository)
    async with snapshots.watching():
        await asyncio.sleep(0.1)
        assert repository.reads == 0

        await snapshots.load()
        await eventually(lambda: holds(repository.reads > 1))


async def test_an_idle_process_polls_at_its_next_read() -> None:
    repository = Repository()
    snapshots = snapshots_of(PooledDatabase(), repository, idle_poll=3600)
    await snapshots.load()
    async with snapshots.watching():
        await asyncio.sleep(0.1)
        assert repository.reads == 1

        assert snapshots.current.revision == 0
        await eventually(lambda: holds(repository.reads == 2))


async def test_the_last_snapshot_stays_while_the_database_is_unreachable() -> None:
    repository = Repository()
    snapshots = snapshots_of(PooledDatabase(), repository)
    await repository.change()
    await snapshots.load()
    repository.is_unreachable = True
    async with snapshots.watching():
        reads = repository.reads
        await eventually(lambda: holds(repository.reads > reads + 2))

        assert snapshots.current.settings == {"trial": OFF}


async def test_a_known_revision_is_not_read_again() -> None:
    repository = Repository()
    snapshots = snapshots_of(PooledDatabase(), repository)
    await repository.change()
    for _ in range(2):
        await snapshots.reach(2)

    assert repository.reads == 1
