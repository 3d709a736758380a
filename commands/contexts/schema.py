"""The contents of a database schema, as statements that create it."""

import asyncio
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from commands.backup import program_for
from commands.embedded import embedded_postgres

_OF_THE_SESSION = ("SET ", "SELECT pg_catalog.set_config")


def statements_of(schema: str) -> list[str]:
    """The statements that create the schema as the migrations leave it, empty."""
    with (
        TemporaryDirectory() as directory,
        embedded_postgres(Path(directory) / "data") as dsn,
    ):
        return asyncio.run(_statements(dsn, schema))


async def _statements(dsn: str, schema: str) -> list[str]:
    from pglast import split

    from migrations.runner import Schema

    await Schema(dsn).migrate()
    dumped = await asyncio.to_thread(_dump, await program_for("pg_dump", dsn), dsn, schema)
    lines = (line for line in dumped.splitlines() if not line.startswith(("--", "\\")))
    statements: tuple[str, ...] = split("\n".join(lines))
    return [statement for statement in statements if not statement.startswith(_OF_THE_SESSION)]


def _dump(program: Path, dsn: str, schema: str) -> str:
    options = ("--schema-only", "--no-owner", "--no-privileges", "--no-comments")
    command = (str(program), *options, f"--schema={schema}", f"--dbname={dsn}")
    return subprocess.run(  # noqa: S603 - PostgreSQL's own
        command, check=True, capture_output=True, text=True
    ).stdout
