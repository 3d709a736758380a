"""Accessibility of tasks and their dialogs: checked by axe, also on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of, on_each_screen
from tests.support.live_pages import disable_feed
from tests.support.people import Console, Person, enter


@pytest.fixture
def owner(person: Person) -> Person:
    """A person with tasks of each appearance."""
    person.add_task("Order coffee", status="done", tags=["home"])
    person.add_task("Review the design", status="in_progress", priority="urgent")
    person.add_task(
        "Renew the certificate",
        due_on="2026-01-31",
        tags=["ops", "release", "a-longer-tag-than-most", "night"],
    )
    return person


@pytest.mark.parametrize("path", ["/", "/?view=board"])
def test_tasks_are_accessible(page: Page, owner: Person, path: str) -> None:
    enter(page, owner, path)
    expect(page.get_by_text("Renew the certificate")).to_be_visible()

    assert faults_of(page) == []


def test_a_task_s_details_are_accessible(page: Page, owner: Person) -> None:
    task = owner.tasks()[0]
    enter(page, owner, f"/?task={task['id']}")
    expect(page.get_by_role("dialog").get_by_text("Description")).to_be_visible()

    assert faults_of(page) == []


def test_the_choice_of_a_day_is_accessible(page: Page, owner: Person) -> None:
    enter(page, owner)
    # an open popover stays where its button was
    for screen in on_each_screen(page):
        page.get_by_role("button", name="Due").first.click()
        expect(page.get_by_role("button", name="Tomorrow")).to_be_visible()
        assert faults_of(page, screen) == []
        page.keyboard.press("Escape")


def test_statistics_are_accessible(page: Page, owner: Person) -> None:
    enter(page, owner, "/stats")
    expect(page.get_by_role("region", name="Open and done", exact=True)).to_be_visible()
    page.get_by_text("Figures").first.click()
    expect(page.get_by_role("row").first).to_be_visible()

    assert faults_of(page) == []


@pytest.mark.parametrize("button", ["Priority", "Tags", "Filter"])
def test_a_popover_is_accessible(page: Page, owner: Person, button: str) -> None:
    enter(page, owner)
    # an open popover stays where its button was
    for screen in on_each_screen(page):
        page.get_by_role("button", name=button).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults_of(page, screen) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("button", ["Status", "Due date", "Tags"])
def test_a_change_of_several_tasks_is_accessible(page: Page, owner: Person, button: str) -> None:
    enter(page, owner)
    page.get_by_role("checkbox", name="Select: Order coffee").click()
    bar = page.get_by_role("region", name="Selected tasks")
    # an open popover stays where its button was
    for screen in on_each_screen(page):
        bar.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults_of(page, screen) == []
        page.keyboard.press("Escape")


def test_an_import_is_accessible(page: Page, owner: Person, console: Console) -> None:
    console.expect("status of 422")
    enter(page, owner)
    page.get_by_role("button", name="Import and export").click()
    expect(page.get_by_role("menuitem", name="Export all as CSV")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("menuitem", name="Import from a file").click()
    chooser = page.locator("input[type=file]")
    for text, shown in (
        (b"title\nBuy oil\n", "Import 1 task"),
        (b"title,status\nGood,todo\nBad,someday\n,todo\n", "2 of 3 tasks are not valid"),
    ):
        chooser.set_input_files({"name": "t.csv", "mimeType": "text/csv", "buffer": text})
        expect(page.get_by_text(shown)).to_be_visible()
        assert faults_of(page) == []


def test_a_conflict_is_accessible(page: Page, owner: Person, console: Console) -> None:
    console.expect("status of 412|status of 404")
    disable_feed(page)
    task = owner.tasks()[0]
    enter(page, owner, f"/?task={task['id']}")
    title = page.get_by_role("dialog").get_by_label("Title")
    expect(title).to_be_visible()
    owner.api.patch(f"/tasks/{task['id']}", json={"title": "Theirs"}).raise_for_status()
    title.fill("Mine")
    title.press("Tab")
    expect(page.get_by_role("radio", name="Theirs: Theirs")).to_be_visible()

    assert faults_of(page) == []


def test_undoing_a_deletion_and_the_trash_are_accessible(page: Page, owner: Person) -> None:
    enter(page, owner)
    page.get_by_role("button", name="Order coffee", exact=True).focus()
    page.keyboard.press("Delete")
    page.get_by_role("alert").hover()  # or it disappears after some seconds
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert faults_of(page) == []
    page.goto("/trash")
    page.get_by_role("button", name="Empty the trash").click()
    expect(page.get_by_role("button", name="Delete for good")).to_be_visible()

    assert faults_of(page) == []
