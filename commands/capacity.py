"""Checks that PostgreSQL allows as many connections as the processes may open."""

from typing import Any

from BE.core.database.connections import connected, is_pooled
from BE.core.exceptions import UnavailableError

_OUTSIDE_THE_POOL = 3  # on which a process listens: for revocations, changes and flags


class TooFewConnections(Exception):
    """PostgreSQL allows fewer connections than are needed; the message says what to do."""


async def require_room(dsn: str, *, processes: int, pool: int) -> None:
    """Raise :class:`TooFewConnections` if ``processes`` with a ``pool`` each do not fit.

    A server that does not answer, or is behind a pooler, passes.
    """
    try:
        async with connected(dsn) as connection:
            allowed = None if await is_pooled(connection) else await _allowed(connection)
    except UnavailableError:
        return
    per_process = pool + _OUTSIDE_THE_POOL
    needed = processes * per_process
    if allowed is not None and needed > allowed:
        raise TooFewConnections(
            f"{processes} processes with up to {per_process} connections each need {needed},"
            f" but PostgreSQL allows {allowed}: lower WEB_CONCURRENCY, DB_POOL_SIZE or"
            " DB_MAX_OVERFLOW, or raise max_connections."
        )


async def _allowed(connection: Any) -> int:
    """The limit without reserved connections: for superusers, and since version 16 for a role."""
    allowed: int = await connection.fetchval(
        """
        SELECT current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true), '0')::int
        """
    )
    return allowed
