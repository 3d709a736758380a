"""Calls to other systems: clients for tests, their metrics, and servers to call."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from BE.core.outside.outside import Outside


@dataclass
class CountedCalls:
    """Metrics that a test reads."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: dict[str, int] = field(default_factory=dict)

    def outside_call(self, client: str, outcome: str, seconds: float) -> None:
        self.outcomes[client, outcome] += 1

    def open_circuits(self, client: str, count: int) -> None:
        self.open[client] = count


@asynccontextmanager
async def calling(counted: CountedCalls | None = None) -> AsyncIterator[Outside]:
    outside = Outside(counted or CountedCalls())
    async with outside.open():
        yield outside


type Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class OtherSystem:
    """Counts its requests and answers them with ``respond``, which a test changes."""

    port: int
    respond: Respond
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def respond_with(text: str) -> Respond:
    """Answer with a status line and headers, and the body ``{}``."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(
            f"HTTP/1.1 {text}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
        )

    return respond


@asynccontextmanager
async def other_system(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[OtherSystem]:
    system: OtherSystem
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            system.requests.append(head)
            await system.respond(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(answer(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    server = await asyncio.start_server(handle, host, port)
    system = OtherSystem(server.sockets[0].getsockname()[1], respond_with("200 OK"))
    try:
        yield system
    finally:
        server.close()
        for task in [*answering]:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
