"""Times the requests of users who work at a steady rate, from an address of their own.

``python -m benchmarks.bystander`` reads :class:`Work` and writes :class:`Responses`, both as JSON.
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
REQUESTS = {
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
"""Methods, paths and bodies, sent in turn for each user."""
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Work:
    port: int
    seconds: float
    users: list[tuple[str, str]]
    """Tokens, each with the id of a task."""
    rate: float = RATE
    requests: str = "everything"
    """A key of :data:`REQUESTS`."""


@dataclass(slots=True)
class Responses:
    """Times in seconds from when a request was due: a slow server gets no fewer requests."""

    times: list[float] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Statuses of failed requests; 0 is no response in time."""

    def percentile(self, share: float) -> float:
        """In milliseconds; a failure counts as infinite."""
        ordered = sorted(self.times) + [float("inf")] * len(self.failures)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Bystanders:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._free: list[Connection] = []
        self._requests = itertools.cycle(_requests(work))
        self.responses = Responses()

    async def run(self) -> Responses:
        loop, sending = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        began = loop.time()
        for number in range(int(self._work.seconds * self._work.rate)):
            due = began + number / self._work.rate
            await asyncio.sleep(max(0, due - loop.time()))
            sending.add(asyncio.create_task(self._time(next(self._requests), due)))
        await asyncio.gather(*sending)
        return self.responses

    async def _time(self, message: bytes, due: float) -> None:
        status = 0
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._send(message)
        except (TimeoutError, OSError):
            pass
        if 200 <= status < 300:
            self.responses.times.append(asyncio.get_running_loop().time() - due)
        else:
            self.responses.failures.append(status)

    async def _send(self, message: bytes) -> int:
        while self._free:
            connection = self._free.pop()
            if not connection.reader.at_eof():
                break
        else:
            connection = await Connection.open(self._work.port, ADDRESS)
        status = await connection.send(message)
        if not connection.is_spent:
            self._free.append(connection)
        return status


def _requests(work: Work) -> list[bytes]:
    return [
        request(method, API + path.format(task_id=task_id), token, body)
        for method, path, body in REQUESTS[work.requests]
        for token, task_id in work.users
    ]


def main() -> None:
    work = Work(**json.load(sys.stdin))
    time.sleep(0.2)  # lets the others recover from the start of this interpreter
    json.dump(asdict(asyncio.run(Bystanders(work).run())), sys.stdout)


if __name__ == "__main__":
    main()
