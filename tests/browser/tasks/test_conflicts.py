"""Two people, or two tabs, edit one task and see the conflict on saving: no update is lost."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.held_requests import hold_next
from tests.support.live_pages import disable_feed
from tests.support.people import Console, Person, enter
from tests.support.saved_tasks import wait_for_version
from tests.support.screens import OpenBrowser


@pytest.fixture
def page(page: Page, console: Console) -> Page:
    console.expect("status of 404")
    disable_feed(page)
    return page


def rename(page: Page, title: str, new: str) -> None:
    page.get_by_role("button", name=title, exact=True).focus()
    page.keyboard.press("e")
    page.get_by_label("Title", exact=True).fill(new)
    page.keyboard.press("Enter")


def conflict_in(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Somebody else has changed this task")


def test_both_versions_are_shown_for_a_choice_of_each_field(
    page: Page, open_browser: OpenBrowser, person: Person, console: Console
) -> None:
    console.expect("status of 412")
    task = person.add_task("Water the ferns")
    other = open_browser().new_page()
    for screen in (page, other):
        enter(screen, person)
        expect(screen.get_by_text("Water the ferns")).to_be_visible()
    rename(other, "Water the ferns", "Water all plants")
    wait_for_version(person, 2)
    person.api.patch(f"/tasks/{task['id']}", json={"priority": "high"}).raise_for_status()

    rename(page, "Water the ferns", "Water the ferns twice")
    dialog = conflict_in(page)
    expect(dialog.get_by_role("radio", name="Yours: Water the ferns twice")).to_be_checked()
    expect(dialog.get_by_role("radio", name="Theirs: Water all plants")).not_to_be_checked()
    expect(dialog.get_by_role("radio", name="Theirs: High")).to_be_checked()
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Water the ferns twice", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Priority: High")).to_be_visible()
    wait_for_version(person, 4)
    [saved] = person.tasks()
    assert (saved["title"], saved["priority"]) == ("Water the ferns twice", "high")


def test_theirs_can_be_kept(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 412")
    task = person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Theirs"}).raise_for_status()
    rename(page, "Water the ferns", "Mine")
    conflict_in(page).get_by_role("button", name="Keep theirs").click()

    expect(page.get_by_role("button", name="Theirs", exact=True)).to_be_visible()
    assert person.tasks()[0]["title"] == "Theirs"


def test_typing_over_a_newer_version_is_a_conflict(page: Page, person: Person) -> None:
    """The list loads the newer version while the user types over the older one."""
    task = person.add_task("Water the ferns")
    page.clock.install()
    enter(page, person)
    page.get_by_role("button", name="Water the ferns", exact=True).focus()
    page.keyboard.press("e")
    page.get_by_label("Title", exact=True).fill("Mine")
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Theirs"}).raise_for_status()
    page.clock.fast_forward("00:30")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")

    expect(conflict_in(page).get_by_role("radio", name="Theirs: Theirs")).to_be_visible()
    assert person.tasks()[0]["title"] == "Theirs"


def test_a_retry_after_a_lost_answer_is_no_conflict(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412|ERR_FAILED")
    person.add_task("Water the ferns")
    enter(page, person)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/tasks/*", lose_the_answer, times=1)
    with (
        page.expect_response(lambda response: response.request.method == "GET"),
        page.expect_response(lambda response: response.status == 412),
    ):
        rename(page, "Water the ferns", "Water all plants")
    expect(page.get_by_role("button", name="Water all plants", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="Done: Water all plants").click()

    expect(page.get_by_role("checkbox", name="Done: Water all plants")).to_be_checked()
    expect(conflict_in(page)).to_be_hidden()
    assert person.tasks()[0]["title"] == "Water all plants"


def test_a_user_s_own_quick_changes_are_no_conflict(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    done = page.get_by_role("checkbox", name="Done: Water the ferns")
    for _ in range(5):
        done.click()
    page.keyboard.press("p")
    page.get_by_role("radio", name="Urgent").click()
    expect(page.get_by_role("button", name="Priority: Urgent")).to_be_visible()
    rename(page, "Water the ferns", "Water all plants")

    expect(page.get_by_role("checkbox", name="Done: Water all plants")).to_be_checked()
    wait_for_version(person, 8)
    [saved] = person.tasks()
    assert (saved["status"], saved["priority"]) == ("done", "urgent")
    assert saved["title"] == "Water all plants"
    assert saved["version"] == 8


def test_each_of_two_conflicts_offers_its_own_change(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412|ERR_INTERNET_DISCONNECTED")
    task = person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_role("checkbox", name="Done: Water the ferns").wait_for()
    held = hold_next(page, f"**/api/v1/tasks/{task['id']}")
    page.get_by_role("checkbox", name="Done: Water the ferns").click()
    rename(page, "Water the ferns", "Mine")
    theirs = {"title": "Theirs", "status": "in_progress"}
    person.api.patch(f"/tasks/{task['id']}", json=theirs).raise_for_status()
    held().continue_()

    dialog = conflict_in(page)
    expect(dialog.get_by_role("radio", name="Yours: Done")).to_be_visible()
    dialog.get_by_role("button", name="Keep theirs").click()
    expect(dialog.get_by_role("radio", name="Yours: Mine")).to_be_checked()
    dialog.get_by_role("button", name="Save").click()
    wait_for_version(person, 3)
    [saved] = person.tasks()
    assert (saved["title"], saved["status"]) == ("Mine", "in_progress")
