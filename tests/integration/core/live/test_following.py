"""A process notices commits: its own, those of others, and without notifications."""

import asyncio
import random
from collections import defaultdict
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import orjson
import pytest

from BE.core.database.connections import connect
from BE.core.live import feed, followers
from migrations.runner import Schema
from tests.support.events import eventually
from tests.support.live import LiveNode, Moved, StartNode, versions
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer
from tests.support.postgres import execute, fresh_database

ADA = uuid4()


def moved(number: int, thing: UUID | None = None) -> Moved:
    return Moved(thing_id=thing or uuid4(), owner_id=ADA, number=number)


async def count(dsn: str, query: str) -> int:
    connection = await connect(dsn)
    try:
        found: int = await connection.fetchval(query)
        return found
    finally:
        await connection.close()


async def has_listener(dsn: str) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    return await count(dsn, query) == 1


async def count_followers(dsn: str) -> int:
    return await count(dsn, "SELECT count(*) FROM events.follower WHERE until > now()")


async def has_follower(dsn: str) -> bool:
    return await count_followers(dsn) == 1


async def has_no_follower(dsn: str) -> bool:
    return await count_followers(dsn) == 0


async def test_without_readers_no_statement_runs(node: LiveNode, live_dsn: str) -> None:
    async with node.reading(ADA) as stream:
        await stream.next()
        await eventually(lambda: has_follower(live_dsn))
    await eventually(lambda: has_no_follower(live_dsn))
    node.db.statements.clear()
    await node.publish(moved(1))
    await asyncio.sleep(2 * feed._POLL_INTERVAL)  # long enough for a poll

    assert len(node.db.statements) == 1  # the change and its event
    assert not node.outbox.changed.is_set()


async def test_polling_makes_up_for_a_lost_notification(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "CHANNEL", "channel_without_listener")
    here = await start_node()
    monkeypatch.undo()
    there = await start_node()
    async with there.reading(ADA) as stream:
        await stream.next()
        await here.publish(moved(1))

        assert versions([await stream.next()]) == [1]


async def test_a_disconnected_listener_reconnects(
    start_node: StartNode, live_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_POLL_INTERVAL", 3600)  # so that only a notification helps
    here, there = await start_node(), await start_node()
    async with there.reading(ADA) as stream:
        await stream.next()
        await eventually(lambda: has_listener(live_dsn))
        await execute(
            live_dsn,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            " AND datname = current_database()",
        )
        await here.publish(moved(1))
        assert versions([await stream.next()]) == [1]
        await eventually(lambda: has_listener(live_dsn))
        await here.publish(moved(2))
        assert versions([await stream.next()]) == [2]


@needs_pgbouncer
async def test_behind_a_pooler_changes_are_polled(start_node: StartNode, live_dsn: str) -> None:
    with pgbouncer(live_dsn) as pooled:
        here, there = await start_node(), await start_node(pooled)
        async with there.reading(ADA) as stream:
            await stream.next()
            await here.publish(moved(1))

            assert versions([await stream.next()]) == [1]


async def test_a_role_without_rights_can_follow(node: LiveNode, live_dsn: str) -> None:
    """The identity of the database is readable by any role, not only by a superuser."""
    await execute(live_dsn, "DROP ROLE IF EXISTS reader_of_changes; CREATE ROLE reader_of_changes")
    await execute(
        live_dsn,
        "GRANT USAGE ON SCHEMA events TO reader_of_changes;"
        "GRANT SELECT ON events.change TO reader_of_changes",
    )
    async with node.db.transaction():
        await node.db.execute("SET LOCAL ROLE reader_of_changes")
        now = await node.log.now()
        await node.log.since(now, [ADA], limit=1)
    await execute(live_dsn, "DROP OWNED BY reader_of_changes; DROP ROLE reader_of_changes")


async def test_a_cursor_of_a_copy_of_the_database_resets(
    start_node: StartNode, server: str, live_dsn: str
) -> None:
    """A copy has the same server, schema and past transactions, but other new ones."""
    name = f"copy_{uuid4().hex}"
    async with fresh_database(server) as original:
        await Schema(original).migrate()
        copied = urlsplit(original).path.removeprefix("/")
        await execute(server, f"CREATE DATABASE {name} TEMPLATE {copied}")
        copy = urlunsplit(urlsplit(original)._replace(path=f"/{name}"))
        try:
            here, there = await start_node(original), await start_node(copy)
            async with here.reading(ADA) as stream:
                cursor = (await stream.next()).id
            async with there.reading(ADA, cursor) as stream:
                await stream.next()
                await there.publish(moved(1))
                following = (await stream.next()).event
        finally:
            await execute(server, f"DROP DATABASE {name} WITH (FORCE)")

    assert following == "reset"


async def test_no_change_is_lost_or_repeated_while_readers_reconnect(
    start_node: StartNode,
) -> None:
    """Writers whose transactions overlap at random, on two processes, and readers on a third."""
    chance = random.Random(1)
    here, there, reading_node = await start_node(), await start_node(), await start_node()
    things = [uuid4() for _ in range(5)]
    written: dict[UUID, int] = defaultdict(int)
    async with reading_node.reading(ADA) as stream:
        cursor = (await stream.next()).id

    async def write(node: LiveNode) -> None:
        for _ in range(60):
            number = chance.randrange(len(things))
            async with node.db.transaction():
                await node.db.execute("SET LOCAL lock_timeout = 0")
                if chance.random() < 0.5:  # begins before others, and commits after them
                    await node.db.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(chance.random() / 100)
                await node.db.execute("SELECT pg_advisory_xact_lock($1)", number)
                for _ in range(chance.randrange(1, 3)):
                    written[things[number]] += 1
                    await node.bus.publish(moved(written[things[number]], things[number]))

    async def write_all() -> None:
        await asyncio.gather(*(write(node) for node in (here, there) for _ in range(3)))
        await here.publish(moved(-1))

    writing = asyncio.create_task(write_all())
    seen: dict[str, list[int]] = defaultdict(list)
    last = 0
    while last != -1:
        async with reading_node.reading(ADA, cursor) as stream:
            assert (await stream.next()).id == cursor
            for _ in range(chance.randrange(1, 12)):
                message = await stream.next()
                data, cursor = orjson.loads(message.data), message.id
                last = data["version"]
                if last == -1:
                    break
                seen[data["id"]].append(last)
    await writing

    assert seen == {str(thing): list(range(1, count + 1)) for thing, count in written.items()}


async def test_changes_older_than_any_cursor_are_pruned(node: LiveNode, live_dsn: str) -> None:
    await node.publish(*(moved(number) for number in range(3)))
    await execute(
        live_dsn,
        "UPDATE events.change SET at = now() - interval '25 hours 1 minute'"
        " WHERE id < (SELECT max(id) FROM events.change)",
    )
    await node.log.prune()

    assert await node.db.fetchval("SELECT count(*) FROM events.change") == 1
