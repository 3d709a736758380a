"""The audit trail by keyboard alone."""

import re

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.keyboard import press_button, tab_to, write_into
from tests.support.people import Person, enter

pytestmark = needs("tasks")


def test_the_trail_is_filtered_and_an_entry_read(page: Page, admin: Person, person: Person) -> None:
    person.add_task("Leave a trace")
    enter(page, admin, "/admin/audit")
    write_into(page, page.get_by_label("Event"), "nothing")
    press_button(page, page.get_by_role("button", name="Clear the filters"))
    expect(page).to_have_url(re.compile("/admin/audit$"))
    tab_to(page, page.get_by_label("Event"))
    page.keyboard.type("task.created")
    tab_to(page, page.get_by_label("Since"))
    page.keyboard.type("01012000")
    page.keyboard.press("Tab")  # from the date to the time
    page.keyboard.type("1030A")
    expect(page).to_have_url(re.compile("event=task.created&since=2000-01-01T10"))
    opener = page.get_by_role("button", name=re.compile("^task.created, entry")).first
    press_button(page, opener)
    entry = page.get_by_role("dialog")
    page.keyboard.press("Escape")
    expect(entry).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    press_button(page, entry.get_by_role("button", name="All of this actor"))

    expect(page).to_have_url(re.compile("actor="))
    expect(page.get_by_role("row").filter(has_text="task.created")).to_have_count(1)
