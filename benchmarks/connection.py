"""A connection as an attacker holds one: raw bytes, from an address of the loopback's choice."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

import httptools

LOST = 0
"""Stands for the status of a request whose connection ended without an answer."""


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_spent: bool = field(default=False, init=False)
    """Whether the server has closed it, or said that it will."""

    @classmethod
    async def open(cls, port: int, address: str) -> Self:
        """Raises :class:`OSError`."""
        return cls(
            *await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=2**16)
        )

    async def ask(self, request: bytes) -> int:
        """Send the request and return the answer's status, or :data:`LOST`."""
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> int:
        """Read one answer to its end and return its status, or :data:`LOST`."""
        answer = _Answer()
        answer.parser = parser = httptools.HttpResponseParser(answer)
        try:
            while not answer.is_complete:
                data = await self.reader.read(2**16)
                if not data:
                    self.is_spent = True
                    return parser.get_status_code() if answer.has_head else LOST
                parser.feed_data(data)
        except (OSError, httptools.HttpParserError):
            self.is_spent = True
            return parser.get_status_code() if answer.has_head else LOST
        self.is_spent = not answer.keeps_alive
        return int(parser.get_status_code())

    def close(self) -> None:
        """End it at once, whatever is still to be sent."""
        self.is_spent = True
        self.writer.transport.abort()


class _Answer:
    parser: httptools.HttpResponseParser
    has_head = False
    is_complete = False
    keeps_alive = False

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_message_complete(self) -> None:
        self.is_complete = True
        self.keeps_alive = self.parser.should_keep_alive()  # which it forgets afterwards
