"""The user's own profile and account."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter


def test_a_profile_is_changed(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    page.get_by_role("textbox", name="Name", exact=True).fill("Grace Hopper")
    username = f"grace-{uuid4().hex[:8]}"  # it must be unique on this server
    page.get_by_label("Username").fill(username)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    profile = person.api.get("/users/me").json()
    assert (profile["full_name"], profile["username"]) == ("Grace Hopper", username)


def test_a_refused_username_is_explained_beside_the_field(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 422")
    enter(page, person, "/settings/profile")
    page.get_by_label("Username").fill("no spaces")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")


def test_a_taken_username_is_explained_beside_the_field(
    page: Page, person: Person, neighbour: Person, console: Console
) -> None:
    console.expect("status of 409")
    username = f"taken-{uuid4().hex[:8]}"
    neighbour.api.patch("/users/me", json={"username": username}).raise_for_status()
    enter(page, person, "/settings/profile")
    page.get_by_label("Username").fill(username)
    page.get_by_role("button", name="Save").click()

    field = page.get_by_label("Username")
    expect(field).to_have_accessible_description(re.compile("Username already taken"))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_change_made_elsewhere_is_not_overwritten_unseen(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412")
    enter(page, person, "/settings/profile")
    page.get_by_role("textbox", name="Name", exact=True).fill("Mine")
    person.api.patch("/users/me", json={"full_name": "Theirs"}).raise_for_status()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_contain_text("Name: Theirs")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Save mine").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    assert person.api.get("/users/me").json()["full_name"] == "Mine"


def test_an_account_is_deleted_with_its_password(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your email, to be sure").fill(person.email)
    dialog.get_by_label("Password", exact=True).fill(person.password)
    dialog.get_by_role("button", name="Delete for good").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    body = {"email": person.email, "password": person.password}
    assert person.api.post("/auth/login", json=body).status_code == 401


def test_another_email_does_not_confirm_a_deletion(page: Page, person: Person) -> None:
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your email, to be sure").fill("somebody@example.com")
    dialog.get_by_label("Password", exact=True).fill(person.password)
    dialog.get_by_role("button", name="Delete for good").click()

    expect(dialog.get_by_text("This is not your email")).to_be_visible()
    assert person.api.get("/users/me").status_code == 200


def test_a_newer_version_fetched_meanwhile_is_a_conflict_too(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412")
    page.clock.install()
    enter(page, person, "/settings/profile")
    page.get_by_label("Username").fill(f"ada-{uuid4().hex[:8]}")
    person.api.patch("/users/me", json={"full_name": "Theirs"}).raise_for_status()
    page.clock.fast_forward("00:30")
    with page.expect_response("**/api/v1/users/me"):
        page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Name: Theirs")
    page.get_by_role("button", name="Save mine").click()

    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    profile = person.api.get("/users/me").json()
    assert profile["full_name"] == "Theirs"
    assert profile["username"].startswith("ada-")
