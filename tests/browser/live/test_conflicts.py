"""Another user changes a task whose details are open."""

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.people import Console, Person, enter
from tests.support.processes.server import wait_for

pytestmark = needs("tasks")

FARTHEST = 3_000
"""The number of letters typed before the test gives up."""


def open_details(page: Page, person: Person) -> str:
    """Open the details of a new task; returns its id."""
    task = person.add_task("Water the ferns", description="Twice")
    page.clock.install()
    enter(page, person, f"/?task={task['id']}")
    wait_until_live(page)
    expect(page.get_by_label("Description")).to_have_value("Twice")
    return str(task["id"])


def test_a_conflict_appears_before_saving(page: Page, person: Person) -> None:
    task_id = open_details(page, person)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    field = page.get_by_label("Description")
    dialog = page.get_by_role("dialog", name="Somebody else has changed this task")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    field.press("End")
    field.press(",")
    person.api.patch(f"/tasks/{task_id}", json={"description": "Theirs"}).raise_for_status()
    for _ in range(FARTHEST):  # without a pause, in which it would be saved
        if dialog.is_visible():
            break
        page.keyboard.type("x")
        page.clock.run_for(100)
    page.clock.resume()

    expect(dialog.get_by_role("radio", name="Theirs: Theirs")).to_be_visible()
    expect(dialog.get_by_role("radio", name="Yours: Twice,x")).to_be_checked()
    assert "PATCH" not in sent
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    wait_for(
        lambda: person.tasks()[0]["description"].startswith("Twice,x"), "the choice to be saved"
    )


def test_a_change_of_another_field_is_no_conflict(page: Page, person: Person) -> None:
    task_id = open_details(page, person)
    field = page.get_by_label("Description")
    field.fill("Three times")
    person.api.patch(f"/tasks/{task_id}", json={"priority": "high"}).raise_for_status()
    expect(page.get_by_label("Priority", exact=True)).to_have_value("high")
    page.get_by_label("Title", exact=True).focus()

    wait_for(lambda: person.tasks()[0]["description"] == "Three times", "the text to be saved")
    expect(page.get_by_role("dialog", name="Somebody else")).to_be_hidden()
    assert person.tasks()[0]["priority"] == "high"


def test_details_show_changes_by_another_user(page: Page, person: Person) -> None:
    task_id = open_details(page, person)
    change = {"title": "Water all plants", "status": "in_progress"}
    person.api.patch(f"/tasks/{task_id}", json=change).raise_for_status()

    expect(page.get_by_label("Title", exact=True)).to_have_value("Water all plants")
    expect(page.get_by_label("Status", exact=True)).to_have_value("in_progress")


def test_details_report_a_deletion_by_another_user(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 404")
    task_id = open_details(page, person)
    person.api.delete(f"/tasks/{task_id}").raise_for_status()

    expect(page.get_by_role("dialog", name="Task").get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Description")).to_be_hidden()
