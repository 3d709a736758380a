"""Workers that are killed, frozen and poisoned, and a database that restarts under them."""

import asyncio
import functools
import itertools
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from BE.core.exceptions import OutcomeUnknownError, UnavailableError
from migrations.runner import Schema
from tests.support.events import EFFECTS, Counted, Node, Noticed, eventually
from tests.support.postgres import Postgres, execute, fresh_database
from tests.support.processes.event_worker import (
    CLOCKS,
    POISON,
    RELEASED,
    SLOW,
    STUCK,
    Worker,
    database_on,
    expire_leases,
    node_on,
)
from tests.support.processes.server import manage
from tests.support.processes.workers import running_workers

type Start = Callable[..., Worker]

BRIEF = 2.0

TABLES = f"{EFFECTS}; CREATE TABLE sent (id uuid PRIMARY KEY, times integer)"


@pytest.fixture
async def events_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        await execute(dsn, TABLES)
        yield dsn


@pytest.fixture
async def node(events_dsn: str) -> AsyncIterator[Node]:
    """A node that publishes and reads, but delivers nothing."""
    async with database_on(events_dsn) as database:
        yield node_on(database)


@pytest.fixture
def start(events_dsn: str) -> Iterator[Start]:
    workers: list[Worker] = []

    def start(fault: str = "", dsn: str = events_dsn, **options: float) -> Worker:
        workers.append(Worker(dsn, fault, **options))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


async def in_a_thread(wait: Callable[[], object]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, wait)


async def assert_each_once(node: Node, published: dict[str, list[int]]) -> None:
    """Assert that each event had one effect, in order, and was sent outside at least once."""
    effects = defaultdict(list)
    for subject, number in await node.effects():
        effects[subject].append(number)
    assert effects == published
    sent = await node.db.fetchval("SELECT count(*) FROM sent")
    assert sent == sum(map(len, published.values()))


@pytest.mark.parametrize("where", ["claimed", "handling", "committed"])
async def test_a_killed_worker_neither_loses_nor_repeats_an_event(
    node: Node, events_dsn: str, start: Start, where: str
) -> None:
    await node.publish(*(Counted(subject=letter, number=0) for letter in "abc"))
    await in_a_thread(start(f"kill-{where}").wait_until_dead)
    await expire_leases(events_dsn)

    start()
    await node.settled()

    await assert_each_once(node, {letter: [0] for letter in "abc"})


@pytest.mark.parametrize(("where", "times"), [("sending", 1), ("sent", 2)])
async def test_an_outside_call_is_repeated_under_the_same_id_after_a_kill(
    node: Node, events_dsn: str, start: Start, where: str, times: int
) -> None:
    await node.publish(Counted(subject="a", number=0))
    await in_a_thread(start(f"kill-{where}").wait_until_dead)
    await expire_leases(events_dsn)

    start()
    await node.settled()

    assert [row["times"] for row in await node.db.fetch("SELECT times FROM sent")] == [times]


@pytest.mark.parametrize("where", ["claimed", "handling"])
async def test_a_worker_that_resumes_after_its_lease_is_refused(
    node: Node, events_dsn: str, start: Start, where: str
) -> None:
    await node.publish(Counted(subject="a", number=0))
    frozen = start(f"freeze-{where}")
    await in_a_thread(frozen.wait_until_frozen)
    await expire_leases(events_dsn)

    start()
    await node.settled()
    frozen.wake()
    await in_a_thread(lambda: frozen.wait_for_output("lease_lost", "delivery_failed"))
    await node.publish(Counted(subject="a", number=1))
    await node.settled()

    await assert_each_once(node, {"a": [0, 1]})


async def test_an_event_that_kills_workers_becomes_a_dead_letter_alone(
    node: Node, events_dsn: str, start: Start
) -> None:
    attempts = 4
    await node.publish(
        *(Counted(subject=f"{number}", number=0) for number in range(5)),
        Counted(subject=POISON, number=0),
        *(Counted(subject=f"{number}", number=0) for number in range(5, 10)),
    )
    worker, deaths = start(attempts=attempts), 0

    async def is_settled() -> bool:
        nonlocal worker, deaths
        if not worker.runs:
            await expire_leases(events_dsn)
            worker, deaths = start(attempts=attempts), deaths + 1
        return (await node.deliveries.backlog()).pending == 0

    await eventually(is_settled)

    (dead,) = await node.deliveries.newest("dead", limit=10)
    assert (dead.handler, dead.attempts) == ("count", attempts)
    assert deaths == attempts
    assert sorted(await node.effects()) == [(str(number), 0) for number in range(10)]


