"""A separate server for tests that make dead letters."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.dead_letters import make_dead_letters
from tests.support.people import Person, admin_of, register
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser, StartApplication


@pytest.fixture(scope="session")
def dead_letter_server(start_application: StartApplication) -> Server:
    """The server with dead letters."""
    return start_application()


@pytest.fixture
def operator(dead_letter_server: Server) -> Iterator[Person]:
    operator = admin_of(dead_letter_server)
    yield operator
    operator.api.close()


@pytest.fixture
def dead_ids(dead_letter_server: Server, operator: Person) -> Iterator[list[int]]:
    """The ids of two dead deliveries, of the events of two registrations."""
    for _ in range(2):
        register(dead_letter_server).api.close()
    yield make_dead_letters(dead_letter_server, 2)
    for delivery in operator.api.get("/events/dead").json()["items"]:
        operator.api.post(f"/events/{delivery['id']}/retry")


@pytest.fixture
def operator_page(open_browser: OpenBrowser, dead_letter_server: Server) -> Page:
    """A page of the server with dead letters."""
    return open_browser(dead_letter_server).new_page()
