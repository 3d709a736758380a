"""The details of a task: each change is saved separately."""

from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter
from tests.support.saved_tasks import wait_for_version


def test_a_description_is_saved_when_the_details_are_closed(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_role("button", name="Water the ferns", exact=True).click()
    page.get_by_label("Description").fill("All of them,\nalso in the hall.")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("Escape")

    saved = person.api.get(f"/tasks/{task['id']}").json()
    assert saved["description"] == "All of them,\nalso in the hall."


def test_details_have_a_url(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns", description="All of them", tags=["home"])
    enter(page, person, f"/?task={task['id']}")
    dialog = page.get_by_role("dialog", name="Task")

    expect(dialog.get_by_label("Title")).to_have_value("Water the ferns")
    expect(dialog.get_by_label("Description")).to_have_value("All of them")
    dialog.get_by_role("button", name="Close").click()
    expect(page).to_have_url("/")


def test_every_field_can_be_changed(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter(page, person, f"/?task={task['id']}")
    dialog = page.get_by_role("dialog", name="Task")
    dialog.get_by_label("Title").fill("Water all plants")
    dialog.get_by_label("Status").select_option(label="In progress")
    dialog.get_by_label("Priority").select_option(label="Urgent")
    dialog.get_by_role("button", name="Due: No date").click()
    page.get_by_role("button", name="Today").click()
    expect(dialog.get_by_role("button", name="Due: Today")).to_be_focused()
    dialog.get_by_role("combobox", name="Tags").fill("home")
    page.keyboard.press("Enter")
    dialog.get_by_label("Description").fill("All of them")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Tags: home")).to_be_visible()
    wait_for_version(person, 7)

    saved = person.api.get(f"/tasks/{task['id']}").json()
    assert saved["title"] == "Water all plants"
    assert saved["status"] == "in_progress"
    assert saved["priority"] == "urgent"
    assert saved["due_on"] is not None
    assert saved["tags"] == ["home"]
    assert saved["description"] == "All of them"


def test_a_missing_task_is_reported(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 404")
    enter(page, person, "/?task=0199f0a0-0000-7000-8000-000000000000")

    expect(page.get_by_role("dialog", name="Task").get_by_role("alert")).to_be_visible()


def test_a_pause_while_typing_loses_no_text(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter(page, person, f"/?task={task['id']}")
    description = page.get_by_label("Description")
    description.press_sequentially("All of them,")
    description.press("Enter")
    wait_for_version(person, 2)
    description.press_sequentially("also in the hall.")
    expect(description).to_have_value("All of them,\nalso in the hall.")
    wait_for_version(person, 3)

    saved = person.api.get(f"/tasks/{task['id']}").json()
    assert saved["description"] == "All of them,\nalso in the hall."
