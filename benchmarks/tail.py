"""Measures the p99 of a page while the process does other work.

``python -m benchmarks.tail [--only NAME] [--rounds 3] [--seconds 6]`` starts a PostgreSQL and a
server with one worker and the settings of production. Users request pages of 20 tasks, a hundred a
second in all, without waiting for earlier responses: idle, and then beside each load, in turn. The
bar: the p99 beside the load is at most twice that of the idle server just before, by the median of
the rounds. The load is a process of its own, with a lower priority; the benchmark asserts that it
lasts as long as the requests.
"""

import argparse
import asyncio
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from BE.core.database.connections import connected
from BE.core.wiring.core import CORE
from BE.modules.auth.events import UserDeactivated
from benchmarks.attack import run_bystanders
from benchmarks.beside import loading
from benchmarks.bystander import Responses, Work
from benchmarks.compared import OUR_BACKLOG
from benchmarks.live_streams import PER_USER
from benchmarks.speed import API, User, postgres, seed, unlimited
from benchmarks.tail_loads import CHANGES, SIGN_INS, STREAMS, USERS, Target
from benchmarks.tasks_million import FILL
from benchmarks.under_load import serving
from container import subscribe

RATE = 100
CALLERS = 10
"""Users who request the pages; each may send 20 requests a second."""
EVENTS = 10_000
EXPORTED = 100_000
"""Tasks: the most that a user may have."""
BAR = 2.0
_MOST_ROUNDS = 5  # as many exports as a user may have in a day
_ENOUGH_SHOWN = 0.9
_BEGUN = "SELECT EXISTS (SELECT FROM events.delivery WHERE state = 'pending' AND claim IS NOT NULL)"
_DISCARD = """
    DELETE FROM events.delivery
    WHERE id IN (
        SELECT id FROM events.delivery WHERE state = 'pending' FOR UPDATE SKIP LOCKED
    )
"""


@dataclass(frozen=True, slots=True)
class Scene:
    dsn: str
    port: int
    seconds: float
    callers: list[User]
    others: list[User]
    exporter: User
    """Has :data:`EXPORTED` tasks."""

    async def request_pages(self) -> Responses:
        tasks = [(caller.token, caller.task_ids[0]) for caller in self.callers]
        work = Work(self.port, self.seconds, tasks, rate=RATE, requests="pages")
        return await run_bystanders(work)

    async def query(self, query: str, *arguments: Any) -> Any:
        async with connected(self.dsn) as connection:
            return await connection.fetchval(query, *arguments)

    async def wait_until(self, query: str, *arguments: Any) -> None:
        async with connected(self.dsn) as connection:
            while not await connection.fetchval(query, *arguments):
                await asyncio.sleep(0.02)

    async def wait_until_settled(self) -> None:
        await self.wait_until(f"SELECT ({OUR_BACKLOG}) = 0")

    async def request_beside(self, load: str, users: list[User]) -> tuple[Responses, Counter[str]]:
        target = Target(self.port, users)
        async with loading("benchmarks.tail_loads", load, target) as counts:
            responses = await self.request_pages()
        return responses, counts


type Outcome = tuple[Responses, str]
"""The responses to the requests for pages, and what shows that the load was there."""


async def deliveries(scene: Scene) -> Outcome:
    """Ten thousand events wait at once: for two subscribers in batches, and one event by event."""
    await publish(scene.dsn)
    published = await scene.query(OUR_BACKLOG)
    await scene.wait_until(_BEGUN)
    responses = await scene.request_pages()
    waiting = await scene.query(OUR_BACKLOG)
    await scene.query(_DISCARD)
    assert 0 < waiting < published, f"{waiting} of {published} deliveries wait"
    return responses, f"{waiting} of {published} deliveries still wait"


async def publish(dsn: str) -> None:
    """Publish in one transaction, so that no event is delivered before all are there."""
    container = unlimited(dsn)
    subscribe(container)
    core = container.objects_of(CORE)
    async with core.database, core.database.transaction():
        for _ in range(0, EVENTS, 100):
            await core.events.publish(*(UserDeactivated(user_id=uuid4()) for _ in range(100)))
    core.passwords.close()


