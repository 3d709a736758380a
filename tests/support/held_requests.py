"""Requests of a page that are held until a test answers them."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.support.processes.server import PATIENCE


def hold_next(page: Page, pattern: str) -> Callable[[], Route]:
    """Hold the next request to ``pattern``; the returned function waits for it and returns it.

    The wait is needed: a page shows the expected result before it has sent the request.
    """
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def wait() -> Route:
        deadline = time.monotonic() + PATIENCE
        while not held:
            assert time.monotonic() < deadline, f"nothing was sent to {pattern}"
            page.wait_for_timeout(10)
        return held[0]

    page.route(pattern, hold, times=1)
    return wait
