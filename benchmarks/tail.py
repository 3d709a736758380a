"""How long a page takes at worst while the process has something else to do.

``python -m benchmarks.tail [--only NAME] [--rounds 3] [--seconds 6]`` starts a PostgreSQL and a
server with one worker and the settings of production. Users ask for pages of 20 tasks, a hundred a
second in all, whether those before are answered or not: idle, and then beside each load, in turn.
The bar: the p99 beside the load is at most twice that of the idle server just before, by the
median of the rounds. The load is a process of its own, nicer than the others; that it lasted as
long as the pages were asked for is asserted.
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
from benchmarks.attack import work
from benchmarks.beside import loading
from benchmarks.bystander import Seen, Work
from benchmarks.compared import OUR_BACKLOG
from benchmarks.live_streams import PER_USER
from benchmarks.speed import API, User, postgres, seed, unlimited
from benchmarks.tail_loads import CHANGES, SIGN_INS, STREAMS, USERS, Target
from benchmarks.tasks_million import FILL
from benchmarks.under_load import serving
from container import subscribe

RATE = 100
CALLERS = 10
"""Who ask for the pages: each may ask 20 times a second."""
EVENTS = 10_000
EXPORTED = 100_000
"""Tasks, the most that a user may have."""
BAR = 2.0
_MOST_ROUNDS = 5  # a user may have so many exports made in a day
_ENOUGH = 0.9
_BEGUN = "SELECT EXISTS (SELECT FROM events.delivery WHERE state = 'pending' AND claim IS NOT NULL)"
_FORGET = """
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
    rich: User
    """Has :data:`EXPORTED` tasks."""

    async def pages(self) -> Seen:
        tasks = [(caller.token, caller.task_ids[0]) for caller in self.callers]
        return await work(Work(self.port, self.seconds, tasks, rate=RATE, asks="pages"))

    async def ask(self, query: str, *arguments: Any) -> Any:
        async with connected(self.dsn) as connection:
            return await connection.fetchval(query, *arguments)

    async def until(self, query: str, *arguments: Any) -> None:
        async with connected(self.dsn) as connection:
            while not await connection.fetchval(query, *arguments):
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        await self.until(f"SELECT ({OUR_BACKLOG}) = 0")

    async def beside(self, load: str, users: list[User]) -> tuple[Seen, Counter[str]]:
        target = Target(self.port, users)
        async with loading("benchmarks.tail_loads", load, target) as counts:
            seen = await self.pages()
        return seen, counts


type Found = tuple[Seen, str]
"""How the pages fared, and what shows that the load was there."""


async def deliveries(scene: Scene) -> Found:
    """Ten thousand events wait at once: for two subscribers that take many, and one of each."""
    await publish(scene.dsn)
    published = await scene.ask(OUR_BACKLOG)
    await scene.until(_BEGUN)
    seen = await scene.pages()
    waiting = await scene.ask(OUR_BACKLOG)
    await scene.ask(_FORGET)
    assert 0 < waiting < published, f"{waiting} of {published} deliveries wait"
    return seen, f"{waiting} of {published} deliveries still wait"


async def publish(dsn: str) -> None:
    """In one transaction, so that nothing of it is delivered before all of it is there."""
    container = unlimited(dsn)
    subscribe(container)
    core = container.objects_of(CORE)
    async with core.database, core.database.transaction():
        for _ in range(0, EVENTS, 100):
            await core.events.publish(*(UserDeactivated(user_id=uuid4()) for _ in range(100)))
    core.passwords.close()


async def export(scene: Scene) -> Found:
    seen, counts = await scene.beside("export", [scene.rich])
    assert counts["bytes"], "nothing was exported"
    return seen, f"{counts['bytes'] / 1e6:.1f} MB of CSV were sent, {counts['exports']} whole files"


async def export_job(scene: Scene) -> Found:
    """Everything that is held about a user, as a zip."""
    headers = {"Authorization": f"Bearer {scene.rich.token}"}
    url = f"http://127.0.0.1:{scene.port}{API}"
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        answer = await client.post("/users/me/export")
        job = answer.raise_for_status().json()["id"]
        await scene.until("SELECT state = 'running' FROM jobs.job WHERE id = $1", job)
        seen = await scene.pages()
        state = await scene.ask("SELECT state FROM jobs.job WHERE id = $1", job)
        (await client.delete(f"/jobs/{job}")).raise_for_status()
        await scene.until(
            "SELECT state NOT IN ('queued', 'running') FROM jobs.job WHERE id = $1", job
        )
    assert state == "running", f"the job is {state}"
    return seen, "the job still runs"


async def streams(scene: Scene) -> Found:
    seen, counts = await scene.beside("streams", scene.others[: STREAMS // PER_USER])
    assert counts["open"] == STREAMS, f"{counts['open']} streams are open"
    expected = scene.seconds * CHANGES * PER_USER
    assert counts["shown"] >= _ENOUGH * expected, f"{counts['shown']} changes were shown"
    return seen, f"{counts['open']} streams are open, {counts['shown']} changes were shown"


async def sign_ins(scene: Scene) -> Found:
    seen, counts = await scene.beside("sign_ins", scene.others[:SIGN_INS])
    assert set(counts) == {"200"}, f"sign-ins were answered {counts}"
    return seen, f"{counts['200']} signed in, {SIGN_INS} at once"


CASES: dict[str, Callable[[Scene], Awaitable[Found]]] = {
    case.__name__: case for case in (deliveries, export, export_job, streams, sign_ins)
}


async def measure(scene: Scene, name: str, rounds: int) -> bool:
    """Print each round, and return whether the bar held."""
    ratios: list[float] = []
    for number in range(1, rounds + 1):
        await scene.settled()
        idle = await scene.pages()
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
        *users, rich = await seed(dsn, CALLERS + USERS + 1)
        async with connected(dsn) as connection:
            owner = await connection.fetchval(
                "SELECT id FROM auth.account WHERE email = $1::text::citext", rich.email
            )
            await connection.execute(FILL, owner, EXPORTED)
            await connection.execute("ANALYZE")
        with serving(dsn, workers=1) as server:
            callers, others = users[:CALLERS], users[CALLERS:]
            scene = Scene(dsn, server.port, given.seconds, callers, others, rich)
            await scene.pages()  # to warm up
            held = [await measure(scene, name, given.rounds) for name in names]
    print(f"{sum(held)} of {len(held)} loads stay within the bar")


if __name__ == "__main__":
    asyncio.run(main())
