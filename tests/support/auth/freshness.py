"""Sessions that proved too long ago who holds them."""

import asyncio
from threading import Thread

from tests.support.client import Person
from tests.support.postgres import execute
from tests.support.processes.server import Server


async def make_stale(dsn: str, person: Person) -> None:
    """Have ten minutes pass since each session of a person was proved."""
    await execute(
        dsn,
        "UPDATE auth.session SET proved_at = proved_at - interval '10 minutes'"
        f" WHERE account_id = '{person.id}'",
    )


def let_sessions_age(server: Server) -> None:
    """Have ten minutes pass since each session of a server was proved."""
    aged = "UPDATE auth.session SET proved_at = proved_at - interval '10 minutes'"
    # in a thread, for Playwright's loop runs in this one
    ageing = Thread(target=lambda: asyncio.run(execute(server.dsn, aged)))
    ageing.start()
    ageing.join()
