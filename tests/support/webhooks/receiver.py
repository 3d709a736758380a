"""A receiver of webhooks: it records its deliveries, and answers as a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

type Answer = Callable[["Delivery"], Awaitable[str]]
"""Returns the status line, and further headers after it."""


@dataclass(frozen=True)
class Delivery:
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, verified by the library that receivers use."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


@dataclass
class Receiver:
    port: int
    answer: Answer
    answer_body: str = "{}"
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def respond_with(self, status: str) -> None:
        async def answer(_: Delivery) -> str:
            return status

        self.answer = answer

    def was_sent(self, text: str) -> bool:
        return any(text in delivery.body for delivery in self.deliveries)

    async def has(self, count: int) -> bool:
        return len(self.deliveries) >= count


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver: Receiver
    answering: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
            headers = dict(line.lower().split(": ", 1) for line in head if line)
            original = dict(line.split(": ", 1) for line in head if line)
            headers["webhook-signature"] = original.get("webhook-signature", "")
            body = await reader.readexactly(int(headers["content-length"]))
            delivery = Delivery(headers, body.decode())
            receiver.deliveries.append(delivery)
            status, text = await receiver.answer(delivery), receiver.answer_body
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
                f"{text}".encode()
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(converse(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)

    async def content(_: Delivery) -> str:
        return "200 OK"

    receiver = Receiver(server.sockets[0].getsockname()[1], content)
    try:
        yield receiver
    finally:
        server.close()
        for task in [*answering]:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
