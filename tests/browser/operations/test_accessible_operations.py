"""Dead deliveries and a degraded service, by axe and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.dead_letters import opener_of
from tests.support.people import Person, enter
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser


@pytest.fixture
def desk(open_browser: OpenBrowser, failing: Server, size: dict[str, int]) -> Page:
    """A page of the server where deliveries die, in each width."""
    return open_browser(failing, viewport=size, bypass_csp=True).new_page()


def test_a_delivery_is_read_by_everybody(desk: Page, operator: Person, dead: list[int]) -> None:
    enter(desk, operator, "/admin/deliveries")
    opener = opener_of(desk, dead[0])
    expect(opener).to_be_visible()
    assert violations(desk) == []
    assert overflow(desk) <= 0

    opener.click()
    expect(desk.get_by_role("dialog").get_by_role("button", name="Retry")).to_be_visible()
    assert violations(desk) == []
    assert overflow(desk) <= 0


def test_a_degraded_service_is_read_by_everybody(
    desk: Page, operator: Person, dead: list[int]
) -> None:
    enter(desk, operator, "/admin/health")
    expect(desk.get_by_text("The service is degraded")).to_be_visible()

    assert violations(desk) == []
    assert overflow(desk) <= 0