async def export(scene: Scene) -> Outcome:
    responses, counts = await scene.request_beside("export", [scene.exporter])
    assert counts["bytes"], "nothing was exported"
    return (
        responses,
        f"{counts['bytes'] / 1e6:.1f} MB of CSV were sent, {counts['exports']} whole files",
    )


async def export_job(scene: Scene) -> Outcome:
    """An export of all data about a user, as a zip."""
    headers = {"Authorization": f"Bearer {scene.exporter.token}"}
    url = f"http://127.0.0.1:{scene.port}{API}"
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        answer = await client.post("/users/me/export")
        job = answer.raise_for_status().json()["id"]
        await scene.wait_until("SELECT state = 'running' FROM jobs.job WHERE id = $1", job)
        responses = await scene.request_pages()
        state = await scene.query("SELECT state FROM jobs.job WHERE id = $1", job)
        (await client.delete(f"/jobs/{job}")).raise_for_status()
        await scene.wait_until(
            "SELECT state NOT IN ('queued', 'running') FROM jobs.job WHERE id = $1", job
        )
    assert state == "running", f"the job is {state}"
    return responses, "the job still runs"


async def streams(scene: Scene) -> Outcome:
    responses, counts = await scene.request_beside("streams", scene.others[: STREAMS // PER_USER])
    assert counts["open"] == STREAMS, f"{counts['open']} streams are open"
    expected = scene.seconds * CHANGES * PER_USER
    assert counts["shown"] >= _ENOUGH_SHOWN * expected, f"{counts['shown']} changes were shown"
    return responses, f"{counts['open']} streams are open, {counts['shown']} changes were shown"


async def sign_ins(scene: Scene) -> Outcome:
    responses, counts = await scene.request_beside("sign_ins", scene.others[:SIGN_INS])
    assert set(counts) == {"200"}, f"sign-ins were answered {counts}"
    return responses, f"{counts['200']} signed in, {SIGN_INS} at once"


CASES: dict[str, Callable[[Scene], Awaitable[Outcome]]] = {
    case.__name__: case for case in (deliveries, export, export_job, streams, sign_ins)
}


async def measure(scene: Scene, name: str, rounds: int) -> bool:
    """Print each round, and return whether the bar held."""
    ratios: list[float] = []
    for number in range(1, rounds + 1):
        await scene.wait_until_settled()
        idle = await scene.request_pages()
        beside, remark = await CASES[name](scene)
        ratios.append(beside.percentile(0.99) / idle.percentile(0.99))
        failed = Counter(idle.failures + beside.failures)
        figures = ", ".join(
            f"{what} {idle.percentile(share):.1f} → {beside.percentile(share):.1f} ms"
            for what, share in (("p50", 0.5), ("p99", 0.99), ("longest", 1))
        )
        print(
            f"{name}, round {number}: {figures} (p99 {ratios[-1]:.2f} ×); {remark}"
            + (f"; pages failed: {dict(failed)}" if failed else ""),
            flush=True,
        )
    median = statistics.median(ratios)
    print(
        f"{name}: p99 {median:.2f} × idle ({min(ratios):.2f}–{max(ratios):.2f}),"
        f" {'within' if median <= BAR else 'MISSES'} {BAR:g} ×",
        flush=True,
    )
    return median <= BAR


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="loads whose name contains this")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, _MOST_ROUNDS + 1))
    parser.add_argument("--seconds", type=float, default=6, help="of pages, twice in each round")
    given = parser.parse_args()
    names = [name for name in CASES if given.only in name]
    async with postgres() as (_, dsn):
        *users, exporter = await seed(dsn, CALLERS + USERS + 1)
        async with connected(dsn) as connection:
            owner = await connection.fetchval(
                "SELECT id FROM auth.account WHERE email = $1::text::citext", exporter.email
            )
            await connection.execute(FILL, owner, EXPORTED)
            await connection.execute("ANALYZE")
        with serving(dsn, workers=1) as server:
            callers, others = users[:CALLERS], users[CALLERS:]
            scene = Scene(dsn, server.port, given.seconds, callers, others, exporter)
            await scene.request_pages()  # to warm up
            held = [await measure(scene, name, given.rounds) for name in names]
    print(f"{sum(held)} of {len(held)} loads stay within the bar")


if __name__ == "__main__":
    asyncio.run(main())
