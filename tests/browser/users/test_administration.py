"""What admins do with users."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.people import PASSWORD, Console, Person, enter
from tests.support.user_table import choose, find, user_of

HEAD = "email,full_name,password,username,role\n"


@pytest.fixture
def users(page: Page, admin: Person) -> Page:
    enter(page, admin, "/admin/users")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    return page


def test_a_search_is_kept_in_the_url(users: Page, person: Person) -> None:
    find(users, person.email)
    expect(users).to_have_url(re.compile("q=person-"))
    users.reload()

    expect(users.get_by_label("Search users")).to_have_value(person.email)
    expect(users.get_by_role("table").get_by_role("row")).to_have_count(2)


def test_the_list_is_sorted_by_its_heads(users: Page) -> None:
    users.get_by_role("button", name="Email").click()
    head = users.get_by_role("columnheader", name="Email")
    expect(head).to_have_attribute("aria-sort", "ascending")
    users.get_by_role("button", name="Email").click()

    expect(head).to_have_attribute("aria-sort", "descending")
    expect(users).to_have_url(re.compile("sort=email&order=desc"))


def test_filters_show_only_matching_users(users: Page, admin: Person) -> None:
    users.get_by_label("Role").select_option("Administrator")
    users.get_by_label("State").select_option("Active")

    expect(users.get_by_role("cell", name=admin.email)).to_be_visible()
    expect(users.get_by_role("cell", name="User", exact=True)).to_have_count(0)
    users.get_by_label("State").select_option("Deactivated")
    expect(users.get_by_text("Nobody matches")).to_be_visible()
    users.get_by_role("button", name="Clear the filters").click()
    expect(users).to_have_url(re.compile("/admin/users$"))


def test_a_user_is_added_by_keyboard_alone(users: Page, admin: Person) -> None:
    users.get_by_role("button", name="Add user").press("Enter")
    expect(users.get_by_label("Name", exact=True)).to_be_focused()
    for text in ("Grace Hopper", "grace@example.com", "grace"):
        users.keyboard.type(text)
        users.keyboard.press("Tab")
    users.keyboard.type(PASSWORD)
    users.keyboard.press("Enter")

    expect(users.get_by_text("Grace Hopper was added.")).to_be_visible()
    expect(users.get_by_role("cell", name="grace@example.com")).to_be_visible()
    assert user_of(admin, "grace@example.com")["username"] == "grace"


def test_a_taken_email_keeps_what_was_typed(users: Page, person: Person, console: Console) -> None:
    console.expect("status of 409")
    users.get_by_role("button", name="Add user").click()
    users.get_by_label("Name", exact=True).fill("Somebody")
    users.get_by_label("Email", exact=True).fill(person.email)
    users.get_by_label("Password", exact=True).fill(PASSWORD)
    users.get_by_role("button", name="Add", exact=True).click()

    email = users.get_by_label("Email", exact=True)
    expect(email).to_have_accessible_description("Email already registered")
    expect(users.get_by_label("Name", exact=True)).to_have_value("Somebody")


def test_a_user_is_edited(users: Page, admin: Person, person: Person) -> None:
    find(users, person.email)
    choose(users, "Edit")
    users.get_by_label("Name", exact=True).fill("Countess Lovelace")
    users.get_by_role("button", name="Save").click()

    expect(users.get_by_role("cell", name="Countess Lovelace", exact=True)).to_be_visible()
    assert user_of(admin, person.email)["full_name"] == "Countess Lovelace"


def test_a_user_is_deactivated_and_activated(users: Page, person: Person) -> None:
    find(users, person.email)
    choose(users, "Deactivate")
    expect(users.get_by_role("cell", name="Deactivated")).to_be_visible()
    choose(users, "Activate")

    expect(users.get_by_role("cell", name="Active", exact=True)).to_be_visible()


def test_a_user_becomes_an_administrator_and_no_longer_one(users: Page, person: Person) -> None:
    find(users, person.email)
    choose(users, "Make administrator")
    expect(users.get_by_role("cell", name="Administrator", exact=True)).to_be_visible()
    choose(users, "Take administration away")

    expect(users.get_by_role("cell", name="User", exact=True)).to_be_visible()


def test_a_user_is_deleted_after_a_confirmation(users: Page, admin: Person, person: Person) -> None:
    find(users, person.email)
    choose(users, "Delete")
    users.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(users.get_by_text("Nobody matches")).to_be_visible()
    assert admin.api.get("/users", params={"search": person.email}).json()["items"] == []


def test_the_deletion_of_the_last_admin_is_refused_with_the_reason(
    users: Page, admin: Person, console: Console
) -> None:
    console.expect("status of 409")
    find(users, admin.email)
    choose(users, "Delete")
    users.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(users.get_by_role("alert")).to_contain_text("last active admin")
    assert user_of(admin, admin.email)["is_active"]


def test_users_are_imported_from_a_file(users: Page, admin: Person) -> None:
    users.get_by_role("button", name="Import").click()
    rows = (
        f"alan@example.com,Alan Turing,{PASSWORD},,\nedsger@example.com,Edsger,{PASSWORD},,admin\n"
    )
    users.locator("input[type=file]").set_input_files(
        {"name": "users.csv", "mimeType": "text/csv", "buffer": (HEAD + rows).encode()}
    )
    expect(users.get_by_role("cell", name="Alan Turing")).to_be_visible()
    users.get_by_role("button", name="Add 2").click()

    expect(users.get_by_text("2 users were added.")).to_be_visible()
    assert user_of(admin, "edsger@example.com")["role"] == "admin"
    admin.api.delete(f"/users/{user_of(admin, 'edsger@example.com')['id']}").raise_for_status()


def test_a_refused_row_is_named_by_its_line(
    users: Page, admin: Person, person: Person, console: Console
) -> None:
    console.expect("status of 409")
    users.get_by_role("button", name="Import").click()
    rows = f"new@example.com,New,{PASSWORD},,\n\n{person.email},Taken,{PASSWORD},,\n"
    users.locator("input[type=file]").set_input_files(
        {"name": "users.csv", "mimeType": "text/csv", "buffer": (HEAD + rows).encode()}
    )
    users.get_by_role("button", name="Add 2").click()

    expect(users.get_by_role("alert")).to_contain_text("Nobody was added")
    expect(users.get_by_role("alert")).to_contain_text("Line 4: email:")
    assert admin.api.get("/users", params={"search": "new@example.com"}).json()["items"] == []


def test_missing_columns_of_a_file_are_named(users: Page) -> None:
    users.get_by_role("button", name="Import").click()
    users.locator("input[type=file]").set_input_files(
        {"name": "users.csv", "mimeType": "text/csv", "buffer": b"email\na@example.com\n"}
    )

    expect(users.get_by_role("alert")).to_contain_text("Missing: full_name, password")


def test_an_admin_page_sends_no_admin_requests_for_other_users(page: Page, person: Person) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    enter(page, person, "/admin/users")

    expect(page.get_by_role("heading", name="For administrators")).to_be_visible()
    expect(page.get_by_role("link", name="Users")).to_have_count(0)
    assert [url for url in requested if "/api/v1/users" in url] == []
