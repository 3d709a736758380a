"""A process that receives many uploads at once holds no more of them than its budget."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.events import eventually
from tests.support.postgres import fresh_database
from tests.support.processes.workers import API, Visitor, Worker, measured_workers

UPLOADERS = 3
CONNECTIONS = 40
"""Of each uploader: fewer than the limit per user."""
SIZE = 1_000_000
BUDGET = 8 * SIZE
MEGABYTE = 1024 * 1024


class Upload:
    """Sends all but the last byte of a body, so that its request does not end."""

    def __init__(self, worker: Worker, visitor: Visitor) -> None:
        self.status: int | None = None
        self._port = worker.server.port
        self._head = (
            f"PATCH {API}/users/me HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.7\r\n"
            f"Authorization: Bearer {visitor.access_token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {SIZE}\r\n\r\n"
        )
        self._sending = asyncio.create_task(self._send())

    async def abort(self) -> None:
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)

    async def _send(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(self._head.encode() + b" " * (SIZE - 1))
            line = await reader.readline()
            self.status = int(line.split()[1])
        finally:
            writer.transport.abort()


@asynccontextmanager
async def uploads(worker: Worker) -> AsyncIterator[list[Upload]]:
    visitors = [await worker.register() for _ in range(UPLOADERS)]
    running = [Upload(worker, visitor) for visitor in visitors for _ in range(CONNECTIONS)]
    yield running
    for upload in running:
        await upload.abort()


async def test_many_uploads_from_one_address_block_no_other(
    server: str, migrated: str, tmp_path: Path
) -> None:
    settings = {
        "TRUSTED_PROXY_HOPS": 1,
        "REQUEST_TIMEOUT_SECONDS": 300,
        "MAX_BYTES_IN_RECEPTION_PER_ADDRESS": BUDGET,
    }
    async with (
        fresh_database(server, migrated) as dsn,
        measured_workers(tmp_path, dsn, 1, **settings) as (worker,),
    ):
        other = await worker.register()
        before = worker.server.serving.memory_info().rss
        async with uploads(worker) as running:

            async def are_refused() -> bool:
                return answered(running) >= len(running) - BUDGET // SIZE

            await eventually(are_refused)
            grown = worker.server.serving.memory_info().rss - before
            written = await worker.client.patch(
                f"{API}/users/me",
                json={"full_name": "small"},
                headers=other.headers | {"X-Forwarded-For": "203.0.113.8"},
            )

        assert {upload.status for upload in running} <= {429, None}
        assert written.status_code == 200, written.text
        assert grown < 0.8 * SIZE * len(running), f"{grown / MEGABYTE:.0f} MB"


def answered(running: list[Upload]) -> int:
    return sum(upload.status is not None for upload in running)
