"""Pages without a network: each says so, and loaded data stays readable."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.contexts import needs
from tests.support.people import Console, Person, enter

pytestmark = needs("tasks")

NOTICE = "You are offline. What you see may be old"


def visit(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


def check_stays_readable(page: Page, name: str, content: Locator) -> None:
    """Check that content stays readable, even after a visit to another page."""
    visit(page, name)
    expect(content).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    expect(content).to_be_visible()
    visit(page, "Tasks")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    visit(page, name)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    expect(content).to_be_visible()


@pytest.fixture(autouse=True)
def refused_connections(console: Console) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")


def test_the_trash_stays_readable(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    person.api.delete(f"/tasks/{task['id']}").raise_for_status()
    enter(page, person)
    check_stays_readable(page, "Trash", page.get_by_text("Water the ferns"))


def test_statistics_stay_readable(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    chart = page.get_by_role("region", name="Created and completed", exact=True)
    check_stays_readable(page, "Statistics", chart)

    page.get_by_text("90 days").click()
    expect(page.get_by_text("You are offline", exact=True)).to_be_visible()
    expect(chart).to_have_count(0)
    page.context.set_offline(False)
    expect(chart).to_be_visible()


def test_users_stay_readable(page: Page, admin: Person) -> None:
    enter(page, admin)
    check_stays_readable(page, "Users", page.get_by_role("table"))

    page.get_by_label("Search users").fill("nobody at all")
    expect(page.get_by_text("You are offline", exact=True)).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Nobody matches")).to_be_visible()


def test_the_audit_trail_stays_readable(page: Page, admin: Person) -> None:
    enter(page, admin)
    check_stays_readable(page, "Audit trail", page.get_by_role("table"))

    page.get_by_label("Event").fill("nothing.of.the.kind")
    page.get_by_label("Event").press("Enter")
    expect(page.get_by_text("You are offline", exact=True)).to_be_visible()


def test_the_board_stays_readable(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person, "/?view=board")
    card = page.get_by_role("region", name="To do").get_by_role("button", name="Water the ferns")
    expect(card).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    visit(page, "Trash")
    page.go_back()
    expect(card).to_be_visible()

    page.get_by_label("Search tasks").fill("peas")
    expect(page.get_by_text("You are offline", exact=True)).to_have_count(3)
    page.context.set_offline(False)
    expect(page.get_by_text("Nothing here")).to_have_count(3)
