"""Whether the database server has room for all the processes that are to start."""

from typing import Any

from BE.core.database.connections import connected, is_pooled
from BE.core.exceptions import UnavailableError

_BESIDE_THE_POOL = 1  # each process listens for revocations on a connection of its own


class TooFewConnections(Exception):
    """The server allows fewer connections than are needed; the message says what to do."""


async def require_room(dsn: str, *, processes: int, pool: int) -> None:
    """Raises :class:`TooFewConnections`. A server that is away, or behind a pooler, may have room.

    ``pool`` is how many connections each process opens at most.
    """
    try:
        async with connected(dsn) as connection:
            allowed = None if await is_pooled(connection) else await _allowed(connection)
    except UnavailableError:
        return
    each = pool + _BESIDE_THE_POOL
    if allowed is not None and processes * each > allowed:
        raise TooFewConnections(
            f"{processes} processes with up to {each} connections each need {processes * each},"
            f" but PostgreSQL allows {allowed}: lower WEB_CONCURRENCY, DB_POOL_SIZE or"
            " DB_MAX_OVERFLOW, or raise max_connections."
        )


async def _allowed(connection: Any) -> int:
    """Less what is reserved: for superusers, and since version 16 for others."""
    allowed: int = await connection.fetchval(
        """
        SELECT current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true), '0')::int
        """
    )
    return allowed
