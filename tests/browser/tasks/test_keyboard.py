"""The list by keyboard alone; the focus is never lost."""

from playwright.sync_api import Page, expect

from tests.support.held_requests import hold_next
from tests.support.people import Person, enter


def test_keys_move_between_rows_and_act_on_them(page: Page, person: Person) -> None:
    for title in ("Cedar", "Beech", "Ash"):
        person.add_task(title)
    enter(page, person)
    expect(page.get_by_role("listitem")).to_have_count(3)
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Ash", exact=True)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Beech", exact=True)).to_be_focused()
    page.keyboard.press("x")

    expect(page.get_by_role("checkbox", name="Done: Beech")).to_be_checked()
    expect(page.get_by_role("button", name="Beech", exact=True)).to_be_focused()


def test_enter_opens_the_details_and_the_focus_returns(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Task")
    expect(dialog.get_by_label("Title")).to_have_value("Water the ferns")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_focused()


def test_a_popover_returns_the_focus(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.get_by_role("radio", name="No priority")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Priority: Low")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="Today")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Due: none")).to_be_focused()


def test_keys_pressed_before_a_popover_loads_change_nothing(page: Page, person: Person) -> None:
    page.add_init_script("window.requestIdleCallback = () => 0")  # nothing is preloaded
    held = hold_next(page, "**/assets/RowPopover*.js")
    person.add_task("Water the ferns")
    enter(page, person)
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("j")
    with page.expect_request("**/assets/RowPopover*.js"):
        page.keyboard.press("t")
    page.keyboard.type("xe")
    page.keyboard.press("Delete")
    held().continue_()

    expect(page.get_by_role("dialog", name="Tags")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Done: Water the ferns")).not_to_be_checked()
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_a_question_mark_shows_the_keys(page: Page, person: Person) -> None:
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Add a task")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_keys_are_letters_in_a_text_field(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    page.get_by_label("New task").press_sequentially("next jump?/x")

    expect(page.get_by_label("New task")).to_have_value("next jump?/x")
    expect(page.get_by_role("checkbox", name="Done: Water the ferns")).not_to_be_checked()
