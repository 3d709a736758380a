"""Several tasks at once: selecting, changing, deleting and undoing."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.live_pages import disable_feed
from tests.support.people import Console, Person, enter
from tests.support.screens import PHONE

TITLES = ["Five", "Four", "Three", "Two", "One"]
"""In the order of the list, newest first."""


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Tasks").get_by_role("listitem")


def row(page: Page, title: str) -> Locator:
    return rows(page).filter(has_text=title)


def select(page: Page, *names: str) -> Locator:
    for name in names:
        page.get_by_role("checkbox", name=f"Select: {name}").click()
    bar = page.get_by_role("region", name="Selected tasks")
    expect(bar).to_be_visible()
    return bar


def by_title(person: Person) -> dict[str, dict[str, object]]:
    return {task["title"]: task for task in person.tasks()}


@pytest.fixture
def without_feed(page: Page) -> None:
    disable_feed(page)


@pytest.fixture
def tasks(page: Page, person: Person) -> Page:
    for title in reversed(TITLES):
        person.add_task(title, tags=["old"])
    enter(page, person)
    expect(row(page, "Five")).to_be_visible()
    return page


def test_a_range_is_selected_and_changed(tasks: Page, person: Person) -> None:
    select(tasks, "Four")
    tasks.get_by_role("checkbox", name="Select: Two").click(modifiers=["Shift"])
    bar = tasks.get_by_role("region", name="Selected tasks")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Status").click()
    tasks.get_by_role("radio", name="Done").click()

    for title in ["Four", "Three", "Two"]:
        expect(row(tasks, title).get_by_role("checkbox", name="Done:")).to_be_checked()
    expect(row(tasks, "Five").get_by_role("checkbox", name="Done:")).not_to_be_checked()
    changed = {title for title, task in by_title(person).items() if task["status"] == "done"}
    assert changed == {"Four", "Three", "Two"}


def test_priority_due_date_and_tags_are_changed(tasks: Page, person: Person) -> None:
    bar = select(tasks, "One", "Two")
    bar.get_by_role("button", name="Priority").click()
    tasks.get_by_role("radio", name="Urgent").click()
    expect(row(tasks, "One").get_by_role("button", name="Priority: Urgent")).to_be_visible()
    bar.get_by_role("button", name="Due date").click()
    tasks.get_by_role("button", name="Tomorrow").click()
    expect(row(tasks, "One").get_by_role("button", name="Due: Tomorrow")).to_be_visible()
    for action, tag in [("Add", "garden"), ("Remove", "old")]:
        bar.get_by_role("button", name="Tags").click()
        dialog = tasks.get_by_role("dialog", name="Tags of 2 tasks")
        dialog.get_by_role("combobox", name="Tags").fill(tag)
        tasks.keyboard.press("Enter")
        dialog.get_by_role("button", name=action).click()
        expect(dialog).to_have_count(0)
        expect(bar.get_by_role("button", name="Tags")).to_be_enabled()
    expect(row(tasks, "One").get_by_role("button", name="Tags: garden")).to_be_visible()

    one, three = by_title(person)["One"], by_title(person)["Three"]
    assert (one["priority"], one["tags"]) == ("urgent", ["garden"])
    assert one["due_on"] is not None
    assert (three["priority"], three["tags"], three["due_on"]) == ("none", ["old"], None)


def test_all_tasks_are_selected_and_deselected(tasks: Page) -> None:
    bar = select(tasks, "One")
    bar.get_by_role("button", name="Select all").click()
    expect(bar).to_contain_text("5 selected")
    bar.get_by_role("button", name="Status").click()
    tasks.get_by_role("dialog").press("Escape")
    expect(tasks.get_by_role("dialog")).to_have_count(0)
    expect(bar).to_contain_text("5 selected")
    tasks.keyboard.press("Escape")

    expect(bar).to_have_count(0)


def test_tasks_are_selected_and_deleted_by_keyboard(tasks: Page, person: Person) -> None:
    tasks.get_by_role("button", name="Four", exact=True).focus()
    tasks.keyboard.press("v")
    tasks.keyboard.press("ArrowDown")
    expect(tasks.get_by_role("button", name="Three", exact=True)).to_be_focused()
    tasks.keyboard.press("Shift+v")
    expect(tasks.get_by_role("region", name="Selected tasks")).to_contain_text("2 selected")
    tasks.keyboard.press("Delete")

    expect(tasks.get_by_text("2 tasks are in the trash")).to_be_visible()
    expect(tasks.get_by_role("button", name="Two", exact=True)).to_be_focused()
    assert set(by_title(person)) == {"Five", "Two", "One"}


def test_keys_work_while_the_bar_is_loading(page: Page, person: Person) -> None:
    page.add_init_script("window.requestIdleCallback = () => 0")  # nothing is preloaded
    page.route("**/assets/BulkBar*.js", lambda route: None)
    for title in ("Cedar", "Beech"):
        person.add_task(title)
    enter(page, person)
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("j")

    expect(page.get_by_role("button", name="Cedar", exact=True)).to_be_focused()


def test_selected_tasks_are_changed_by_keyboard(tasks: Page, person: Person) -> None:
    tasks.get_by_role("button", name="Four", exact=True).focus()
    tasks.keyboard.press("v")
    tasks.keyboard.press("j")
    tasks.keyboard.press("v")
    bar = tasks.get_by_role("region", name="Selected tasks")
    expect(bar).to_contain_text("2 selected")
    tasks.keyboard.press("p")
    expect(tasks.get_by_role("radio", checked=True)).to_be_focused()
    tasks.keyboard.press("ArrowUp")
    tasks.keyboard.press("Enter")
    expect(row(tasks, "Four").get_by_role("button", name="Priority: Low")).to_be_visible()
    expect(bar.get_by_role("button", name="Tags")).to_be_enabled()
    tasks.keyboard.press("t")
    expect(tasks.get_by_role("combobox", name="Tags")).to_be_focused()
    tasks.keyboard.type("garden")
    tasks.keyboard.press("Enter")
    tasks.keyboard.press("Tab")
    tasks.keyboard.press("Enter")
    expect(row(tasks, "Three").get_by_role("button", name="Tags: old, garden")).to_be_visible()
    expect(bar.get_by_role("button", name="Tags")).to_be_enabled()
    tasks.keyboard.press("d")
    expect(tasks.get_by_role("button", name="Today")).to_be_focused()
    tasks.keyboard.press("Enter")
    expect(row(tasks, "Three").get_by_role("button", name="Due: Today")).to_be_visible()

    changed = {title for title, task in by_title(person).items() if task["due_on"] is not None}
    assert changed == {"Four", "Three"}


def test_undo_restores_a_deleted_task_to_its_place(tasks: Page, person: Person) -> None:
    row(tasks, "Three").hover()
    tasks.get_by_role("button", name="Delete: Three").click()
    expect(row(tasks, "Three")).to_have_count(0)
    expect(tasks.get_by_text("“Three” is in the trash")).to_be_visible()
    assert "Three" not in by_title(person)
    tasks.get_by_role("button", name="Undo").click()

    expect(row(tasks, "Three")).to_be_visible()
    expect(rows(tasks).nth(2)).to_contain_text("Three")
    assert "Three" in by_title(person)
    # it has its new version, so it can be changed immediately
    with tasks.expect_response(lambda response: response.request.method == "PATCH"):
        row(tasks, "Three").get_by_role("checkbox", name="Done:").click()
    tasks.reload()
    expect(row(tasks, "Three").get_by_role("checkbox", name="Done:")).to_be_checked()


def test_undo_restores_several_deleted_tasks(tasks: Page, person: Person) -> None:
    bar = select(tasks, "Five", "Three", "One")
    bar.get_by_role("button", name="Delete").click()
    expect(tasks.get_by_text("3 tasks are in the trash")).to_be_visible()
    expect(rows(tasks)).to_have_count(2)
    tasks.get_by_role("button", name="Undo").click()

    expect(rows(tasks)).to_have_count(5)
    for place, title in enumerate(TITLES):
        expect(rows(tasks).nth(place)).to_contain_text(title)
    assert set(by_title(person)) == set(TITLES)


def test_a_task_is_deleted_from_its_details(tasks: Page, person: Person) -> None:
    tasks.get_by_role("button", name="Three", exact=True).click()
    tasks.get_by_role("dialog", name="Task").get_by_role("button", name="Delete").click()

    expect(tasks.get_by_text("“Three” is in the trash")).to_be_visible()
    expect(tasks.get_by_role("dialog")).to_have_count(0)
    expect(row(tasks, "Three")).to_have_count(0)


@pytest.mark.usefixtures("without_feed")
def test_a_conflict_is_shown_on_its_row_and_changes_nothing(
    tasks: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412|status of 404")
    two = by_title(person)["Two"]
    person.api.patch(f"/tasks/{two['id']}", json={"priority": "low"}).raise_for_status()
    bar = select(tasks, "Three", "Two", "One")
    bar.get_by_role("button", name="Status").click()
    tasks.get_by_role("radio", name="Done").click()

    expect(tasks.get_by_text("Nothing was changed")).to_be_visible()
    expect(row(tasks, "Two").get_by_role("alert")).to_have_text(
        "Somebody else has changed it since you saw it."
    )
    expect(row(tasks, "Two").get_by_role("button", name="Priority: Low")).to_be_visible()
    assert {task["status"] for task in person.tasks()} == {"todo"}

    # the other user's change is visible now, so the same change is no conflict
    bar.get_by_role("button", name="Status").click()
    tasks.get_by_role("radio", name="Done").click()
    expect(row(tasks, "Two").get_by_role("checkbox", name="Done:")).to_be_checked()
    expect(row(tasks, "Two").get_by_role("alert")).to_have_count(0)


@pytest.mark.usefixtures("without_feed")
def test_a_task_changed_by_another_user_is_not_deleted(
    tasks: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412|status of 404")
    two = by_title(person)["Two"]
    person.api.patch(f"/tasks/{two['id']}", json={"priority": "low"}).raise_for_status()
    row(tasks, "Two").hover()
    tasks.get_by_role("button", name="Delete: Two").click()

    expect(tasks.get_by_text("Nothing was deleted")).to_be_visible()
    expect(row(tasks, "Two").get_by_role("alert")).to_be_visible()
    assert "Two" in by_title(person)


def test_a_notification_does_not_cover_the_bar_on_a_phone(tasks: Page) -> None:
    tasks.set_viewport_size(PHONE)
    row(tasks, "Five").get_by_role("button", name="Five", exact=True).focus()
    tasks.keyboard.press("Delete")
    expect(tasks.get_by_role("button", name="Undo")).to_be_visible()
    bar = select(tasks, "One")

    for name in ("Status", "Delete", "Clear the selection"):
        bar.get_by_role("button", name=name).click(trial=True)
