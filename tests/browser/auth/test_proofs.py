"""A passkey as proof of identity: as the second step of a sign-in, and before sensitive changes."""

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import faults_of
from tests.support.auth.freshness import let_sessions_age
from tests.support.people import Console, Person, enter
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser
from tests.support.virtual_authenticator import VirtualAuthenticator, plug_in

SECURITY = "/settings/security"


@pytest.fixture
def named_page(open_browser: OpenBrowser, application: Server) -> Page:
    """A page of the application by host name: a passkey belongs to a name, not an IP address."""
    return open_browser(base_url=f"http://localhost:{application.port}").new_page()


@pytest.fixture
def authenticator(named_page: Page) -> VirtualAuthenticator:
    return plug_in(named_page)


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def enter_and_add_passkey(page: Page, person: Person) -> None:
    enter(page, person, SECURITY)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("listitem")).to_have_count(1)


def turn_on_two_steps(person: Person) -> None:
    begun = person.api.post("/auth/totp", json={"password": person.password})
    code = pyotp.TOTP(begun.json()["secret"]).now()
    assert person.api.post("/auth/totp/confirm", json={"code": code}).is_success


def remove_password(person: Person) -> None:
    ways = person.api.get("/auth/identities").json()["items"]
    [password] = [way["id"] for way in ways if way["kind"] == "password"]
    assert person.api.delete(f"/auth/identities/{password}").is_success


def send_password(page: Page, person: Person) -> None:
    page.get_by_role("button", name=f"Account of {person.email}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_visible()


def test_a_passkey_completes_the_second_step(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 401")
    enter_and_add_passkey(named_page, person)
    turn_on_two_steps(person)
    send_password(named_page, person)
    named_page.get_by_role("button", name="Use a passkey").click()

    expect(named_page.get_by_role("heading", name="Tasks")).to_be_visible()


def test_a_code_can_be_entered_after_a_cancellation(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 401")
    enter_and_add_passkey(named_page, person)
    turn_on_two_steps(person)
    send_password(named_page, person)
    authenticator.cancel()
    button = named_page.get_by_role("button", name="Use a passkey")
    button.click()

    expect(button).to_be_enabled()
    expect(named_page.get_by_role("alert")).to_have_count(0)
    expect(named_page.get_by_label("Code")).to_be_editable()


def test_a_passkey_is_not_offered_to_a_user_without_one(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 401")
    enter(named_page, person, SECURITY)
    turn_on_two_steps(person)
    with named_page.expect_response("**/second-factor/options"):
        send_password(named_page, person)

    expect(named_page.get_by_role("button", name="Use a passkey")).to_have_count(0)


def test_a_user_with_only_passkeys_turns_two_steps_on(
    named_page: Page,
    person: Person,
    authenticator: VirtualAuthenticator,
    application: Server,
    console: Console,
) -> None:
    console.expect("status of 403")
    enter_and_add_passkey(named_page, person)
    remove_password(person)
    let_sessions_age(application)
    named_page.reload()
    named_page.get_by_role("button", name="Turn on").click()
    opened = dialog(named_page, "Turn on two-step sign-in")
    opened.get_by_role("button", name="Go on").click()
    confirmation = dialog(named_page, "Confirm that it is you")
    expect(confirmation.get_by_role("button", name="Use a passkey")).to_be_visible()
    expect(named_page.get_by_label("Password", exact=True)).to_have_count(0)
    confirmation.get_by_role("button", name="Use a passkey").click()

    expect(opened.get_by_label("Code that the app shows")).to_be_visible()


def test_a_user_with_only_passkeys_gets_a_link_to_set_a_password(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    enter_and_add_passkey(named_page, person)
    remove_password(person)
    named_page.reload()
    named_page.get_by_role("button", name="Mail me the link").click()

    expect(named_page.get_by_text("The mail is on its way.")).to_be_visible()
    expect(named_page.get_by_label("Current password")).to_have_count(0)


def test_a_user_with_only_passkeys_deletes_the_account(
    named_page: Page,
    person: Person,
    authenticator: VirtualAuthenticator,
    application: Server,
    console: Console,
) -> None:
    console.expect("status of 403")
    enter_and_add_passkey(named_page, person)
    remove_password(person)
    let_sessions_age(application)
    named_page.goto("/settings/profile")
    named_page.get_by_role("button", name="Delete my account").click()
    opened = dialog(named_page, "Delete my account")
    opened.get_by_label("Your email, to be sure").fill(person.email)
    expect(opened.get_by_label("Password")).to_have_count(0)
    opened.get_by_role("button", name="Delete for good").click()
    dialog(named_page, "Confirm that it is you").get_by_role("button", name="Use a passkey").click()

    expect(named_page.get_by_text("Your account is deleted.")).to_be_visible()


def test_a_passkey_replaces_the_code_to_turn_two_steps_off(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    enter_and_add_passkey(named_page, person)
    turn_on_two_steps(person)
    named_page.reload()
    named_page.get_by_role("button", name="Turn off").click()
    opened = dialog(named_page, "Turn off two-step sign-in")
    expect(opened.get_by_label("Password", exact=True)).to_be_visible()
    expect(opened.get_by_role("button", name="Use a code instead")).to_be_visible()
    opened.get_by_role("button", name="Use a passkey").click()

    expect(named_page.get_by_role("button", name="Turn on")).to_be_visible()


def test_the_confirmations_are_accessible(
    named_page: Page,
    person: Person,
    authenticator: VirtualAuthenticator,
    application: Server,
    console: Console,
) -> None:
    console.expect("status of 40[13]")
    enter_and_add_passkey(named_page, person)
    turn_on_two_steps(person)
    let_sessions_age(application)
    named_page.reload()
    named_page.get_by_role("button", name="Remove Passkey").last.click()
    named_page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    confirmation = dialog(named_page, "Confirm that it is you")
    expect(confirmation.get_by_role("button", name="Use a passkey")).to_be_visible()
    expect(confirmation.get_by_label("Password", exact=True)).to_be_visible()
    assert faults_of(named_page) == []
    confirmation.get_by_role("button", name="Cancel").click()
    named_page.reload()
    send_password(named_page, person)
    expect(named_page.get_by_role("button", name="Use a passkey")).to_be_visible()

    assert faults_of(named_page) == []
