"""What opens around every page, by axe and on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.contexts import needs
from tests.support.people import Console, Person, enter
from tests.support.screens import PHONE


def test_the_account_menu_is_read_by_everybody(screen: Page, person: Person) -> None:
    enter(screen, person)
    screen.get_by_role("button", name="Account of").click()
    expect(screen.get_by_role("menuitem", name="Sign out")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


@needs("tasks")
def test_the_navigation_is_read_by_everybody(screen: Page, admin: Person) -> None:
    enter(screen, admin)
    if screen.viewport_size == PHONE:
        screen.get_by_role("button", name="Navigation").click()
    screen.get_by_role("link", name="Tasks").hover()

    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_a_lost_network_is_read_by_everybody(
    screen: Page, person: Person, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    enter(screen, person)
    expect(screen.get_by_text("Nothing to do")).to_be_visible()
    screen.context.set_offline(True)
    screen.get_by_text("You are offline.").click(trial=True)
    screen.get_by_label("New task").fill("Sweep the hall")
    screen.get_by_label("New task").press("Enter")
    expect(screen.get_by_label("Saving")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


@needs("tasks")
def test_an_error_is_read_by_everybody(screen: Page, person: Person, console: Console) -> None:
    console.expect("status of 500")
    screen.route("**/api/v1/tasks?*", lambda route: route.fulfill(status=500, body=""))
    enter(screen, person)
    expect(screen.get_by_role("alert")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_who_wants_less_motion_sees_a_menu_at_once(page: Page, person: Person) -> None:
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
