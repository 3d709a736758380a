"""A temporary database on the server of another one."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from BE.core.database.connections import connected

_PREFIX = "bounded_drill_"
_ABANDONED_AFTER = 86_400  # seconds: no drill takes that long
_NOT_ALLOWED = "42501"


class CannotCreateDatabase(Exception):
    """The database's user may not create another; the message says what to do."""


@asynccontextmanager
async def temporary_database(dsn: str) -> AsyncIterator[str]:
    """The DSN of an empty database, which is dropped after the block.

    It first drops databases of drills that were killed. Raises :class:`CannotCreateDatabase`.
    """
    name = f"{_PREFIX}{time.time():.0f}_{secrets.token_hex(4)}"
    async with connected(dsn) as connection:
        for (left,) in await connection.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", _PREFIX
        ):
            if _is_old(left):
                await connection.execute(f'DROP DATABASE IF EXISTS "{left}" WITH (FORCE)')
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except Exception as error:
            if getattr(error, "sqlstate", None) != _NOT_ALLOWED:
                raise
            user = await connection.fetchval("SELECT current_user")
            raise CannotCreateDatabase(
                f"The database user {user} may not create a database for the drill: ALTER ROLE"
                f" {user} CREATEDB, or set DATABASE_URL to a server that is there for drills."
            ) from None
    try:
        yield urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))
    finally:
        async with connected(dsn) as connection:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _is_old(name: str) -> bool:
    made = name.removeprefix(_PREFIX).partition("_")[0]
    return made.isdecimal() and time.time() - int(made) > _ABANDONED_AFTER
