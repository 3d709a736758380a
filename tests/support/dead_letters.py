"""Dead letters on a server that runs its own PostgreSQL."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from playwright.sync_api import Locator, Page

from BE.core.database.connections import connected
from tests.support.processes.server import Server, wait_for

_MAKE_DEAD = """
    UPDATE events.delivery
    SET state = 'dead', attempts = 10, finished_at = now(), last_error = 'no route to host'
    WHERE id IN (
        SELECT id FROM events.delivery
        WHERE state = 'done' AND handler = 'audit.on_events' AND event_id IN (
            SELECT id FROM events.event WHERE payload ? 'user_id' -- not of an earlier retry
        )
        ORDER BY id DESC LIMIT $1
    )
    RETURNING id
"""


def make_dead_letters(server: Server, count: int) -> list[int]:
    """Mark the newest deliveries as dead; return their ids."""
    ids: list[int] = []

    def are_dead() -> bool:
        # Playwright has a loop of its own in this thread
        with ThreadPoolExecutor(1) as thread:
            ids.extend(
                thread.submit(asyncio.run, _make_dead_letters(server, count - len(ids))).result()
            )
        return len(ids) == count

    wait_for(are_dead, f"{count} deliveries to be done")
    return ids


def delivery_button(page: Page, delivery_id: int) -> Locator:
    """The button that opens a delivery in the list of dead letters."""
    return page.get_by_role("button", name=re.compile(rf", delivery {delivery_id}$"))


async def _make_dead_letters(server: Server, count: int) -> list[int]:
    async with connected(_dsn_of(server)) as connection:
        return [row["id"] for row in await connection.fetch(_MAKE_DEAD, count)]


def _dsn_of(server: Server) -> str:
    # the fifth line of postmaster.pid is the directory of the socket
    lines = (server.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    return f"postgresql://postgres@/postgres?host={quote(lines[4], safe='')}"
