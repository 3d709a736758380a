"""Dead deliveries by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.dead_letters import delivery_button
from tests.support.keyboard import press_button
from tests.support.people import Person, enter


def test_a_delivery_is_inspected_and_retried(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/deliveries")
    press_button(operator_page, delivery_button(operator_page, dead_ids[0]))
    drawer = operator_page.get_by_role("dialog", name=f"Delivery {dead_ids[0]}")
    press_button(operator_page, drawer.get_by_role("button", name="Retry"))

    expect(drawer).to_have_count(0)
    expect(
        operator_page.get_by_role("button", name=f"Retry delivery {dead_ids[0]}", exact=True)
    ).to_have_count(0)
    press_button(
        operator_page,
        operator_page.get_by_role("button", name=f"Retry delivery {dead_ids[1]}", exact=True),
    )
    expect(operator_page.get_by_text("Nothing is dead")).to_be_visible()
