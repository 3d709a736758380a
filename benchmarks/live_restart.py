"""A rolling restart under open streams: when they end, how they come back, and what is lost.

A reader whose stream has ended comes again when ``retry`` says so, to any server that takes it.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter

from benchmarks.live_streams import Ended, Reading, Refused, add, committed, compared
from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_PER_USER = 5
_CHANGES_A_SECOND = 20
_SOON = 0.1
_NOTICED = 1.0  # seconds in which a proxy learns that a server leaves
_SETTLED = 8.0  # seconds after a restart in which the last reader has long come back


class Restart:
    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._serving = list(workers)
        self._chance = random.Random(1)
        self.readings: list[Reading] = []
        self.tasks: dict[Visitor, str] = {}
        self.ended_at: list[float] = []
        self.came_at: list[float] = []
        self.counts: Counter[str] = Counter()

    async def run(self, dsn: str, streams: int) -> Counter[str]:
        """What was lost, doubled or disordered."""
        visitors = [await self._workers[0].register() for _ in range(streams // _PER_USER)]
        self.readings = [Reading(visitor) for visitor in visitors for _ in range(_PER_USER)]
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(one)) for one in self.readings]
            while len(self.came_at) < streams:
                await asyncio.sleep(_SOON)
            for visitor in visitors:
                self.tasks[visitor] = await add(self._workers[0].client, visitor, "a")
            writing = group.create_task(self._write())
            for worker in self._workers:
                await self._restart(worker)
            writing.cancel()
            versions = await committed(dsn)
            await asyncio.sleep(_SETTLED)
            for task in reading:
                task.cancel()
        found: Counter[str] = Counter(changes=sum(versions.values()))
        for one in self.readings:
            found.update(compared(one, [self.tasks[one.visitor]], versions))
        return found

    async def _read(self, reading: Reading) -> None:
        while True:
            try:
                async for name in reading.events(self._chance.choice(self._serving).server.port):
                    if name == "ready":
                        self.came_at.append(time.monotonic())
                    self.counts["resets"] += name == "reset"
            except Ended as end:
                self.ended_at.append(time.monotonic())
                await asyncio.sleep(end.retry)
            except Refused:
                self.counts["refusals"] += 1
                await asyncio.sleep(_SOON)
            except OSError:
                self.counts["connections broken"] += 1
                await asyncio.sleep(_SOON)

    async def _write(self) -> None:
        for number in range(1_000_000):
            visitor, task = self._chance.choice(list(self.tasks.items()))
            client = self._chance.choice(self._serving).client
            answer = await client.patch(
                f"{API}/tasks/{task}", json={"title": f"{number}"}, headers=visitor.headers
            )
            self.counts["changes refused"] += answer.is_error
            await asyncio.sleep(1 / _CHANGES_A_SECOND)

    async def _restart(self, worker: Worker) -> None:
        self.ended_at, self.came_at = [], []
        server = worker.server
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.sleep(_NOTICED)
        self._serving.remove(worker)
        await asyncio.to_thread(server.process.wait)
        server.start_again()
        await asyncio.to_thread(server.wait_until)
        self._serving.append(worker)
        await asyncio.sleep(_SETTLED)
        seconds = Counter(int(at - began) for at in self.came_at)
        print(
            f"{len(self.ended_at)} streams ended within {max(self.ended_at) - began:.2f} s;"
            f" {len(self.came_at)} came again, after {min(self.came_at) - began:.1f} to"
            f" {max(self.came_at) - began:.1f} s: in each second"
            f" {', '.join(str(seconds[second]) for second in range(max(seconds) + 1))}"
        )


async def restart(streams: int) -> None:
    async with measured(2, SHUTDOWN_NOTICE_SECONDS=3) as (dsn, workers):
        run = Restart(workers)
        found = await run.run(dsn, streams)
    print(", ".join(f"{number} {what}" for what, number in {**found, **run.counts}.items()))
