"""Server processes to measure, on a PostgreSQL started for them; all of them end with the block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from migrations.runner import Schema
from tests.support.postgres import fresh_database, postgres_server
from tests.support.processes.workers import Worker, measured_workers


@asynccontextmanager
async def measured(count: int, **settings: Any) -> AsyncIterator[tuple[str, list[Worker]]]:
    """Yield the database's DSN and ``count`` processes on loopback ports."""
    with (
        TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory) / "postgres") as server,
    ):
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate()
            async with measured_workers(Path(directory), dsn, count, **settings) as workers:
                yield dsn, workers
