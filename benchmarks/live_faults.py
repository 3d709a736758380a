"""Counts the changes that the live feed loses, repeats or reorders under breaks and kills.

Several writers change the tasks of each user, one at a time and many together, through any
running server. The tasks show what was committed: a task in version 7 has had seven changes, and
each reader of its owner must have seen all of them once, in that order.
"""

import asyncio
import random
from collections import Counter
from contextlib import aclosing

import httpx

from benchmarks.live_streams import Ended, Reader, Refused, add, committed, faults_of
from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_SERVERS = 3
_USERS = 10
_TASKS = 20
_READERS = 2  # of each user
_WRITERS = 2
_PAUSE = 0.1
_SILENCE = 30  # seconds after which no more events are expected


class Faults:
    def __init__(self, workers: list[Worker], *, changes: int, breaks: int, kills: int) -> None:
        self._workers = workers
        self._changes = changes
        self._kills = kills
        self._mean_run = changes * _READERS // max(breaks, 1)  # events between two breaks
        self._chance = random.Random(1)
        self._changed = 0
        self.readers: list[Reader] = []
        self.tasks: dict[Visitor, list[str]] = {}
        self.counts: Counter[str] = Counter()

    async def run(self, dsn: str) -> dict[str, int]:
        """Return the version of each task, once every reader has seen them or receives no more."""
        visitors = [await self._workers[0].register() for _ in range(_USERS)]
        self.readers = [Reader(visitor) for visitor in visitors for _ in range(_READERS)]
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(reader)) for reader in self.readers]
            while not all(reader.cursor for reader in self.readers):
                await asyncio.sleep(_PAUSE)
            await self._write_all(visitors)
            versions = await committed(dsn)
            await self._until_quiet(sum(versions.values()) * _READERS)
            for task in reading:
                task.cancel()
        return versions

    async def _read(self, reader: Reader) -> None:
        while True:
            remaining = self._chance.randrange(1, 2 * self._mean_run)
            try:
                port = self._chance.choice(self._workers).server.port
                async with aclosing(reader.events(port)) as stream:
                    async for name in stream:
                        self.counts[name] += 1
                        remaining -= 1
                        if remaining == 0:
                            self.counts["breaks by readers"] += 1
                            break
            except Ended:
                self.counts["ends by servers"] += 1
            except (Refused, ConnectionRefusedError):
                await asyncio.sleep(_PAUSE)
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
            chosen = self._chance.sample(tasks, self._chance.choice([1, *range(1, _TASKS)]))
            try:
                answer = await self._change(visitor, chosen, f"{number}")
            except httpx.TransportError:  # it may be committed all the same
                self.counts["requests without an answer"] += 1
                await asyncio.sleep(_PAUSE)
            else:
                if answer.is_success:
                    self._changed += len(chosen)
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
                await asyncio.sleep(_PAUSE)
            server = self._chance.choice(self._workers).server
            await asyncio.to_thread(server.kill)
            self.counts["kills"] += 1
            server.start_again()
            await asyncio.to_thread(server.wait_until)

    async def _until_quiet(self, expected: int) -> None:
        silence, before = 0, -1
        while silence < _SILENCE and before < expected:
            await asyncio.sleep(1)
            seen = sum(
                len(versions) for reader in self.readers for versions in reader.seen.values()
            )
            silence = silence + 1 if seen == before else 0
            before = seen


async def faults(changes: int, breaks: int, kills: int) -> None:
    # a token outlasts the whole run
    async with measured(_SERVERS, JWT_EXPIRE_MINUTES=60) as (dsn, workers):
        run = Faults(workers, changes=changes, breaks=breaks, kills=kills)
        versions = await run.run(dsn)
    found: Counter[str] = Counter()
    for reader in run.readers:
        found.update(faults_of(reader, run.tasks[reader.visitor], versions))
    print(f"{sum(versions.values())} changes, each for {_READERS} of {len(run.readers)} readers:")
    print("  " + ", ".join(f"{number} {what}" for what, number in found.items()))
    print("  " + ", ".join(f"{number} × {what}" for what, number in sorted(run.counts.items())))
