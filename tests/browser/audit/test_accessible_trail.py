"""An entry of the trail, by axe and on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.people import Person, enter


def test_an_entry_is_read_by_everybody(screen: Page, admin: Person) -> None:
    enter(screen, admin, "/admin/audit")
    screen.get_by_role("button", name=", entry").first.click()
    expect(screen.get_by_role("dialog").get_by_text("Hash")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0
