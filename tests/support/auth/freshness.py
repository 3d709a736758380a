"""Sessions whose last proof of identity is too old."""

import asyncio
from threading import Thread

from tests.support.client import Person
from tests.support.postgres import execute
from tests.support.processes.server import Server


async def make_stale(dsn: str, person: Person) -> None:
    """Make the last proof of each session of a person ten minutes older."""
    await execute(
        dsn,
        "UPDATE auth.session SET proved_at = proved_at - interval '10 minutes'"
        f" WHERE account_id = '{person.id}'",
    )


def let_sessions_age(server: Server) -> None:
    """Make the last proof of each session on a server ten minutes older."""
    aged = "UPDATE auth.session SET proved_at = proved_at - interval '10 minutes'"
    # in a thread, because Playwright's loop runs in this one
    ageing = Thread(target=lambda: asyncio.run(execute(server.dsn, aged)))
    ageing.start()
    ageing.join()
