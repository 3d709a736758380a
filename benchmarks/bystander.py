"""Users who work at a steady rate, from an address of their own, and how long it takes them.

A process of its own: ``python -m benchmarks.bystander`` reads :class:`Work` as JSON and writes
:class:`Seen` as JSON.
"""

import asyncio
import itertools
import json
import sys
import time
from dataclasses import asdict, dataclass, field

from benchmarks.closed_loop import request
from benchmarks.connection import Connection

API = "/api/v1"
ADDRESS = "127.0.0.3"
RATE = 36
"""Requests a second: three users stay below the 20 a second that each may send."""
ASKED = {
    "everything": (
        ("GET", "/tasks", b""),
        ("GET", "/tasks/{task_id}", b""),
        ("POST", "/tasks", b'{"title": "Draw the engine"}'),
    ),
    "pages": (("GET", "/tasks", b""),),
    "changes": (
        ("PATCH", "/tasks/{task_id}", b'{"title": "Draw it again"}'),
        ("PATCH", "/tasks/{task_id}", b'{"title": "Draw it better"}'),
    ),
}
"""Methods, paths and bodies: in turn for each user."""
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Work:
    port: int
    seconds: float
    users: list[tuple[str, str]]
    """Tokens, each with the id of a task."""
    rate: float = RATE
    asks: str = "everything"
    """What they ask for: a key of :data:`ASKED`."""


@dataclass(slots=True)
class Seen:
    """Times in seconds from when a request was due: who has to wait is not asked less often."""

    times: list[float] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Statuses of what was not answered with success; 0 is no answer in time."""

    def percentile(self, share: float) -> float:
        """In milliseconds; a failure takes for ever."""
        ordered = sorted(self.times) + [float("inf")] * len(self.failures)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Bystanders:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._free: list[Connection] = []
        self._requests = itertools.cycle(_requests(work))
        self.seen = Seen()

    async def run(self) -> Seen:
        loop, asked = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        began = loop.time()
        for number in range(int(self._work.seconds * self._work.rate)):
            due = began + number / self._work.rate
            await asyncio.sleep(max(0, due - loop.time()))
            asked.add(asyncio.create_task(self._ask(next(self._requests), due)))
        await asyncio.gather(*asked)
        return self.seen

    async def _ask(self, message: bytes, due: float) -> None:
        status = 0
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._answer(message)
        except (TimeoutError, OSError):
            pass
        if 200 <= status < 300:
            self.seen.times.append(asyncio.get_running_loop().time() - due)
        else:
            self.seen.failures.append(status)

    async def _answer(self, message: bytes) -> int:
        while self._free:
            connection = self._free.pop()
            if not connection.reader.at_eof():
                break
        else:
            connection = await Connection.open(self._work.port, ADDRESS)
        status = await connection.ask(message)
        if not connection.is_spent:
            self._free.append(connection)
        return status


def _requests(work: Work) -> list[bytes]:
    return [
        request(method, API + path.format(task_id=task_id), token, body)
        for method, path, body in ASKED[work.asks]
        for token, task_id in work.users
    ]


def main() -> None:
    work = Work(**json.load(sys.stdin))
    time.sleep(0.2)  # what the interpreter's start has taken from the others
    json.dump(asdict(asyncio.run(Bystanders(work).run())), sys.stdout)


if __name__ == "__main__":
    main()
