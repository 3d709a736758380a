"""Several tabs of one browser, whose tokens expire at the same moment."""

import time
from contextlib import ExitStack

from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.support.people import Person, enter

_NOTICE = 1.0
"""Seconds from instructing the first tab until all tabs act."""
_GO_LATER = "([path, delay]) => setTimeout(() => history.pushState(null, '', path), delay)"


def open_tabs(context: BrowserContext, person: Person, count: int) -> list[Page]:
    """Open tabs in which ``person`` is signed in and sees their tasks."""
    first, *others = [context.new_page() for _ in range(count)]
    enter(first, person)
    expect(first.get_by_role("heading", name="Tasks")).to_be_visible()
    for tab in others:
        tab.goto("/")
        expect(tab.get_by_role("heading", name="Tasks")).to_be_visible()
    return [first, *others]


def pass_minutes(context: BrowserContext, minutes: float) -> None:
    """Advance the clock of every tab."""
    now = context.pages[0].evaluate("Date.now()")
    context.clock.set_fixed_time(now / 1000 + minutes * 60)


def search_at_once(tabs: list[Page], text: str) -> None:
    """Search for something new in all tabs at the same moment."""
    moment = time.monotonic() + _NOTICE

    def is_answer(response: Response) -> bool:
        return f"q={text}" in response.url and response.status == 200

    with ExitStack() as stack:
        for tab in tabs:
            stack.enter_context(tab.expect_response(is_answer))
            delay = 1000 * (moment - time.monotonic())
            tab.evaluate(_GO_LATER, [f"/?q={text}", delay])
