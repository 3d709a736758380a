"""A gate in the database that holds a statement, or a commit, until a test opens it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.events import eventually

DEFERRED = "DEFERRABLE INITIALLY DEFERRED"
"""Added to an event: hold the transaction when it commits, not when it writes the row."""

_KEY = 20301


@asynccontextmanager
async def gate(connection: Any, event: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold transactions that cause ``event``, such as ``UPDATE ON auth.session``, during the block.

    Yields a function that waits until one is held. After five seconds the statement timeout of the
    server ends the held statement.
    """
    await connection.execute(
        f"""
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0
            AS 'BEGIN PERFORM pg_advisory_xact_lock_shared({_KEY}); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER hold AFTER {event} FOR EACH ROW EXECUTE FUNCTION hold();
        SELECT pg_advisory_lock({_KEY});
        """
    )
    held = f"pg_locks WHERE locktype = 'advisory' AND objid = {_KEY} AND NOT granted"
    try:
        yield lambda: eventually(lambda: exists(connection, held))
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await idle(connection)
    await connection.execute("DROP FUNCTION hold() CASCADE")


async def idle(connection: Any) -> None:
    """Wait until no other connection to the database runs anything."""
    busy = """pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()
        AND datname = current_database()"""
    await eventually(lambda: none_exists(connection, busy))


async def exists(connection: Any, where: str) -> bool:
    found: bool = await connection.fetchval(f"SELECT EXISTS (SELECT FROM {where})")
    return found


async def none_exists(connection: Any, where: str) -> bool:
    return not await exists(connection, where)
