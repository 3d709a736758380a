"""The password and the sessions by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.keyboard import arrow_to, press_button, tab_to, write_into
from tests.support.people import PASSWORD, Person, enter

NEW_PASSWORD = "velvet-harbour-pickle-9"


@needs("tasks")
def test_a_user_signs_in(page: Page, person: Person) -> None:
    page.goto("/sign-in")
    write_into(page, page.get_by_label("Email"), person.email)
    write_into(page, page.get_by_label("Password", exact=True), PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def test_a_password_is_changed(page: Page, person: Person) -> None:
    enter(page, person)
    tab_to(page, page.get_by_role("button", name="Account of"))
    page.keyboard.press("Enter")
    arrow_to(page, page.get_by_role("menuitem", name="Settings"))
    page.keyboard.press("Enter")
    press_button(page, page.get_by_role("link", name="Security"))
    write_into(page, page.get_by_label("Current password"), PASSWORD)
    write_into(page, page.get_by_label("New password"), NEW_PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    body = {"email": person.email, "password": NEW_PASSWORD}
    assert person.api.post("/auth/login", json=body).status_code == 200


def test_a_session_is_ended(page: Page, person: Person) -> None:
    enter(page, person, "/settings/sessions")
    sessions = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(sessions).to_have_count(2)  # the other is the test's own API session
    press_button(page, page.get_by_role("button", name="End the session of"))

    expect(sessions).to_have_count(1)
    expect(page.get_by_text("This one")).to_be_visible()