async def test_random_kills_neither_lose_nor_repeat_nor_reorder_events(
    node: Node, start: Start
) -> None:
    chance = random.Random(0)
    workers = [start(lease=BRIEF) for _ in range(4)]
    published: dict[str, list[int]] = defaultdict(list)
    done = 0

    async def is_busy() -> bool:
        return len(await node.effects()) > done

    for number in range(125):
        await node.publish(*(Counted(subject=subject, number=number) for subject in "abcdefgh"))
        for subject in "abcdefgh":
            published[subject].append(number)
        if number % 10 == 0:
            await eventually(is_busy)
            done = len(await node.effects())
            victim = chance.randrange(4)
            workers[victim].kill()
            workers[victim] = start(lease=BRIEF)

    await node.settled()

    await assert_each_once(node, published)


async def test_a_crash_of_postgresql_neither_loses_nor_repeats_events(
    tmp_path: Path, start: Start
) -> None:
    postgres = Postgres(tmp_path)
    postgres.start()
    try:
        await Schema(postgres.dsn).migrate()
        await execute(postgres.dsn, TABLES)
        for _ in range(2):
            start(dsn=postgres.dsn, lease=BRIEF)
        async with database_on(postgres.dsn) as database:
            node = node_on(database)
            publishers = [Publisher(node, subject) for subject in "abcd"]
            publishing = [asyncio.create_task(publisher.publish()) for publisher in publishers]
            for crash in (1, 2):
                await eventually(functools.partial(has_effects, node, crash * 100))
                await in_a_thread(postgres.crash)
                await in_a_thread(postgres.start)
            for publisher in publishers:
                publisher.is_publishing = False
            await asyncio.gather(*publishing)
            await node.settled()
            effects = await node.effects()
    finally:
        postgres.stop()

    assert sum(publisher.failed for publisher in publishers) > 0
    for publisher in publishers:
        numbers = [number for subject, number in effects if subject == publisher.subject]
        assert numbers == sorted(set(numbers))
        assert publisher.committed <= set(numbers) <= publisher.committed | publisher.unknown


class Publisher:
    """Publishes events with one key in order, and records the outcome of each."""

    def __init__(self, node: Node, subject: str) -> None:
        self._node = node
        self.subject = subject
        self.is_publishing = True
        self.committed: set[int] = set()
        self.unknown: set[int] = set()
        self.failed = 0

    async def publish(self) -> None:
        for number in itertools.count():
            if not self.is_publishing:
                return
            try:
                await self._node.publish(Counted(subject=self.subject, number=number))
                self.committed.add(number)
            except OutcomeUnknownError:
                self.unknown.add(number)
            except UnavailableError:
                self.failed += 1
            await asyncio.sleep(0.02)  # or it outruns the workers


async def has_effects(node: Node, count: int) -> bool:
    return len(await node.effects()) >= count


async def test_wrong_wall_clocks_change_nothing(node: Node, start: Start) -> None:
    for clock in CLOCKS:
        start(f"clock-{clock}")
    published: dict[str, list[int]] = defaultdict(list)
    async with node.db.transaction():
        await node.bus.publish_later(Counted(subject="later", number=0), timedelta(hours=1))

    for number in range(50):
        await node.publish(*(Counted(subject=subject, number=number) for subject in "abcd"))
        for subject in "abcd":
            published[subject].append(number)
    await node.settled(but=2)

    await assert_each_once(node, published)
    assert Counter(await node.states()) == {("done", 1): 400, ("pending", 0): 2}


