"""HTTP load in a closed loop: each connection sends its next request when the last is answered."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httptools

type MakeRequest = Callable[[], bytes]


@dataclass(slots=True)
class Result:
    """The responses of one run; times in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bodies_bytes: int = 0

    @property
    def throughput(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def require_success(self) -> None:
        failed = {status: count for status, count in self.statuses.items() if status >= 300}
        assert not failed, f"failed: {failed}"


def request(method: str, path: str, token: str | None, body: bytes = b"") -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def load(port: int, make: MakeRequest, *, requests: int, connections: int) -> Result:
    """Send ``requests`` in all over ``connections``; raises if a connection is lost."""
    result = Result()
    budget = iter(range(requests))
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: _Client(make, budget, result), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    for client in clients:
        client.send_next()
    await asyncio.gather(*(client.finished for client in clients))
    result.seconds = time.perf_counter() - started
    return result


class _Client(asyncio.Protocol):
    def __init__(self, make: MakeRequest, budget: "range | object", result: Result) -> None:
        self._make = make
        self._budget = budget
        self._result = result
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = 0.0
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        if next(self._budget, None) is None:  # type: ignore[call-overload]
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._make())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._result.bodies_bytes += len(body)

    def on_message_complete(self) -> None:
        self._result.latencies.append(time.perf_counter() - self._sent_at)
        status = self._parser.get_status_code()
        self._result.statuses[status] = self._result.statuses.get(status, 0) + 1
        self._parser = httptools.HttpResponseParser(self)
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.finished.done():
            return
        if exc is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(exc)
