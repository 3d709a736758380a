"""Signing up, verifying an email and resetting a password, with the mails for each."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.mail_links import link_to
from tests.support.people import PASSWORD, Console, Person, enter
from tests.support.processes.server import Server

ANYTHING = re.compile(".+")
NEW_PASSWORD = "velvet-harbour-pickle-9"


def sign_up(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/sign-up")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign up").click()


@needs("tasks")
def test_a_visitor_signs_up_and_verifies_the_email(page: Page, application: Server) -> None:
    email = f"new-{application.port}@example.com"
    sign_up(page, email)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()

    page.goto(link_to(application, email, "/verify-email"))
    expect(page.get_by_role("heading", name="Your email is verified")).to_be_visible()
    assert "token" not in page.url
    page.goto("/settings/security")
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()


def test_an_invented_link_is_refused(page: Page, console: Console) -> None:
    console.expect("status of 401")
    page.goto("/verify-email?token=made-up")

    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_the_strength_of_a_password_is_shown_and_the_server_s_refusal_too(
    page: Page, application: Server, console: Console
) -> None:
    console.expect("status of 422")
    sign_up(page, f"weak-{application.port}@example.com", "password")
    expect(page.get_by_text("4 more characters are needed")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(ANYTHING)


def test_a_taken_email_is_shown(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 409")
    sign_up(page, person.email)

    email = page.get_by_label("Email")
    expect(email).to_have_accessible_description("Email already registered")
    expect(email).to_have_value(person.email)


def test_a_fault_of_an_unknown_field_is_shown_above_the_form(page: Page, console: Console) -> None:
    """A server newer than the page may name a field that the page lacks."""
    console.expect("status of 422")
    detail = {"field": "body.locale", "message": "Choose a language.", "type": "missing"}
    body = {"error": "Invalid request", "code": "VALIDATION_ERROR", "details": [detail]}
    page.route("**/api/v1/auth/register", lambda route: route.fulfill(status=422, json=body))
    sign_up(page, "newer@example.com")

    expect(page.get_by_role("alert")).to_contain_text("Invalid request")
    expect(page.get_by_role("alert")).to_contain_text("Choose a language.")


@needs("tasks")
def test_a_forgotten_password_is_reset(page: Page, person: Person, application: Server) -> None:
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    page.get_by_label("Email").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status").get_by_text(person.email)).to_be_visible()

    page.goto(link_to(application, person.email, "/reset-password"))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def test_a_link_works_once(
    page: Page, person: Person, application: Server, console: Console
) -> None:
    console.expect("status of 401")
    person.api.post("/auth/password/forgot", json={"email": person.email}).raise_for_status()
    link = link_to(application, person.email, "/reset-password")
    body = {"token": link.partition("=")[2], "new_password": NEW_PASSWORD}
    person.api.post("/auth/password/reset", json=body).raise_for_status()
    page.goto(link)
    page.get_by_label("New password").fill("another-otter-lantern-3")
    page.get_by_role("button", name="Set the password").click()

    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()


@pytest.mark.parametrize("target", ["/settings/sessions", "/?q=ferns"])
def test_sign_in_leads_to_the_requested_page(page: Page, person: Person, target: str) -> None:
    page.goto(target)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile(re.escape(target) + "$"))


@needs("tasks")
@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com", r"/\example.com", "/%09/example.com"]
)
def test_sign_in_leads_to_no_other_host(page: Page, person: Person, elsewhere: str) -> None:
    enter(page, person, f"/sign-in?then={elsewhere}")

    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    assert "example.com" not in page.url
