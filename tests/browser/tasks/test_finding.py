"""Filters, search and order, which the URL holds."""

from playwright.sync_api import Page, expect

from tests.support.held_requests import hold_next
from tests.support.people import Person, enter


def shown(page: Page) -> list[str]:
    return [
        name.removeprefix("Done: ")
        for row in page.get_by_role("checkbox").all()
        if (name := row.get_attribute("aria-label") or "").startswith("Done: ")
    ]


def test_filters_survive_a_reload_and_are_cleared_together(page: Page, person: Person) -> None:
    person.add_task("Water the ferns", priority="high", tags=["home"])
    person.add_task("Sweep the hall", priority="low", tags=["home"])
    person.add_task("Write the report", priority="high", status="done")
    enter(page, person)
    page.get_by_role("button", name="Filter", exact=True).click()
    dialog = page.get_by_role("dialog", name="Filter")
    dialog.get_by_text("High").click()
    dialog.get_by_text("To do").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("button", name="Filter", exact=True)).to_be_focused()
    page.reload()

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Remove the filter High").click()
    expect(page.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_role("listitem")).to_have_count(3)


def test_a_list_without_a_match_offers_to_clear_the_filters(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person, "/?due=overdue")
    expect(page.get_by_text("No task matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()

    expect(page.get_by_text("Water the ferns")).to_be_visible()


def test_invalid_parameters_of_a_url_are_dropped(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person, "/?status=lost&sort=luck&due=never&page=3&task=../users")

    expect(page.get_by_text("Water the ferns")).to_be_visible()
    expect(page.get_by_role("button", name="Clear all")).to_be_hidden()


def test_search_results_follow_typing(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    person.add_task("Sweep the hall", description="and the ferns there")
    person.add_task("Pay the rent")
    enter(page, person)
    expect(page.get_by_role("listitem")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("fer")
    expect(page.get_by_role("listitem")).to_have_count(2)
    expect(page).to_have_url("/?q=fer")
    page.keyboard.type("ns water")

    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("Search tasks")).to_have_value("ferns water")
    expect(page.get_by_label("Search tasks")).to_be_focused()


def test_a_late_answer_to_an_earlier_search_is_ignored(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    person.add_task("Pay the rent")
    enter(page, person)
    held = hold_next(page, "**/api/v1/tasks?*q=ferns*")
    with page.expect_request("**/api/v1/tasks?*q=ferns*"):
        page.get_by_label("Search tasks").fill("ferns")
    page.get_by_label("Search tasks").fill("rent")
    expect(page.get_by_role("button", name="Pay the rent", exact=True)).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(1)
    held().continue_()
    page.evaluate(
        "fetch('/health/live').then((answer) => answer.text())"
    )  # answered after the held request

    assert shown(page) == ["Pay the rent"]


def test_the_order_is_kept_in_the_url(page: Page, person: Person) -> None:
    for title in ("Beech", "Ash", "Cedar"):
        person.add_task(title)
    enter(page, person)
    expect(page.get_by_role("listitem").first).to_contain_text("Cedar")
    page.get_by_label("Order").select_option(label="Title")
    expect(page.get_by_role("listitem").first).to_contain_text("Ash")
    expect(page).to_have_url("/?sort=title")

    assert shown(page) == ["Ash", "Beech", "Cedar"]


def test_the_back_button_closes_the_details_and_keeps_the_filters(
    page: Page, person: Person
) -> None:
    person.add_task("Water the ferns", tags=["home"])
    enter(page, person, "/?tag=home")
    page.get_by_role("button", name="Water the ferns", exact=True).click()
    expect(page.get_by_role("dialog", name="Task")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("dialog", name="Task")).to_be_hidden()
    expect(page.get_by_role("button", name="Remove the filter #home")).to_be_visible()


def test_a_pause_after_a_word_keeps_the_space(page: Page, person: Person) -> None:
    person.add_task("Buy milk")
    enter(page, person)
    search = page.get_by_role("searchbox", name="Search")
    search.press_sequentially("buy ")
    expect(page).to_have_url("/?q=buy")
    search.press_sequentially("milk")

    expect(search).to_have_value("buy milk")
    expect(page.get_by_role("button", name="Buy milk", exact=True)).to_be_visible()
