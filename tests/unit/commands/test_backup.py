import asyncio
from pathlib import Path

import psutil
import pytest

from commands.backup import _fits, _for_libpq, _reason, _run
from tests.support.events import eventually


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ada:s%40cret@db.example:5432/bounded?sslmode=require",
        "postgresql+asyncpg://ada@db.example:5432/bounded?password=s%40cret&sslmode=require",
    ],
)
def test_a_password_is_never_a_program_argument(dsn: str) -> None:
    url, password = _for_libpq(dsn)

    assert url == "postgresql://ada@db.example:5432/bounded?sslmode=require"
    assert password == "s@cret"


@pytest.mark.parametrize(
    ("program", "server", "fits"),
    [
        (18, 18, True),
        (18, 17, True),
        (16, 14, True),
        (15, 16, False),
        (17, 16, False),  # its pg_restore sets transaction_timeout, which 16 lacks
        (18, 14, False),
    ],
)
def test_a_backup_program_must_fit_the_server(
    program: int,
    server: int,
    fits: bool,  # noqa: FBT001 - a case
) -> None:
    assert _fits(program, server) is fits


def test_a_failed_restore_shows_the_error_without_the_statement() -> None:
    output = """pg_restore: error: could not execute query: ERROR:  no such parameter
Command was: SET transaction_timeout = 0;
"""

    assert (
        _reason(output) == "pg_restore: error: could not execute query: ERROR:  no such parameter"
    )
    assert _reason("killed\n") == "killed"
    assert _reason("") == "no reason given"


async def test_a_cancelled_program_has_ended(tmp_path: Path) -> None:
    program, pid_file = tmp_path / "pg_dump", tmp_path / "pid"
    program.write_text("#!/bin/sh\ncd ${0%/*}\necho $$ >new\nmv new pid\nexec sleep 600\n")
    program.chmod(0o700)
    running = asyncio.create_task(_run(program, "postgresql://ada@a/b"))

    async def has_started() -> bool:
        return pid_file.exists()

    await eventually(has_started)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not psutil.pid_exists(int(pid_file.read_text()))
