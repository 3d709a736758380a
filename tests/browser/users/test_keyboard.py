"""Users, and the user's own profile, by keyboard alone."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.support.keyboard import arrow_to, press_button, write_into
from tests.support.people import PASSWORD, Person, enter
from tests.support.user_table import user_of


@pytest.fixture
def users(page: Page, admin: Person, person: Person) -> Page:
    """The list of users, narrowed to one of them."""
    enter(page, admin, "/admin/users")
    write_into(page, page.get_by_label("Search users"), person.email)
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    return page


def choose(page: Page, action: str) -> None:
    press_button(page, page.get_by_role("button", name=re.compile("Actions for")))
    item = page.get_by_role("menuitem", name=action, exact=True)
    arrow_to(page, item)
    page.keyboard.press("Enter")


def test_a_user_is_edited(users: Page, admin: Person, person: Person) -> None:
    choose(users, "Edit")
    expect(users.get_by_label("Name", exact=True)).to_be_focused()
    users.keyboard.press("ControlOrMeta+a")
    users.keyboard.type("Countess Lovelace")
    users.keyboard.press("Enter")

    expect(users.get_by_role("cell", name="Countess Lovelace", exact=True)).to_be_visible()
    expect(users.get_by_role("button", name="Actions for Countess Lovelace")).to_be_focused()
    assert user_of(admin, person.email)["full_name"] == "Countess Lovelace"


def test_a_user_is_deactivated(users: Page, admin: Person, person: Person) -> None:
    choose(users, "Deactivate")

    expect(users.get_by_role("cell", name="Deactivated")).to_be_visible()
    assert not user_of(admin, person.email)["is_active"]


def test_the_deletion_dialog_focuses_cancel_first(
    users: Page, admin: Person, person: Person
) -> None:
    choose(users, "Delete")
    dialog = users.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    users.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert user_of(admin, person.email)
    choose(users, "Delete")
    press_button(users, dialog.get_by_role("button", name="Delete"))

    expect(users.get_by_text("Nobody matches")).to_be_visible()


def test_users_are_imported(page: Page, admin: Person) -> None:
    enter(page, admin, "/admin/users")
    press_button(page, page.get_by_role("button", name="Import"))
    dialog = page.get_by_role("dialog", name="Import users")
    rows = f"email,full_name,password\nkeys-1@example.com,One,{PASSWORD}\n"
    file: FilePayload = {"name": "users.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    with page.expect_file_chooser() as chooser:
        press_button(page, dialog.get_by_role("button", name="File"))
    chooser.value.set_files(file)  # the browser's own file dialog is not part of this test
    press_button(page, dialog.get_by_role("button", name="Add 1"))

    expect(page.get_by_text("1 user was added.")).to_be_visible()
    assert user_of(admin, "keys-1@example.com")["full_name"] == "One"


def test_a_profile_is_changed(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    write_into(page, page.get_by_role("textbox", name="Name", exact=True), "Grace Hopper")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    assert person.api.get("/users/me").json()["full_name"] == "Grace Hopper"


def test_an_account_is_deleted(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    press_button(page, page.get_by_role("button", name="Delete my account"))
    dialog = page.get_by_role("dialog", name="Delete my account")
    write_into(page, dialog.get_by_label("Your email, to be sure"), person.email)
    write_into(page, dialog.get_by_label("Password", exact=True), person.password)
    press_button(page, dialog.get_by_role("button", name="Delete for good"))

    expect(page.get_by_text("Your account is deleted.")).to_be_visible()


def test_escape_closes_a_dialog_and_the_focus_returns(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    button = page.get_by_role("button", name="Delete my account")
    press_button(page, button)
    dialog = page.get_by_role("dialog", name="Delete my account")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
