"""Sessions over two server processes: raced, replayed, killed and cut off.

``RACE_ROUNDS=100`` repeats the races as often as a release needs.
"""

import asyncio
import os
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.events import eventually
from tests.support.postgres import execute
from tests.support.processes.gates import DEFERRED, exists, gate, none_exists
from tests.support.processes.workers import ROUNDS, Visitor, Worker, cookie_of

TABS = 50
FLOOD = 200 + (os.cpu_count() or 1)
LISTENERS = "pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"


async def pass_grace(connection: Any) -> None:
    """Make every rotation older than the grace period."""
    await connection.execute(
        "UPDATE auth.session SET rotated_at = rotated_at - interval '31 s',"
        " created_at = created_at - interval '31 s'"
    )


async def test_concurrent_refreshes_get_the_same_cookie(
    workers: list[Worker], connection: Any
) -> None:
    visitor = await workers[0].register()
    cookies = [visitor.cookie]
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(workers[tab % 2].refresh(cookies[-1]) for tab in range(TABS))
        )

        assert Counter(answer.status_code for answer in answers) == {200: TABS}
        (new,) = {cookie_of(answer) for answer in answers}
        cookies.append(new)

    assert len(set(cookies)) == ROUNDS + 1
    assert await generation(connection, visitor) == ROUNDS
    assert await workers[1].admits(visitor)


async def test_a_replay_after_the_grace_period_ends_the_session(
    workers: list[Worker], connection: Any
) -> None:
    here, there = workers
    email = (await here.register()).email
    for _ in range(ROUNDS):
        visitor = await here.sign_in(email)
        current = cookie_of(await there.refresh(visitor.cookie))
        await pass_grace(connection)

        replayed = await here.refresh(visitor.cookie, user_agent="thief")
        afterwards = [
            await worker.refresh(cookie)
            for worker, cookie in (
                (here, current),
                (there, current),
                (there, visitor.cookie),
            )
        ]

        assert (replayed.status_code, replayed.json()["code"]) == (401, "REFRESH_TOKEN_REUSED")
        assert [answer.status_code for answer in afterwards] == [401] * 3
        assert {answer.json()["code"] for answer in afterwards} == {"INVALID_REFRESH_TOKEN"}
        assert not await here.admits(visitor)
        await until_refused(there, visitor)


async def test_a_refresh_that_races_a_logout_leaves_no_live_token(workers: list[Worker]) -> None:
    here, there = workers
    email = (await here.register()).email
    for _ in range(2 * ROUNDS):
        visitor = await here.sign_in(email)

        refreshed, _ = await asyncio.gather(there.refresh(visitor.cookie), here.log_out(visitor))

        assert refreshed.status_code in {200, 401}
        cookies = {visitor.cookie}
        if refreshed.status_code == 200:
            cookies.add(cookie_of(refreshed))
            newer = Visitor(email, refreshed.json()["access_token"], cookie_of(refreshed))
            assert not await here.admits(newer)
            await until_refused(there, newer)
        for cookie in cookies:
            for worker in workers:
                assert (await worker.refresh(cookie)).status_code == 401


@pytest.mark.parametrize(
    ("held", "rotated"),
    [("", False), (DEFERRED, True)],
    ids=["before the commit", "after the commit, before the answer"],
)
async def test_a_kill_during_a_rotation_does_not_log_the_user_out(
    workers: list[Worker], doomed: Worker, connection: Any, held: str, *, rotated: bool
) -> None:
    """The rotation is held once its row is written, or while it commits."""
    visitor = await workers[0].register()
    async with gate(connection, f"UPDATE ON auth.session {held}") as gated:
        refreshing = asyncio.ensure_future(doomed.refresh(visitor.cookie))
        await gated()
        doomed.server.kill()
    with pytest.raises(httpx.TransportError):
        await refreshing

    assert await generation(connection, visitor) == int(rotated)
    cookie = visitor.cookie
    for worker in workers:
        answer = await worker.refresh(cookie)
        assert answer.status_code == 200
        cookie = cookie_of(answer)
    assert await generation(connection, visitor) == 2


async def test_a_revocation_reaches_the_other_process(
    workers: list[Worker], connection: Any
) -> None:
    here, there = workers
    await connection.execute(
        """
        CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER lose BEFORE INSERT ON auth.revocation
            FOR EACH ROW EXECUTE FUNCTION lose();
        """
    )  # so that polling finds nothing
    try:
        visitor = await here.register()
        assert await there.admits(visitor)

        await here.log_out(visitor)

        await until_refused(there, visitor)
    finally:
        await connection.execute("DROP FUNCTION lose() CASCADE")


async def test_a_revocation_is_found_by_polling_without_listeners(
    workers: list[Worker], database: str, server: str, connection: Any
) -> None:
    here, there = workers
    visitor = await here.register()
    # this opens every connection of the pools, as no new one can be opened below
    assert all(await asyncio.gather(*(worker.admits(visitor) for worker in workers * TABS)))
    name = urlsplit(database).path[1:]
    await execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM {LISTENERS}")
        await eventually(lambda: none_exists(connection, LISTENERS))

        await here.log_out(visitor)

        await until_refused(there, visitor)
        assert await none_exists(connection, LISTENERS)
    finally:
        await execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await eventually(lambda: exists(connection, LISTENERS))


async def test_many_concurrent_sign_ins_are_served_or_told_to_retry(
    workers: list[Worker],
) -> None:
    here, _ = workers
    email = (await here.register()).email

    answers = await asyncio.gather(*(here.log_in(email) for _ in range(FLOOD)))
    statuses = Counter(answer.status_code for answer in answers)

    assert statuses.keys() <= {200, 503}
    assert statuses[200]
    assert all(
        int(answer.headers["retry-after"]) >= 1 for answer in answers if not answer.is_success
    )
    assert (await here.log_in(email)).status_code == 200


async def until_refused(worker: Worker, visitor: Visitor) -> None:
    async def is_refused() -> bool:
        return not await worker.admits(visitor)

    await eventually(is_refused)


async def generation(connection: Any, visitor: Visitor) -> int:
    """The generation of the only session of the visitor's account."""
    found: int = await connection.fetchval(
        """
        SELECT s.generation
        FROM auth.session AS s
        JOIN auth.account AS a ON a.id = s.account_id
        WHERE a.email = $1::text::citext
        """,
        visitor.email,
    )
    return found
