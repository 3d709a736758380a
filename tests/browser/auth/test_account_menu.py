"""The account menu, by mouse and by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.keyboard import arrow_to
from tests.support.people import Person, enter


def test_a_user_signs_out(page: Page, person: Person) -> None:
    enter(page, person)
    page.get_by_role("button", name=f"Account of {person.email}").click()
    page.get_by_role("menuitem", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_keyboard_alone_opens_the_settings(page: Page, person: Person) -> None:
    enter(page, person)
    page.get_by_role("button", name=f"Account of {person.email}").focus()
    page.keyboard.press("Enter")
    arrow_to(page, page.get_by_role("menuitem", name="Settings"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_an_appearance_is_kept(page: Page, person: Person) -> None:
    enter(page, person)
    page.get_by_role("button", name=f"Account of {person.email}").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
