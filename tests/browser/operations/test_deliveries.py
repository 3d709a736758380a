"""Dead deliveries: inspected and retried."""

from playwright.sync_api import Page, expect

from tests.support.dead_letters import delivery_button
from tests.support.people import Console, Person, enter


def test_a_page_without_dead_deliveries_says_so(page: Page, admin: Person) -> None:
    enter(page, admin, "/admin/deliveries")

    expect(page.get_by_text("Nothing is dead")).to_be_visible()


def test_a_dead_delivery_is_inspected_and_retried(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/deliveries")
    delivery_button(operator_page, dead_ids[0]).press("Enter")

    delivery = operator_page.get_by_role("dialog", name=f"Delivery {dead_ids[0]}")
    expect(delivery).to_contain_text("no route to host")
    expect(delivery).to_contain_text('"user_id"')
    delivery.get_by_role("button", name="Retry").click()
    expect(operator_page.get_by_text("The delivery is attempted once more.")).to_be_visible()
    expect(
        operator_page.get_by_role("button", name=f"Retry delivery {dead_ids[0]}", exact=True)
    ).to_have_count(0)
    expect(
        operator_page.get_by_role("button", name=f"Retry delivery {dead_ids[1]}", exact=True)
    ).to_be_visible()


def test_all_shown_deliveries_are_retried(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/deliveries")
    operator_page.get_by_role("button", name="Retry all shown").click()

    expect(operator_page.get_by_text("2 deliveries are attempted once more.")).to_be_visible()
    expect(operator_page.get_by_text("Nothing is dead")).to_be_visible()
    assert operator.api.get(f"/events/{dead_ids[0]}").json()["state"] != "dead"


def test_a_delivery_retried_by_another_operator_is_no_error(
    operator_page: Page, operator: Person, dead_ids: list[int], console: Console
) -> None:
    console.expect("status of 409")
    enter(operator_page, operator, "/admin/deliveries")
    expect(
        operator_page.get_by_role("button", name=f"Retry delivery {dead_ids[0]}", exact=True)
    ).to_be_visible()
    operator.api.post(f"/events/{dead_ids[0]}/retry").raise_for_status()
    operator_page.get_by_role("button", name="Retry all shown").click()

    expect(operator_page.get_by_text("Nothing is dead")).to_be_visible()
