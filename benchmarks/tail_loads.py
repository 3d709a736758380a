"""The loads beside which ``benchmarks/tail.py`` requests pages, each in a process of its own."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.beside import MAX_SECONDS, load_until_stopped, read_target
from benchmarks.bystander import Bystanders, Work
from benchmarks.closed_loop import request
from benchmarks.connection import Connection
from benchmarks.live import open_streams
from benchmarks.live_streams import PER_USER, events
from benchmarks.speed import API, User
from tests.support.processes.workers import Visitor

SIGN_INS = (os.cpu_count() or 1) + 32
"""At once: a thread for each core hashes, and 32 wait; one more would get 503."""
STREAMS = 500
CHANGES = 50
"""Changes a second; each is sent on the streams of its user."""
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    users: list[User]


class Loads:
    def __init__(self, target: Target) -> None:
        self._port = target.port
        self._users = target.users
        self.counts: Counter[str] = Counter()
        self.begun = asyncio.Event()

    async def sign_ins(self) -> None:
        """Each user signs in again and again, from an address of their own."""
        async with asyncio.TaskGroup() as signing_in:
            for number, user in enumerate(self._users):
                signing_in.create_task(self._sign_in(user, f"127.0.1.{number + 1}"))

    async def _sign_in(self, user: User, address: str) -> None:
        body = json.dumps({"email": user.email, "password": user.password}).encode()
        message = request("POST", f"{API}/auth/login", None, body)
        connection = await Connection.open(self._port, address)
        while True:
            self.counts[str(await connection.send(message))] += 1
            if self.counts.total() >= len(self._users):
                self.begun.set()
            if connection.is_spent:
                connection = await Connection.open(self._port, address)

    async def export(self) -> None:
        """The first user downloads their tasks as CSV, again and again, as fast as possible."""
        message = request("GET", f"{API}/tasks/export?format=csv", self._users[0].token)
        message = message.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(message)
            status = await reader.readline()
            assert b" 200 " in status, status
            self.begun.set()
            while part := await reader.read(2**16):
                self.counts["bytes"] += len(part)
            self.counts["exports"] += 1
            writer.close()

    async def streams(self) -> None:
        """Each user has the most streams open that are allowed; their tasks are changed in turn."""
        visitors = [Visitor(user.email, user.token, "") for user in self._users]
        ready = asyncio.Semaphore(0)

        async def read(visitor: Visitor) -> None:
            self.counts["open"] += 1
            try:
                async for name, _, _ in events(self._port, visitor):
                    if name == b"ready":
                        ready.release()
                    else:
                        self.counts["shown"] += 1
            finally:
                self.counts["open"] -= 1

        async with asyncio.timeout(_PATIENCE):
            reading = await open_streams(read, visitors, ready)
        self.begun.set()
        tasks = [(user.token, user.task_ids[0]) for user in self._users]
        changing = Bystanders(
            Work(self._port, MAX_SECONDS, tasks, rate=CHANGES, requests="changes")
        )
        await asyncio.gather(changing.run(), *reading)


LOADS: dict[str, Callable[[Loads], Awaitable[None]]] = {
    load.__name__: load for load in (Loads.sign_ins, Loads.export, Loads.streams)
}
USERS = max(SIGN_INS, STREAMS // PER_USER)


async def main() -> None:
    target = await read_target()
    users = [User(**user) for user in target["users"]]
    loads = Loads(Target(target["port"], users))
    await load_until_stopped(LOADS[sys.argv[1]](loads), loads.counts, loads.begun)


if __name__ == "__main__":
    asyncio.run(main())
