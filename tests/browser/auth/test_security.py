"""Changing the password, and ending sessions."""

import re

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.people import Console, Person, enter
from tests.support.screens import OpenBrowser

ANYTHING = re.compile(".+")
NEW_PASSWORD = "velvet-harbour-pickle-9"


def change_password(page: Page, current: str, new: str) -> None:
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password").fill(new)
    page.get_by_role("button", name="Change the password").click()


@needs("tasks")
def test_a_password_is_changed_and_other_browsers_are_signed_out(
    page: Page, person: Person, open_browser: OpenBrowser, console: Console
) -> None:
    console.expect("status of 401")  # in the other browser, whose session has ended
    other = open_browser().new_page()
    enter(other, person, "/settings/sessions")
    enter(page, person, "/settings/security")
    change_password(page, person.password, NEW_PASSWORD)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()

    other.get_by_role("link", name="Tasks").click()
    expect(other.get_by_text("Your session has ended.")).to_be_visible()
    body = {"email": person.email, "password": NEW_PASSWORD}
    assert person.api.post("/auth/login", json=body).status_code == 200


def test_a_wrong_current_password_is_shown_beside_the_field(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 401")
    enter(page, person, "/settings/security")
    change_password(page, "not-my-password-at-all", NEW_PASSWORD)

    field = page.get_by_label("Current password")
    expect(field).to_have_accessible_description(ANYTHING)


def test_a_weak_new_password_is_shown_beside_the_field(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 422")
    enter(page, person, "/settings/security")
    change_password(page, person.password, "password1234")

    expect(page.get_by_label("New password")).to_have_accessible_description(ANYTHING)


def test_a_session_is_ended_from_another_browser(
    page: Page, person: Person, open_browser: OpenBrowser, console: Console
) -> None:
    console.expect("status of 401")
    other = open_browser(user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0").new_page()
    enter(other, person, "/settings/profile")
    enter(page, person, "/settings/sessions")
    expect(page.get_by_text("This one")).to_have_count(1)
    page.get_by_role("button", name="End the session of Firefox on Linux").click()
    expect(page.get_by_text("Firefox on Linux")).to_have_count(0)

    # its stream ends with the session, so this appears without any action there
    expect(other.get_by_text("Your session has ended.")).to_be_visible()
