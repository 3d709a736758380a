"""A server of their own, for tests that make dead letters."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.dead_letters import make_dead_letters
from tests.support.people import Person, admin_of, register
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser, StartApplication


@pytest.fixture(scope="session")
def failing(start_application: StartApplication) -> Server:
    """Where deliveries die."""
    return start_application()


@pytest.fixture
def operator(failing: Server) -> Iterator[Person]:
    operator = admin_of(failing)
    yield operator
    operator.api.close()


@pytest.fixture
def dead(failing: Server, operator: Person) -> Iterator[list[int]]:
    """The ids of two dead deliveries, of the events of two who registered."""
    for _ in range(2):
        register(failing).api.close()
    yield make_dead_letters(failing, 2)
    for delivery in operator.api.get("/events/dead").json()["items"]:
        operator.api.post(f"/events/{delivery['id']}/retry")


@pytest.fixture
def desk(open_browser: OpenBrowser, failing: Server) -> Page:
    """A page of the server where deliveries die."""
    return open_browser(failing).new_page()
