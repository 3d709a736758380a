"""Accessibility of the parts around every page: checked by axe, also on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
from tests.support.people import Console, Person, enter
from tests.support.screens import PHONE


def test_the_account_menu_is_accessible(page: Page, person: Person) -> None:
    enter(page, person)
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()

    assert faults_of(page) == []


@needs("tasks")
def test_the_navigation_is_accessible(page: Page, admin: Person) -> None:
    enter(page, admin)
    page.get_by_role("link", name="Tasks").hover()
    assert faults_of(page, "desktop") == []

    # it opens only on a phone, and the change of width moves the pointer off the link
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("link", name="Tasks").hover()
    assert faults_of(page, "phone") == []


def test_an_offline_page_is_accessible(page: Page, person: Person, console: Console) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_text("You are offline.").click(trial=True)
    page.get_by_label("New task").fill("Sweep the hall")
    page.get_by_label("New task").press("Enter")
    expect(page.get_by_label("Saving")).to_be_visible()

    assert faults_of(page) == []


@needs("tasks")
def test_an_error_is_accessible(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 500")
    page.route("**/api/v1/tasks?*", lambda route: route.fulfill(status=500, body=""))
    enter(page, person)
    expect(page.get_by_role("alert")).to_be_visible()

    assert faults_of(page) == []


def test_a_menu_opens_without_motion_if_less_motion_is_preferred(
    page: Page, person: Person
) -> None:
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    page.evaluate(
        """() => {
            window.moved = 0
            addEventListener("transitionrun", () => (window.moved += 1), true)
        }"""
    )
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Sign out")).to_have_count(0)

    assert page.evaluate("window.moved") == 0
