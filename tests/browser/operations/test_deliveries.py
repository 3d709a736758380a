"""Dead deliveries: looked at, and attempted once more."""

from playwright.sync_api import Page, expect

from tests.support.dead_letters import delivery_button
from tests.support.people import Console, Person, enter


def test_nothing_is_dead(page: Page, admin: Person) -> None:
    enter(page, admin, "/admin/deliveries")

    expect(page.get_by_text("Nothing is dead")).to_be_visible()


def test_a_dead_delivery_is_looked_at_and_retried(
    desk: Page, operator: Person, dead: list[int]
) -> None:
    enter(desk, operator, "/admin/deliveries")
    delivery_button(desk, dead[0]).press("Enter")

    delivery = desk.get_by_role("dialog", name=f"Delivery {dead[0]}")
    expect(delivery).to_contain_text("no route to host")
    expect(delivery).to_contain_text('"user_id"')
    delivery.get_by_role("button", name="Retry").click()
    expect(desk.get_by_text("The delivery is attempted once more.")).to_be_visible()
    expect(desk.get_by_role("button", name=f"Retry delivery {dead[0]}", exact=True)).to_have_count(
        0
    )
    expect(desk.get_by_role("button", name=f"Retry delivery {dead[1]}", exact=True)).to_be_visible()


def test_all_that_are_shown_are_retried(desk: Page, operator: Person, dead: list[int]) -> None:
    enter(desk, operator, "/admin/deliveries")
    desk.get_by_role("button", name="Retry all shown").click()

    expect(desk.get_by_text("2 deliveries are attempted once more.")).to_be_visible()
    expect(desk.get_by_text("Nothing is dead")).to_be_visible()
    assert operator.api.get(f"/events/{dead[0]}").json()["state"] != "dead"


def test_one_that_somebody_else_retried_is_no_error(
    desk: Page, operator: Person, dead: list[int], console: Console
) -> None:
    console.expect("status of 409")
    enter(desk, operator, "/admin/deliveries")
    expect(desk.get_by_role("button", name=f"Retry delivery {dead[0]}", exact=True)).to_be_visible()
    operator.api.post(f"/events/{dead[0]}/retry").raise_for_status()
    desk.get_by_role("button", name="Retry all shown").click()

    expect(desk.get_by_text("Nothing is dead")).to_be_visible()
