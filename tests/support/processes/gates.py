"""A gate in the database that holds a statement, or a commit, until a test opens it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.events import eventually

DEFERRED = "DEFERRABLE INITIALLY DEFERRED"
"""Ends an event that is to be held while it commits, not when its row is written."""

_KEY = 20301


@asynccontextmanager
async def gate(look: Any, event: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold who causes ``event``, such as ``UPDATE ON auth.session``, until the block ends.

    Yields what waits until somebody is held. After five seconds the server's statement timeout ends
    it.
    """
    await look.execute(
        f"""
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0
            AS 'BEGIN PERFORM pg_advisory_xact_lock_shared({_KEY}); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER hold AFTER {event} FOR EACH ROW EXECUTE FUNCTION hold();
        SELECT pg_advisory_lock({_KEY});
        """
    )
    held = f"pg_locks WHERE locktype = 'advisory' AND objid = {_KEY} AND NOT granted"
    try:
        yield lambda: eventually(lambda: anybody(look, held))
    finally:
        await look.execute(f"SELECT pg_advisory_unlock({_KEY})")
    await idle(look)
    await look.execute("DROP FUNCTION hold() CASCADE")


async def idle(look: Any) -> None:
    """Wait until the server does nothing for anybody else."""
    busy = """pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()
        AND datname = current_database()"""
    await eventually(lambda: nobody(look, busy))


async def anybody(look: Any, where: str) -> bool:
    found: bool = await look.fetchval(f"SELECT EXISTS (SELECT FROM {where})")
    return found


async def nobody(look: Any, where: str) -> bool:
    return not await anybody(look, where)
