"""Requests of a page that wait until a test answers them."""

from playwright.sync_api import Page, Route


def hold_next(page: Page, pattern: str) -> list[Route]:
    """Hold the next request to ``pattern``; it is in the list as soon as it was sent."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(pattern, hold, times=1)
    return held
