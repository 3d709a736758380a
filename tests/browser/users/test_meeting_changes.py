"""Two admins change one user: each sees the other's change, and decides."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter
from tests.support.user_table import choose, find, user_of

type SaveTheirs = Callable[..., None]


@pytest.fixture
def users(page: Page, admin: Person, person: Person, console: Console) -> Page:
    """The list as one admin sees it, before another changes the user."""
    console.expect("status of 412")
    enter(page, admin, "/admin/users")
    find(page, person.email)
    return page


@pytest.fixture
def save_theirs(admin: Person, person: Person) -> SaveTheirs:
    def save(**changes: object) -> None:
        path = f"/users/{user_of(admin, person.email)['id']}"
        admin.api.patch(path, json=changes).raise_for_status()

    return save


def test_a_one_click_change_shows_the_newer_version_and_is_repeated(
    users: Page, admin: Person, person: Person, save_theirs: SaveTheirs
) -> None:
    save_theirs(full_name="Countess Lovelace")
    choose(users, "Deactivate")
    dialog = users.get_by_role("dialog", name="Ada Lovelace was changed")
    expect(dialog).to_contain_text("Name: Countess Lovelace")
    assert user_of(admin, person.email)["is_active"]

    dialog.get_by_role("button", name="Deactivate").click()
    expect(users.get_by_role("cell", name="Deactivated")).to_be_visible()
    saved = user_of(admin, person.email)
    assert (saved["full_name"], saved["is_active"]) == ("Countess Lovelace", False)


def test_a_third_version_is_shown_too(
    users: Page, admin: Person, person: Person, save_theirs: SaveTheirs
) -> None:
    save_theirs(full_name="Second")
    choose(users, "Make administrator")
    dialog = users.get_by_role("dialog")
    expect(dialog).to_contain_text("Name: Second")
    save_theirs(full_name="Third")
    dialog.get_by_role("button", name="Make administrator").click()
    expect(dialog).to_contain_text("Name: Third")
    dialog.get_by_role("button", name="Make administrator").click()

    expect(users.get_by_role("cell", name="Administrator", exact=True)).to_be_visible()
    save_theirs(role="user")  # another admin would disturb other tests


def test_a_change_already_made_by_another_admin_is_not_repeated(
    users: Page, save_theirs: SaveTheirs
) -> None:
    save_theirs(is_active=False)
    choose(users, "Deactivate")

    dialog = users.get_by_role("dialog")
    expect(dialog).to_contain_text("Deactivated")
    expect(dialog).to_contain_text("Nothing is left to do.")
    expect(dialog.get_by_role("button", name="Deactivate")).to_have_count(0)


def test_a_deletion_shows_the_newer_version_and_is_repeated(
    users: Page, admin: Person, person: Person, save_theirs: SaveTheirs
) -> None:
    save_theirs(full_name="Countess Lovelace")
    choose(users, "Delete")
    dialog = users.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Name: Countess Lovelace")
    dialog.get_by_role("button", name="Delete").click()

    expect(users.get_by_text("Nobody matches")).to_be_visible()
    assert admin.api.get("/users", params={"search": person.email}).json()["items"] == []


def test_an_edit_shows_the_newer_version(
    users: Page, admin: Person, person: Person, save_theirs: SaveTheirs
) -> None:
    choose(users, "Edit")
    username = f"theirs{person.email[7:9].strip('-')}"
    save_theirs(full_name="Theirs", username=username)
    users.get_by_label("Name", exact=True).fill("Mine")
    users.get_by_role("button", name="Save").click()

    expect(users.get_by_text("Somebody else has changed this user")).to_be_visible()
    expect(users.get_by_text("Name: Theirs")).to_be_visible()
    expect(users.get_by_label("Name", exact=True)).to_have_value("Mine")
    users.get_by_role("button", name="Save").click()
    expect(users.get_by_role("cell", name="Mine", exact=True)).to_be_visible()
    saved = user_of(admin, person.email)
    assert (saved["full_name"], saved["username"]) == ("Mine", username)
