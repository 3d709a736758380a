"""Accessibility of a trail entry: checked by axe, also on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.people import Person, enter


def test_an_entry_is_accessible(page: Page, admin: Person) -> None:
    enter(page, admin, "/admin/audit")
    page.get_by_role("button", name=", entry").first.click()
    expect(page.get_by_role("dialog").get_by_text("Hash")).to_be_visible()

    assert faults_of(page) == []
