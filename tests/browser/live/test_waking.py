"""The list of a machine that was asleep is updated when it wakes, without a click."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.people import Console, enter, register
from tests.support.processes.server import started_again
from tests.support.screens import OpenBrowser, StartApplication

pytestmark = needs("tasks")

NIGHT = "08:00:00"
"""Longer than the lifetime of an access token."""


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """Freeze the processes of all pages."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = [process["id"] for process in processes if process["type"] == "renderer"]
    session.detach()
    for pid in renderers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in renderers:
            os.kill(pid, signal.SIGCONT)


def test_changes_during_sleep_appear_on_waking(
    browser: Browser,
    start_application: StartApplication,
    open_browser: OpenBrowser,
    console: Console,
) -> None:
    console.expect("ERR_")
    server = start_application()
    person = register(server)
    task = person.add_task("Water the ferns")
    page = open_browser(server).new_page()
    page.clock.install()
    enter(page, person)
    wait_until_live(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
    with ExitStack() as stack:
        with asleep(browser):
            server.kill()
            stack.enter_context(started_again(server))
            change = {"title": "Water all plants"}
            person.api.patch(f"/tasks/{task['id']}", json=change).raise_for_status()
            person.add_task("Sweep the hall")
        page.clock.fast_forward(NIGHT)

        expect(page.get_by_role("button", name="Water all plants", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Sweep the hall", exact=True)).to_be_visible()
        wait_until_live(page)
        assert requests.count("refresh") == 1
    person.api.close()
