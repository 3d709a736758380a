"""Dead deliveries by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.dead_letters import delivery_button
from tests.support.keyboard import press_button
from tests.support.people import Person, enter


def test_a_delivery_is_looked_at_and_retried(desk: Page, operator: Person, dead: list[int]) -> None:
    enter(desk, operator, "/admin/deliveries")
    press_button(desk, delivery_button(desk, dead[0]))
    drawer = desk.get_by_role("dialog", name=f"Delivery {dead[0]}")
    press_button(desk, drawer.get_by_role("button", name="Retry"))

    expect(drawer).to_have_count(0)
    expect(desk.get_by_role("button", name=f"Retry delivery {dead[0]}", exact=True)).to_have_count(
        0
    )
    press_button(desk, desk.get_by_role("button", name=f"Retry delivery {dead[1]}", exact=True))
    expect(desk.get_by_text("Nothing is dead")).to_be_visible()
