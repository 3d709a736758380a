"""Dead deliveries and a degraded service, by axe and on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.dead_letters import delivery_button
from tests.support.people import Person, enter


def test_a_delivery_is_read_by_everybody(desk: Page, operator: Person, dead: list[int]) -> None:
    enter(desk, operator, "/admin/deliveries")
    opener = delivery_button(desk, dead[0])
    expect(opener).to_be_visible()
    assert faults_of(desk) == []

    opener.click()
    expect(desk.get_by_role("dialog").get_by_role("button", name="Retry")).to_be_visible()
    assert faults_of(desk) == []


def test_a_degraded_service_is_read_by_everybody(
    desk: Page, operator: Person, dead: list[int]
) -> None:
    enter(desk, operator, "/admin/health")
    expect(desk.get_by_text("The service is degraded")).to_be_visible()

    assert faults_of(desk) == []
