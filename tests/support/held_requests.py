"""Requests of a page that wait until a test answers them."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.support.processes.server import PATIENCE


def hold_next(page: Page, pattern: str) -> Callable[[], Route]:
    """Hold the next request to ``pattern``; what is returned waits for it, and gives it.

    A page shows what it expects of a request before it has sent it.
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