@pytest.mark.parametrize(
    ("subject", "stop_timeout", "state", "attempts"),
    [(SLOW, 600, "done", 1), (STUCK, 1, "pending", 0)],
)
async def test_a_stopping_worker_finishes_or_releases_its_delivery(
    node: Node, start: Start, subject: str, stop_timeout: float, state: str, attempts: int
) -> None:
    """Its lease is an hour: another worker could not run a delivery that it kept."""
    await node.publish(Counted(subject=subject, number=0))
    worker = start(lease=3600, stop_timeout=stop_timeout)
    await eventually(lambda: is_sending(node))

    await in_a_thread(worker.request_stop)
    await node.publish(Counted(subject=RELEASED, number=0))
    await node.count(Counted(subject=RELEASED, number=0))
    await in_a_thread(worker.stop)
    rows = await node.db.fetch(
        """
        SELECT payload->>'subject', state, attempts, state = 'done' OR due_at <= now()
        FROM events.delivery AS d
        JOIN events.event AS e ON e.id = d.event_id
        WHERE handler = 'send' AND claim IS NULL
        """
    )

    assert {tuple(row) for row in rows} == {
        (subject, state, attempts, True),
        (RELEASED, "pending", 0, True),
    }


async def is_sending(node: Node) -> bool:
    return bool(await node.db.fetchval("SELECT count(*) FROM sent") == 1)


async def test_two_servers_started_on_an_empty_database_deliver_each_event_once(
    server: str, tmp_path: Path
) -> None:
    async with (
        fresh_database(server) as dsn,
        running_workers(tmp_path, dsn, count=2) as workers,
        database_on(dsn) as database,
    ):
        node = node_on(database)
        await asyncio.gather(*(worker.register() for worker in workers for _ in range(5)))
        await eventually(lambda: has_ticked(node))
        await node.settled()
        hours = await node.db.fetch(
            "SELECT occurred_at FROM events.event WHERE name = 'schedule.hour_passed'"
        )
        states = set(await node.states())

    assert states == {("done", 1)}
    assert len(hours) == len(set(hours)) > 0
    assert len(list((tmp_path / "data" / "mail").glob("*.eml"))) == 10


async def has_ticked(node: Node) -> bool:
    return bool(
        await node.db.fetchval("SELECT count(*) FROM events.event WHERE name LIKE 'schedule.%'")
    )


