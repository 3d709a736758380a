"""A raw HTTP connection from any loopback address."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

import httptools

LOST = 0
"""The status of a request whose connection ended without a response."""


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_spent: bool = field(default=False, init=False)
    """Whether the server has closed it, or announced that it will."""

    @classmethod
    async def open(cls, port: int, address: str) -> Self:
        """Raises :class:`OSError`."""
        return cls(
            *await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=2**16)
        )

    async def send(self, request: bytes) -> int:
        """Send the request and return the response's status, or :data:`LOST`."""
        self.writer.write(request)
        return await self.read_status()

    async def read_status(self) -> int:
        """Read one response to its end and return its status, or :data:`LOST`."""
        response = _Response()
        response.parser = parser = httptools.HttpResponseParser(response)
        try:
            while not response.is_complete:
                data = await self.reader.read(2**16)
                if not data:
                    self.is_spent = True
                    return parser.get_status_code() if response.has_head else LOST
                parser.feed_data(data)
        except (OSError, httptools.HttpParserError):
            self.is_spent = True
            return parser.get_status_code() if response.has_head else LOST
        self.is_spent = not response.keeps_alive
        return int(parser.get_status_code())

    def close(self) -> None:
        """Abort it; unsent data is lost."""
        self.is_spent = True
        self.writer.transport.abort()


class _Response:
    parser: httptools.HttpResponseParser
    has_head = False
    is_complete = False
    keeps_alive = False

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_message_complete(self) -> None:
        self.is_complete = True
        self.keeps_alive = self.parser.should_keep_alive()  # the parser forgets it afterwards
