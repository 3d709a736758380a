"""The application in a real browser, against a server of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.browser import CHROMIUM, needs_chromium
from tests.support.people import ADMIN, BUILT, Console, Person, admin_of, register
from tests.support.processes.server import ForkedServer, Server
from tests.support.screens import DESKTOP, OpenBrowser, StartApplication

PATIENCE = 60_000  # milliseconds

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(needs_chromium)


@pytest.fixture(scope="session")
def start_application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApplication]:
    """Start a server with the settings of a test; it ends with the run at the latest."""
    if not BUILT.exists():
        pytest.fail("the front end is not built: run `make test`, or `npm run build` in FE/")
    with ExitStack() as stack:

        def start(**env: object) -> Server:
            server = ForkedServer(
                tmp_path_factory.mktemp("application") / "data",
                RATE_LIMIT_ENABLED="false",
                FIRST_ADMIN_EMAIL=ADMIN[0],
                FIRST_ADMIN_PASSWORD=ADMIN[1],
                **env,
            )
            stack.callback(server.clean_up)
            server.wait_until()
            return server

        yield start


@pytest.fixture(scope="session")
def application(start_application: StartApplication) -> Server:
    """The server that all tests share which do not reconfigure or stop it."""
    return start_application(METRICS_ENABLED="true")


# Playwright's loop must not run while asynchronous tests of other packages do.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def console() -> Iterator[Console]:
    """The errors of pages: none is allowed unless a test expects it."""
    console = Console()
    yield console
    assert console.unexpected == []


@pytest.fixture
def open_browser(browser: Browser, application: Server, console: Console) -> Iterator[OpenBrowser]:
    """Open the browser of another person or device, which shares nothing with the others."""
    with ExitStack() as stack:

        def open_one(server: Server = application, **options: Any) -> BrowserContext:
            defaults = {
                "base_url": str(server.client.base_url),
                "viewport": DESKTOP,
                "locale": "en-GB",
                "timezone_id": "Europe/Berlin",
                "reduced_motion": "reduce",
            }
            context = browser.new_context(**(defaults | options))
            context.set_default_timeout(PATIENCE)
            context.on("page", console.watch)
            stack.callback(_close, context)
            return context

        yield open_one


def _close(context: BrowserContext) -> None:
    """Close its pages without waiting for requests that they still make."""
    for page in context.pages:
        page.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    return open_browser().new_page()


@pytest.fixture
def person(application: Server) -> Iterator[Person]:
    person = register(application)
    yield person
    person.api.close()


@pytest.fixture
def neighbour(application: Server) -> Iterator[Person]:
    """Another person, with their own tasks and pages."""
    neighbour = register(application, "Grace Hopper")
    yield neighbour
    neighbour.api.close()


@pytest.fixture
def admin(application: Server) -> Iterator[Person]:
    admin = admin_of(application)
    yield admin
    admin.api.close()
