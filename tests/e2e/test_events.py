"""Workers that are killed, frozen and poisoned, and a database that is restarted beneath them."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from BE.core.exceptions import OutcomeUnknownError, UnavailableError
from migrations.runner import Schema
from tests.e2e.worker import ATTEMPTS, POISON, Worker, database_on, node_on
from tests.support.events import EFFECTS, Counted, Node, eventually
from tests.support.postgres import Postgres, execute, fresh_database

type Start = Callable[..., Worker]

SENT = "CREATE TABLE sent (id uuid PRIMARY KEY, times integer)"


@pytest.fixture
async def events_dsn(server: str) -> AsyncIterator[str]:
    async with fresh_database(server) as dsn:
        await prepare(dsn)
        yield dsn


async def prepare(dsn: str) -> None:
    await Schema(dsn).migrate()
    await execute(dsn, f"{EFFECTS}; {SENT}")


@pytest.fixture
async def node(events_dsn: str) -> AsyncIterator[Node]:
    """Who publishes and looks, and delivers nothing."""
    async with database_on(events_dsn) as database:
        yield node_on(database)


@pytest.fixture
def start(events_dsn: str) -> Iterator[Start]:
    workers: list[Worker] = []

    def start(mishap: str = "", dsn: str = events_dsn) -> Worker:
        workers.append(Worker(dsn, mishap))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


async def in_a_thread(wait: Callable[[], object]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, wait)


async def require_each_once(node: Node, published: dict[str, list[int]]) -> None:
    """No loss, no double effect, no order violation, and outside each at least once."""
    effects = defaultdict(list)
    for subject, number in await node.effects():
        effects[subject].append(number)
    assert effects == published
    sent = await node.db.fetchval("SELECT count(*) FROM sent")
    assert sent == sum(map(len, published.values()))


@pytest.mark.parametrize("where", ["claimed", "handling", "committed"])
async def test_a_worker_that_is_killed_loses_and_repeats_nothing(
    node: Node, start: Start, where: str
) -> None:
    await node.publish(*(Counted(subject=each, number=0) for each in "abc"))
    await in_a_thread(start(f"kill-{where}").wait_until_dead)

    start()
    await node.settled()

    await require_each_once(node, {each: [0] for each in "abc"})


@pytest.mark.parametrize("where", ["claimed", "handling"])
async def test_a_worker_that_wakes_after_its_lease_is_refused(
    node: Node, start: Start, where: str
) -> None:
    await node.publish(Counted(subject="a", number=0))
    frozen = start(f"freeze-{where}")
    await in_a_thread(frozen.wait_until_frozen)

    start()
    await node.settled()
    frozen.wake()
    await node.publish(Counted(subject="a", number=1))
    await node.settled()
    said: list[str] = []
    await in_a_thread(lambda: said.append(frozen.stop()))

    await require_each_once(node, {"a": [0, 1]})
    assert "lease_lost" in said[0] or "delivery_failed" in said[0]


async def test_what_kills_its_worker_dies_alone(node: Node, start: Start) -> None:
    await node.publish(
        *(Counted(subject=f"{each}", number=0) for each in range(5)),
        Counted(subject=POISON, number=0),
        *(Counted(subject=f"{each}", number=0) for each in range(5, 10)),
    )
    worker, deaths = start(), 0

    async def is_settled() -> bool:
        nonlocal worker, deaths
        if not worker.runs:
            worker, deaths = start(), deaths + 1
        return (await node.deliveries.backlog()).pending == 0

    await eventually(is_settled)

    (dead,) = await node.deliveries.newest("dead", limit=10)
    assert (dead.handler, dead.attempts) == ("count", ATTEMPTS)
    assert deaths == ATTEMPTS
    assert sorted(await node.effects()) == [(str(each), 0) for each in range(10)]


async def test_random_kills_lose_and_repeat_and_reorder_nothing(node: Node, start: Start) -> None:
    chance = random.Random(0)
    workers = [start() for _ in range(4)]
    published: dict[str, list[int]] = defaultdict(list)
    done = 0

    async def is_busy() -> bool:
        return len(await node.effects()) > done

    for number in range(100):
        await node.publish(*(Counted(subject=each, number=number) for each in "abcdefgh"))
        for each in "abcdefgh":
            published[each].append(number)
        if number % 10 == 0:
            await eventually(is_busy)
            done = len(await node.effects())
            victim = chance.randrange(4)
            workers[victim].kill()
            workers[victim] = start()

    await node.settled()

    await require_each_once(node, published)


async def test_a_restart_of_postgresql_loses_nothing(tmp_path: Path, start: Start) -> None:
    postgres = Postgres(tmp_path)
    postgres.start()
    try:
        await prepare(postgres.dsn)
        for _ in range(2):
            start(dsn=postgres.dsn)
        async with database_on(postgres.dsn) as database:
            node = node_on(database)
            committed, unknown = set(), set()
            for number in range(90):
                if number in {30, 60}:
                    restarting = asyncio.create_task(in_a_thread(restart(postgres)))
                try:
                    await node.publish(Counted(subject="a", number=number))
                    committed.add(number)
                except OutcomeUnknownError:
                    unknown.add(number)
                except UnavailableError:
                    await asyncio.sleep(0.05)
                if number in {45, 75}:
                    await restarting
            await node.settled()
            numbers = [number for _, number in await node.effects()]
    finally:
        postgres.stop()

    assert numbers == sorted(set(numbers))
    assert committed <= set(numbers) <= committed | unknown
    assert len(committed) >= 30


def restart(postgres: Postgres) -> Callable[[], None]:
    def run() -> None:
        postgres.stop()
        postgres.start()

    return run
