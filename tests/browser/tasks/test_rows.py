"""Changing a task within its row."""

from playwright.sync_api import Page, expect

from tests.support.held_requests import hold_next
from tests.support.people import Console, Person, enter
from tests.support.saved_tasks import wait_for_version
from tests.support.screens import PHONE


def test_a_click_completes_a_task_and_another_reopens_it(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    done = page.get_by_role("checkbox", name="Done: Water the ferns")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        done.click()
    expect(done).to_be_checked()
    assert person.tasks()[0]["status"] == "done"

    with page.expect_response(lambda response: response.request.method == "PATCH"):
        done.click()
    expect(done).not_to_be_checked()
    assert person.tasks()[0]["status"] == "todo"


def test_a_title_is_edited_in_its_place(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_role("button", name="Edit the title: Water the ferns").click()
    page.get_by_label("Title", exact=True).fill("Water all plants")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Water all plants", exact=True)).to_be_focused()
    assert person.tasks()[0]["title"] == "Water all plants"


def test_escape_cancels_an_edit_of_a_title(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_role("button", name="Edit the title: Water the ferns").click()
    page.get_by_label("Title", exact=True).fill("Something else")
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_focused()
    assert person.tasks()[0]["version"] == 1


def test_status_priority_and_tags_are_changed_from_the_row(page: Page, person: Person) -> None:
    person.add_task("Water the ferns", tags=["home"])
    enter(page, person)
    page.get_by_role("button", name="Water the ferns", exact=True).focus()
    page.keyboard.press("s")
    page.get_by_role("radio", name="In progress").click()
    page.keyboard.press("p")
    page.get_by_role("radio", name="High").click()
    page.get_by_role("button", name="Tags: home").click()
    dialog = page.get_by_role("dialog", name="Tags")
    dialog.get_by_role("combobox", name="Tags").fill("garden")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_role("button", name="Tags: home, garden")).to_be_focused()
    expect(page.get_by_role("button", name="Priority: High")).to_be_visible()
    wait_for_version(person, 4)
    [saved] = person.tasks()
    assert saved["status"] == "in_progress"
    assert saved["priority"] == "high"
    assert saved["tags"] == ["home", "garden"]


def test_a_task_is_due_on_a_day_or_at_a_time(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_role("button", name="Due: none").click()
    page.get_by_role("button", name="Tomorrow").click()
    due = page.get_by_role("button", name="Due: Tomorrow", exact=True)
    expect(due).to_be_visible()
    wait_for_version(person, 2)
    assert person.tasks()[0]["due_on"] is not None

    due.click()
    page.get_by_label("Time", exact=True).fill("14:30")
    page.get_by_role("button", name="Set the time").click()
    expect(page.get_by_role("button", name="Due: Tomorrow, 14:30")).to_be_visible()
    wait_for_version(person, 3)
    [saved] = person.tasks()
    assert saved["due_on"] is None
    assert saved["due_at"] is not None

    page.get_by_role("button", name="Due: Tomorrow, 14:30").click()
    page.get_by_role("button", name="No date").click()
    expect(page.get_by_role("button", name="Due: none")).to_be_visible()


def test_an_overdue_task_is_marked(page: Page, person: Person) -> None:
    person.add_task("Pay the rent", due_on="2020-02-29")
    enter(page, person)

    expect(page.get_by_role("button", name="Due: 29 Feb 2020, overdue")).to_be_visible()


def test_a_failed_change_is_undone_and_can_be_retried(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 500")
    person.add_task("Water the ferns")
    enter(page, person)
    held = hold_next(page, "**/api/v1/tasks/*")
    page.get_by_role("button", name="Edit the title: Water the ferns").click()
    page.get_by_label("Title", exact=True).fill("Water all plants")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Water all plants", exact=True)).to_be_visible()
    held().fulfill(status=500, body="")

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_visible()
    expect(page.get_by_text("“Water the ferns” was not changed")).to_be_visible()
    expect(page.get_by_text("Water all plants")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Water all plants", exact=True)).to_be_visible()
    wait_for_version(person, 2)
    assert person.tasks()[0]["title"] == "Water all plants"


def test_a_popover_stays_at_its_button_when_the_screen_changes(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    due = page.get_by_role("button", name="Due").first
    due.click()
    popover = page.get_by_role("dialog")
    expect(popover).to_be_visible()

    page.set_viewport_size(PHONE)

    expect(popover).to_be_in_viewport(ratio=1)
