"""Readers of the live feed that are so cheap that they do not distort the measurement."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx
import orjson

from BE.core.database.connections import connected
from tests.support.processes.workers import API, Visitor

PER_USER = 10
"""Streams that one user may have open."""


class Refused(OSError):
    """A stream that was not opened."""


class Ended(Exception):
    """A stream that the server ended; clients reconnect after ``retry`` seconds."""

    def __init__(self, retry: float) -> None:
        super().__init__()
        self.retry = retry


@dataclass
class Reader:
    """One reader, at any server: the versions of its tasks that it has seen."""

    visitor: Visitor
    cursor: str = ""
    seen: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def events(self, port: int) -> AsyncGenerator[str]:
        """Note the events, and yield their names."""
        async with aclosing(events(port, self.visitor, self.cursor)) as stream:
            async for name, cursor, data in stream:
                self.cursor = cursor
                if name.startswith(b"task."):
                    change = orjson.loads(data)
                    self.seen[change["id"]].append(change["version"])
                yield name.decode()


async def events(
    port: int, visitor: Visitor, since: str = ""
) -> AsyncGenerator[tuple[bytes, str, bytes]]:
    """Name, cursor and data of each event of a stream.

    Raises :class:`Ended`, and :class:`OSError` if it breaks or is refused.
    """
    resumed = f"Last-Event-ID: {since}\r\n" if since else ""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET {API}/changes HTTP/1.1\r\nHost: localhost\r\n{resumed}"
            f"Authorization: Bearer {visitor.access_token}\r\n\r\n".encode()
        )
        status = await reader.readline()
        if b" 200 " not in status:
            raise Refused(status.decode())
        fields: dict[bytes, bytes] = {}
        while line := await reader.readline():
            name, separator, value = line.strip().partition(b": ")
            if separator and name == b"retry":
                raise Ended(int(value) / 1000)
            if separator and name in {b"event", b"id", b"data"}:
                fields[name] = value
            elif len(fields) == 3:
                yield fields[b"event"], fields[b"id"].decode(), fields[b"data"]
                fields = {}
        raise ConnectionResetError
    finally:
        writer.transport.abort()


async def add(client: httpx.AsyncClient, visitor: Visitor, title: str) -> str:
    answer = await client.post(f"{API}/tasks", json={"title": title}, headers=visitor.headers)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def committed(dsn: str) -> dict[str, int]:
    """The version of each task, which is the number of its changes."""
    async with connected(dsn) as connection:
        rows = await connection.fetch("SELECT id, version FROM tasks.task")
    return {str(task): version for task, version in rows}


def faults_of(reader: Reader, tasks: Collection[str], versions: dict[str, int]) -> Counter[str]:
    """Count what a reader of these tasks has missed, seen twice, or seen in another order."""
    found: Counter[str] = Counter(lost=0, doubled=0, disordered=0)
    for task in tasks:
        seen = reader.seen[task]
        found["lost"] += len(set(range(1, versions[task] + 1)) - set(seen))
        found["doubled"] += len(seen) - len(set(seen))
        found["disordered"] += seen != sorted(seen)
    return found
