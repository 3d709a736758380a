"""Without a network, loaded data stays readable, and writes wait."""

from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter
from tests.support.saved_tasks import wait_for_version


def test_loaded_tasks_stay_readable_and_writes_wait(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_text("You are offline.").click(trial=True)  # in sight, below the header
    expect(page.get_by_text("Water the ferns")).to_be_visible()

    page.get_by_label("New task").fill("Sweep the hall")
    page.get_by_label("New task").press("Enter")
    expect(page.get_by_label("Saving")).to_be_visible()
    page.get_by_role("checkbox", name="Done: Water the ferns").click()
    expect(page.get_by_role("checkbox", name="Done: Water the ferns")).to_be_checked()
    assert [task["title"] for task in person.tasks()] == ["Water the ferns"]

    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    expect(page.get_by_role("button", name="Sweep the hall", exact=True)).to_be_enabled()
    wait_for_version(person, 2)
    assert [(task["title"], task["status"]) for task in person.tasks()] == [
        ("Sweep the hall", "todo"),
        ("Water the ferns", "done"),
    ]


def test_a_list_that_cannot_load_says_why(page: Page, person: Person, console: Console) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Order").select_option(label="Title")

    expect(page.get_by_text("You are offline", exact=True)).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Water the ferns")).to_be_visible()


def test_an_error_is_shown_and_can_be_retried(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 500")
    person.add_task("Water the ferns")
    page.route("**/api/v1/tasks?*", lambda route: route.fulfill(status=500, body=""))
    enter(page, person)
    expect(page.get_by_text("This could not be loaded")).to_be_visible()
    page.unroute("**/api/v1/tasks?*")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("Water the ferns")).to_be_visible()
