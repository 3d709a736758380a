"""Another user changes the row that is being edited."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.people import Console, Person, enter
from tests.support.saved_tasks import wait_for_version
from tests.support.screens import OpenBrowser

pytestmark = needs("tasks")


@pytest.fixture
def sent(page: Page) -> list[str]:
    """The methods of all requests that the page sends."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    return sent


def edit_title(page: Page, person: Person, title: str) -> Locator:
    """Open the list and begin to edit the title of a row."""
    enter(page, person)
    wait_until_live(page)
    page.get_by_role("button", name=title, exact=True).focus()
    page.keyboard.press("e")
    return page.get_by_label("Title", exact=True)


def conflict_in(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Somebody else has changed this task")


def test_two_people_who_rename_a_task_see_the_conflict_while_typing(
    page: Page, open_browser: OpenBrowser, person: Person, sent: list[str]
) -> None:
    person.add_task("Water the ferns")
    other = open_browser().new_page()
    edit_title(page, person, "Water the ferns").fill("Water the ferns twice")
    edit_title(other, person, "Water the ferns").fill("Water all plants")
    other.keyboard.press("Enter")

    conflict = conflict_in(page)
    expect(conflict.get_by_role("radio", name="Yours: Water the ferns twice")).to_be_checked()
    expect(conflict.get_by_role("radio", name="Theirs: Water all plants")).to_be_visible()
    assert "PATCH" not in sent
    conflict.get_by_role("button", name="Save").click()
    expect(conflict).to_be_hidden()
    expect(page.get_by_role("button", name="Water the ferns twice", exact=True)).to_be_focused()
    expect(other.get_by_role("button", name="Water the ferns twice", exact=True)).to_be_visible()
    assert person.tasks()[0]["title"] == "Water the ferns twice"


def test_their_title_can_be_kept(page: Page, person: Person, sent: list[str]) -> None:
    task = person.add_task("Water the ferns")
    edit_title(page, person, "Water the ferns").fill("Mine")
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Theirs"}).raise_for_status()
    conflict_in(page).get_by_role("button", name="Keep theirs").click()

    expect(page.get_by_role("button", name="Theirs", exact=True)).to_be_focused()
    assert "PATCH" not in sent
    assert person.tasks()[0]["title"] == "Theirs"


def test_an_unedited_title_is_updated(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    title = edit_title(page, person, "Water the ferns")
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Theirs"}).raise_for_status()
    expect(title).to_have_value("Theirs")
    expect(title).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Theirs", exact=True)).to_be_focused()
    assert person.tasks()[0]["version"] == 2


def test_a_change_of_another_field_is_no_conflict(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    title = edit_title(page, person, "Water the ferns")
    title.fill("Mine")
    person.api.patch(f"/tasks/{task['id']}", json={"priority": "high"}).raise_for_status()
    expect(page.get_by_role("button", name="Priority: High")).to_be_visible()
    title.press("Enter")

    expect(page.get_by_role("button", name="Mine", exact=True)).to_be_focused()
    wait_for_version(person, 3)
    [saved] = person.tasks()
    assert (saved["title"], saved["priority"]) == ("Mine", "high")


def test_a_row_that_moves_out_of_sight_keeps_the_typed_title(page: Page, person: Person) -> None:
    drafts = [{"op": "create", "task": {"title": f"Task {number:03}"}} for number in range(45)]
    person.api.post("/tasks/bulk", json={"operations": drafts}).raise_for_status()
    task = next(task for task in person.tasks() if task["title"] == "Task 005")
    enter(page, person, "/?sort=title")
    wait_until_live(page)
    page.get_by_role("button", name="Task 005", exact=True).focus()
    page.keyboard.press("e")
    title = page.get_by_label("Title", exact=True)
    title.fill("Mine")
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Zebra"}).raise_for_status()

    expect(conflict_in(page).get_by_role("radio", name="Yours: Mine")).to_be_checked()
    expect(conflict_in(page).get_by_role("radio", name="Theirs: Zebra")).to_be_visible()


def test_a_title_typed_for_a_deleted_task_is_not_lost(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 404")
    task = person.add_task("Water the ferns")
    person.add_task("Sweep the hall")
    edit_title(page, person, "Water the ferns").fill("Water all plants")
    person.api.delete(f"/tasks/{task['id']}").raise_for_status()

    expect(page.get_by_text("“Water the ferns” was not changed")).to_be_visible()
    expect(page.get_by_text("Water all plants")).to_be_visible()


def test_tags_set_by_two_people_are_a_conflict(page: Page, person: Person, sent: list[str]) -> None:
    task = person.add_task("Water the ferns", tags=["home"])
    enter(page, person)
    wait_until_live(page)
    page.get_by_role("button", name="Tags: home").click()
    dialog = page.get_by_role("dialog", name="Tags")
    dialog.get_by_role("combobox", name="Tags").fill("garden")
    page.keyboard.press("Enter")
    person.api.patch(f"/tasks/{task['id']}", json={"tags": ["home", "june"]}).raise_for_status()

    conflict = conflict_in(page)
    expect(conflict.get_by_role("radio", name="Yours: home, garden")).to_be_checked()
    assert "PATCH" not in sent
    conflict.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Tags: home, garden")).to_be_visible()
    wait_for_version(person, 3)