class TestCommandLine:
    @pytest.fixture
    async def dead(self, node: Node) -> list[int]:
        """The ids of two dead deliveries, beside a pending one; none has a handler here."""

        async def ignore(_: Noticed) -> None: ...

        node.bus.subscribe(Noticed, ignore, name="a.on_noticed")
        node.bus.subscribe(Noticed, ignore, name="b.on_noticed")
        node.bus.subscribe(Noticed, ignore, name="c.on_noticed")
        await node.publish(Noticed(number=7))
        rows = await node.db.fetch(
            """
            UPDATE events.delivery
            SET state = 'dead', attempts = 10, finished_at = now(), last_error = 'no route'
            WHERE handler <> 'c.on_noticed'
            RETURNING id
            """
        )
        return sorted(row["id"] for row in rows)

    async def test_lists_pending_and_dead_deliveries(
        self, events_dsn: str, node: Node, dead: list[int]
    ) -> None:
        table = await asyncio.to_thread(manage, "events", "list", DATABASE_URL=events_dsn)
        only = await asyncio.to_thread(
            manage, "events", "list", "--state", "dead", "--json", DATABASE_URL=events_dsn
        )

        assert table.returncode == 0
        title, *lines = table.stdout.splitlines()
        assert title.split()[:6] == ["ID", "STATE", "AGE", "ATTEMPTS", "NEXT", "EVENT"]
        assert [line.split()[1] for line in lines] == ["pending", "dead", "dead"]
        assert all("test.noticed@1" in line for line in lines)
        assert all("no handler in this version" in line for line in lines)
        assert [delivery["id"] for delivery in json.loads(only.stdout)] == dead[::-1]
        assert {delivery["last_error"] for delivery in json.loads(only.stdout)} == {"no route"}

    async def test_warns_about_a_shortened_list(self, events_dsn: str, dead: list[int]) -> None:
        listed = await asyncio.to_thread(
            manage, "events", "list", "--limit", "2", DATABASE_URL=events_dsn
        )

        assert len(listed.stdout.splitlines()) == 1 + 2
        assert listed.stderr == "These are the newest 2. For more, give a higher --limit.\n"

    async def test_shows_a_delivery(self, events_dsn: str, dead: list[int]) -> None:
        shown = [
            await asyncio.to_thread(
                manage, "events", "show", str(dead[0]), *style, DATABASE_URL=events_dsn
            )
            for style in ([], ["--json"])
        ]
        missing = await asyncio.to_thread(
            manage, "events", "show", str(dead[0] + 99), DATABASE_URL=events_dsn
        )

        assert '{"colour": "blue", "number": 7}' in shown[0].stdout
        assert json.loads(shown[1].stdout)["payload"] == {"colour": "blue", "number": 7}
        assert (missing.returncode, missing.stderr) == (1, "There is no such delivery\n")

    async def test_retries_one_delivery_or_a_handler_s_or_all(
        self, events_dsn: str, node: Node, dead: list[int]
    ) -> None:
        async def retry(*which: str) -> tuple[int, str]:
            result = await asyncio.to_thread(
                manage, "events", "retry", *which, DATABASE_URL=events_dsn
            )
            return result.returncode, result.stdout or result.stderr

        assert await retry(str(dead[0])) == (0, "Pending again: 1.\n")
        assert await retry(str(dead[0])) == (
            1,
            "This delivery is not dead, so there is nothing to retry\n",
        )
        assert await retry("--handler", "a.on_noticed") == (
            0,
            "Pending again: 0.\n",
        )
        assert await retry("--all", "--json") == (0, '{\n  "retried": 1\n}\n')
        assert set(await node.states()) == {("pending", 0)}

    async def test_replays_to_a_handler_of_this_version(self, events_dsn: str, node: Node) -> None:
        async def replay(*arguments: str) -> tuple[int, str]:
            result = await asyncio.to_thread(
                manage, "events", "replay", *arguments, DATABASE_URL=events_dsn
            )
            return result.returncode, result.stdout or result.stderr

        await node.db.execute(
            """
            INSERT INTO users.profile (id, email, full_name, role)
            VALUES (gen_random_uuid(), 'old@example.com', 'Old Hand', 'user')
            """
        )

        unknown = await replay("notes.on_user_registered")
        unconfirmed = await replay("notifications.on_user_registered")
        dry = await replay("notifications.on_user_registered", "--dry-run")
        before = await node.states()
        replayed = await replay("notifications.on_user_registered", "--yes")
        again = await replay("notifications.on_user_registered", "--yes", "--json")

        assert unknown[0] == 1
        assert unknown[1].startswith("No handler is called notes.on_user_registered: there are ")
        assert unconfirmed[0] == 2
        assert "--yes" in unconfirmed[1]
        assert dry[1].splitlines()[1].split() == ["user.registered@1", "tables", "1", "0", "1"]
        assert dry[1].endswith("Nothing was changed. New deliveries would be: 1.\n")
        assert before == []
        assert replayed == (0, replayed[1])
        assert await node.states() == [("pending", 0)]
        assert json.loads(again[1])[0]["added"] == 0

    async def test_purges_old_deliveries(
        self, events_dsn: str, node: Node, dead: list[int]
    ) -> None:
        await node.db.execute(
            "UPDATE events.delivery SET state = 'done', finished_at = now() - '2 days'::interval"
        )

        kept = await asyncio.to_thread(manage, "events", "purge", DATABASE_URL=events_dsn)
        purged = await asyncio.to_thread(
            manage, "events", "purge", "--older-than", "1", DATABASE_URL=events_dsn
        )

        assert kept.stdout == "Deleted deliveries: 0.\n"
        assert purged.stdout == "Deleted deliveries: 3.\n"
        assert await node.states() == []

    async def test_purges_dead_deliveries(
        self, events_dsn: str, node: Node, dead: list[int]
    ) -> None:
        purged = await asyncio.to_thread(
            manage, "events", "purge", "--dead", "--older-than", "0", DATABASE_URL=events_dsn
        )

        assert purged.stdout == "Deleted deliveries: 2.\n"
        assert await node.states() == [("pending", 0)]

    @pytest.mark.parametrize(
        "arguments",
        [("retry",), ("retry", "1", "--all"), ("show", "x"), ("purge", "--older-than", "0")],
    )
    def test_wrong_usage_exits_with_2(self, arguments: tuple[str, ...]) -> None:
        assert manage("events", *arguments).returncode == 2

    async def test_reports_a_missing_schema(self, empty_dsn: str) -> None:
        result = await asyncio.to_thread(manage, "events", "list", DATABASE_URL=empty_dsn)

        assert result.returncode == 1
        assert result.stderr.endswith("run `python manage.py migrate`\n")

    def test_reports_an_unreachable_database(self) -> None:
        result = manage("events", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

        assert result.returncode == 1
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr
