"""A rolling restart under open streams: when they end and reconnect, and what is lost.

A reader whose stream has ended reconnects after ``retry``, to any server that accepts it.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter

from benchmarks.live_streams import Ended, Reader, Refused, add, committed, faults_of
from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_PER_USER = 5
_CHANGES_A_SECOND = 20
_PAUSE = 0.1
_NOTICE = 1.0  # seconds after which a proxy notices that a server leaves
_SETTLING = 8.0  # seconds after a restart by which the last reader has reconnected


class Restart:
    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._serving = list(workers)
        self._chance = random.Random(1)
        self.readers: list[Reader] = []
        self.tasks: dict[Visitor, str] = {}
        self.ended_at: list[float] = []
        self.opened_at: list[float] = []
        self.counts: Counter[str] = Counter()

    async def run(self, dsn: str, streams: int) -> Counter[str]:
        """Return what was lost, doubled or disordered."""
        visitors = [await self._workers[0].register() for _ in range(streams // _PER_USER)]
        self.readers = [Reader(visitor) for visitor in visitors for _ in range(_PER_USER)]
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(reader)) for reader in self.readers]
            while len(self.opened_at) < streams:
                await asyncio.sleep(_PAUSE)
            for visitor in visitors:
                self.tasks[visitor] = await add(self._workers[0].client, visitor, "a")
            writing = group.create_task(self._write())
            for worker in self._workers:
                await self._restart(worker)
            writing.cancel()
            versions = await committed(dsn)
            await asyncio.sleep(_SETTLING)
            for task in reading:
                task.cancel()
        found: Counter[str] = Counter(changes=sum(versions.values()))
        for reader in self.readers:
            found.update(faults_of(reader, [self.tasks[reader.visitor]], versions))
        return found

    async def _read(self, reader: Reader) -> None:
        while True:
            try:
                async for name in reader.events(self._chance.choice(self._serving).server.port):
                    if name == "ready":
                        self.opened_at.append(time.monotonic())
                    self.counts["resets"] += name == "reset"
            except Ended as end:
                self.ended_at.append(time.monotonic())
                await asyncio.sleep(end.retry)
            except Refused:
                self.counts["refusals"] += 1
                await asyncio.sleep(_PAUSE)
            except OSError:
                self.counts["connections broken"] += 1
                await asyncio.sleep(_PAUSE)

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
        self.ended_at, self.opened_at = [], []
        server = worker.server
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.sleep(_NOTICE)
        self._serving.remove(worker)
        await asyncio.to_thread(server.process.wait)
        server.start_again()
        await asyncio.to_thread(server.wait_until)
        self._serving.append(worker)
        await asyncio.sleep(_SETTLING)
        seconds = Counter(int(at - began) for at in self.opened_at)
        print(
            f"{len(self.ended_at)} streams ended within {max(self.ended_at) - began:.2f} s;"
            f" {len(self.opened_at)} reconnected, after {min(self.opened_at) - began:.1f} to"
            f" {max(self.opened_at) - began:.1f} s: in each second"
            f" {', '.join(str(seconds[second]) for second in range(max(seconds) + 1))}"
        )


async def restart(streams: int) -> None:
    async with measured(2, SHUTDOWN_NOTICE_SECONDS=3) as (dsn, workers):
        run = Restart(workers)
        found = await run.run(dsn, streams)
    print(", ".join(f"{number} {what}" for what, number in {**found, **run.counts}.items()))
