"""An admin changes a flag for a person, whose open page follows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
from tests.support.people import Person, enter
from tests.support.screens import OpenBrowser

pytestmark = needs("tasks")

SETTING = "/flags/settings/tasks_import"


@pytest.fixture
def settings(admin: Person) -> Iterator[Person]:
    """An admin, whose change of the flag is reset after the test."""
    yield admin
    admin.api.delete(SETTING).raise_for_status()


def row_of_flag(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text="tasks_import")


def test_a_feature_switched_off_for_a_person_leaves_their_open_page(
    page: Page, person: Person, settings: Person, open_browser: OpenBrowser
) -> None:
    enter(page, person)
    expect(page.get_by_title("Live: changes")).to_be_visible()
    page.get_by_role("button", name="Import and export").click()
    offer = page.get_by_role("menuitem", name="Import from a file")
    expect(offer).to_be_visible()

    admin_page = open_browser().new_page()
    enter(admin_page, settings, "/admin/flags")
    admin_page.get_by_role("button", name="tasks_import").click()
    admin_page.get_by_role("button", name="For people by name").click()
    admin_page.get_by_placeholder("Name or email").fill(person.email)
    admin_page.get_by_role("option", name=person.email).click()
    admin_page.get_by_role("button", name="Save").click()

    expect(admin_page.get_by_text("tasks_import was saved.")).to_be_visible()
    expect(row_of_flag(admin_page)).to_contain_text("Off for 1 person, otherwise On")
    expect(offer).to_have_count(0)


def test_a_percentage_is_set_on_an_accessible_page(page: Page, settings: Person) -> None:
    enter(page, settings, "/admin/flags")
    page.get_by_role("button", name="tasks_import").click()
    page.get_by_role("button", name="For a percentage of all").click()
    page.get_by_role("button", name="For members of teams").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Name a team")).to_be_visible()
    page.get_by_role("button", name="Remove rule 2").click()
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_role("spinbutton", name="Percentage")).to_have_value("11")
    page.get_by_role("spinbutton", name="Percentage").fill("12.5")
    assert faults_of(page) == []
    settings.api.put(SETTING, json={"rules": [], "otherwise": False}).raise_for_status()
    theirs = page.get_by_text("Somebody else has changed this flag")
    expect(theirs).to_be_visible()
    page.get_by_role("button", name="Keep mine").click()
    expect(theirs).to_have_count(0)
    page.get_by_role("button", name="Save").click()

    expect(row_of_flag(page)).to_contain_text("Off for 12.5 %, otherwise On")
    assert faults_of(page) == []
