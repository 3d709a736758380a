"""Measures a cold start. ``python -m benchmarks.cold_start [--python COMMAND]... [--starts 7]``

From the start of the process, before its first import, to its first 200 from ``/health/ready``:
the median and the range for each Python, in turns. The database runs and is migrated, and the
bytecode is compiled, as in an image.
"""

import argparse
import asyncio
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from migrations.runner import Schema
from tests.support.postgres import fresh_database, postgres_server
from tests.support.processes.server import CLOSING, ROOT, environment, free_port

_POLL = 0.005
_PATIENCE = 60


def measure_start(python: str, dsn: str, directory: str) -> float:
    """The seconds until the server is ready."""
    port = free_port()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", limits=CLOSING) as client:
        began = time.monotonic()
        server = subprocess.Popen(
            [*shlex.split(python), "manage.py", "serve"],
            cwd=ROOT,
            env=environment(DATABASE_URL=dsn, DATA_DIR=directory, PORT=port, LOG_LEVEL="ERROR"),
        )
        try:
            while not _is_ready(client):
                if server.poll() is not None or time.monotonic() > began + _PATIENCE:
                    sys.exit(f"{python} is not ready, see above.")
                time.sleep(_POLL)
            return time.monotonic() - began
        finally:
            server.terminate()
            server.wait()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="a command; repeat to compare")
    parser.add_argument("--starts", type=int, default=7)
    arguments = parser.parse_args()
    pythons = arguments.python or [shlex.quote(sys.executable)]
    took: dict[str, list[float]] = {python: [] for python in pythons}
    with (
        TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory) / "postgres") as server,
    ):
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate()
            for python in took:
                measure_start(python, dsn, directory)  # compiles it
            for _ in range(arguments.starts):
                for python, seconds in took.items():
                    seconds.append(measure_start(python, dsn, directory))
    for python, seconds in took.items():
        median = statistics.median(seconds)
        print(f"{python}: ready after {median:.2f} s ({min(seconds):.2f}–{max(seconds):.2f})")


if __name__ == "__main__":
    asyncio.run(main())
