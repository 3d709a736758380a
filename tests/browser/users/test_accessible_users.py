"""Accessibility of user administration and of the profile: checked by axe, also on a phone."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.support.accessibility import faults_of, on_each_screen
from tests.support.people import PASSWORD, Console, Person, enter
from tests.support.user_table import choose, find, user_of

ROWS = f"email,full_name,password\nnew@example.com,New,{PASSWORD}\nadmin@example.com,T,{PASSWORD}\n"


@pytest.fixture
def users(page: Page, admin: Person, person: Person) -> Page:
    enter(page, admin, "/admin/users")
    find(page, person.email)
    return page


def test_the_menu_of_a_user_is_accessible(users: Page) -> None:
    # a phone has to scroll the table: a menu whose button is out of sight is not shown
    for screen in on_each_screen(users):
        users.get_by_role("button", name="Actions for").click()
        expect(users.get_by_role("menuitem", name="Delete")).to_be_visible()
        assert faults_of(users, screen) == []
        users.keyboard.press("Escape")


def test_the_form_of_a_new_user_is_accessible(users: Page) -> None:
    users.get_by_role("button", name="Add user").click()
    users.get_by_role("button", name="Add", exact=True).click()
    expect(users.get_by_text("Enter a name")).to_be_visible()

    assert faults_of(users) == []


@pytest.mark.parametrize(("action", "button"), [("Edit", "Save"), ("Delete", "Delete")])
def test_a_dialog_about_a_user_is_accessible(users: Page, action: str, button: str) -> None:
    choose(users, action)
    dialog = users.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=button)).to_be_visible()

    assert faults_of(users) == []


@pytest.mark.parametrize("action", ["Edit", "Make administrator", "Delete"])
def test_a_change_by_another_admin_is_accessible(
    users: Page, admin: Person, person: Person, console: Console, action: str
) -> None:
    console.expect("status of 412")
    path = f"/users/{user_of(admin, person.email)['id']}"
    admin.api.patch(path, json={"full_name": "Theirs"}).raise_for_status()
    choose(users, action)
    dialog = users.get_by_role("dialog")
    if action == "Edit":
        dialog.get_by_label("Name", exact=True).fill("Mine")
        dialog.get_by_role("button", name="Save").click()
    if action == "Delete":
        dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_text("Name: Theirs")).to_be_visible()

    assert faults_of(users) == []


def test_an_import_and_its_faults_are_accessible(users: Page, console: Console) -> None:
    console.expect("status of 409")
    users.get_by_role("button", name="Import").click()
    file: FilePayload = {"name": "users.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    users.locator("input[type=file]").set_input_files(file)
    expect(users.get_by_role("cell", name="new@example.com")).to_be_visible()
    assert faults_of(users) == []
    users.get_by_role("button", name="Add 2").click()
    expect(users.get_by_role("alert")).to_contain_text("Line 3")

    assert faults_of(users) == []


def test_the_deletion_of_an_account_is_accessible(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("This is not your email")).to_be_visible()

    assert faults_of(page) == []


def test_a_profile_conflict_is_accessible(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 412")
    enter(page, person, "/settings/profile")
    page.get_by_role("textbox", name="Name", exact=True).fill("Mine")
    person.api.patch("/users/me", json={"full_name": "Theirs"}).raise_for_status()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Name: Theirs")).to_be_visible()

    assert faults_of(page) == []


def test_the_export_of_one_s_data_is_accessible(page: Page, person: Person) -> None:
    person.api.post("/users/me/export").raise_for_status()
    enter(page, person, "/settings/profile")
    expect(page.get_by_role("button", name="Make a new file")).to_be_visible()

    assert faults_of(page) == []
