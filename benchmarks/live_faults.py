"""What the live feed loses, doubles or disorders while streams break and servers are killed.

Several writers change the tasks of each user, one at a time and many together, through any server
that answers. What was committed is asked of the tasks themselves: a task in version 7 has had seven
changes, and each reader of its owner must have seen all of them once, in that order.
"""

import asyncio
import random
from collections import Counter
from contextlib import aclosing

import httpx

from benchmarks.live_streams import Ended, Reading, Refused, add, committed, compared
from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_SERVERS = 3
_USERS = 10
_TASKS = 20
_READERS = 2  # of each user
_WRITERS = 2
_SOON = 0.1
_SILENCE = 30  # seconds in which what is missing would have come


class Faults:
    def __init__(self, workers: list[Worker], *, changes: int, breaks: int, kills: int) -> None:
        self._workers = workers
        self._changes = changes
        self._kills = kills
        self._mean_run = changes * _READERS // max(breaks, 1)  # events between two breaks
        self._chance = random.Random(1)
        self._changed = 0
        self.readings: list[Reading] = []
        self.tasks: dict[Visitor, list[str]] = {}
        self.counts: Counter[str] = Counter()

    async def run(self, dsn: str) -> dict[str, int]:
        """The version of each task, once every reader has seen them or sees no more."""
        visitors = [await self._workers[0].register() for _ in range(_USERS)]
        self.readings = [Reading(visitor) for visitor in visitors for _ in range(_READERS)]
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(one)) for one in self.readings]
            while not all(one.cursor for one in self.readings):
                await asyncio.sleep(_SOON)
            await self._write_all(visitors)
            versions = await committed(dsn)
            await self._until_quiet(sum(versions.values()) * _READERS)
            for task in reading:
                task.cancel()
        return versions

    async def _read(self, reading: Reading) -> None:
        while True:
            left = self._chance.randrange(1, 2 * self._mean_run)
            try:
                port = self._chance.choice(self._workers).server.port
                async with aclosing(reading.events(port)) as stream:
                    async for name in stream:
                        self.counts[name] += 1
                        left -= 1
                        if left == 0:
                            self.counts["breaks by readers"] += 1
                            break
            except Ended:
                self.counts["ends by servers"] += 1
            except (Refused, ConnectionRefusedError):
                await asyncio.sleep(_SOON)
            except OSError:
                self.counts["breaks by kills"] += 1

    async def _write_all(self, visitors: list[Visitor]) -> None:
        client = self._workers[0].client
        for visitor in visitors:
            self.tasks[visitor] = [await add(client, visitor, "a") for _ in range(_TASKS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kill_in_turn())
            for visitor in visitors * _WRITERS:
                group.create_task(self._write(visitor, self.tasks[visitor]))

    async def _write(self, visitor: Visitor, tasks: list[str]) -> None:
        number = 0
        while self._changed < self._changes or self.counts["kills"] < self._kills:
            number += 1
            some = self._chance.sample(tasks, self._chance.choice([1, *range(1, _TASKS)]))
            try:
                answer = await self._change(visitor, some, f"{number}")
            except httpx.TransportError:  # it may be committed all the same
                self.counts["requests without an answer"] += 1
                await asyncio.sleep(_SOON)
            else:
                if answer.is_success:
                    self._changed += len(some)
                else:
                    self.counts[f"requests answered {answer.status_code}"] += 1

    async def _change(self, visitor: Visitor, tasks: list[str], title: str) -> httpx.Response:
        client = self._chance.choice(self._workers).client
        changes = {"title": f"{title} {self._chance.random()}"}
        if len(tasks) == 1:
            path = f"{API}/tasks/{tasks[0]}"
            return await client.patch(path, json=changes, headers=visitor.headers)
        operations = [{"op": "update", "id": task, "changes": changes} for task in tasks]
        body = {"operations": operations}
        return await client.post(f"{API}/tasks/bulk", json=body, headers=visitor.headers)

    async def _kill_in_turn(self) -> None:
        for number in range(self._kills):
            while self._changed < self._changes * number // self._kills:
                await asyncio.sleep(_SOON)
            server = self._chance.choice(self._workers).server
            await asyncio.to_thread(server.kill)
            self.counts["kills"] += 1
            server.start_again()
            await asyncio.to_thread(server.wait_until)

    async def _until_quiet(self, expected: int) -> None:
        silence, before = 0, -1
        while silence < _SILENCE and before < expected:
            await asyncio.sleep(1)
            seen = sum(len(versions) for one in self.readings for versions in one.seen.values())
            silence = silence + 1 if seen == before else 0
            before = seen


async def faults(changes: int, breaks: int, kills: int) -> None:
    # a token outlasts the whole run
    async with measured(_SERVERS, JWT_EXPIRE_MINUTES=60) as (dsn, workers):
        run = Faults(workers, changes=changes, breaks=breaks, kills=kills)
        versions = await run.run(dsn)
    found: Counter[str] = Counter()
    for reading in run.readings:
        found.update(compared(reading, run.tasks[reading.visitor], versions))
    print(f"{sum(versions.values())} changes, each for {_READERS} of {len(run.readings)} readers:")
    print("  " + ", ".join(f"{number} {what}" for what, number in found.items()))
    print("  " + ", ".join(f"{number} × {what}" for what, number in sorted(run.counts.items())))
