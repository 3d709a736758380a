"""Accessibility of dead deliveries and of a degraded service: checked by axe, also on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.dead_letters import delivery_button
from tests.support.people import Person, enter


def test_a_delivery_is_accessible(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/deliveries")
    button = delivery_button(operator_page, dead_ids[0])
    expect(button).to_be_visible()
    assert faults_of(operator_page) == []

    button.click()
    expect(operator_page.get_by_role("dialog").get_by_role("button", name="Retry")).to_be_visible()
    assert faults_of(operator_page) == []


def test_a_degraded_service_is_accessible(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/health")
    expect(operator_page.get_by_text("The service is degraded")).to_be_visible()

    assert faults_of(operator_page) == []
