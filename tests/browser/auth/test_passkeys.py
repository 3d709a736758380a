"""Passkeys in the settings and at sign-in, with Chromium's own authenticator."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
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


def add_passkey(page: Page) -> None:
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("listitem")).to_have_count(1)


def sign_out(page: Page, person: Person) -> None:
    page.get_by_role("button", name=f"Account of {person.email}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@needs("tasks")
def test_a_user_adds_a_passkey_and_signs_in_with_it(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    person.add_task("Water the ferns")
    enter(named_page, person, SECURITY)
    expect(named_page.get_by_text("You have no passkey yet.")).to_be_visible()
    add_passkey(named_page)
    sign_out(named_page, person)
    named_page.get_by_role("button", name="Sign in with a passkey").click()

    expect(named_page.get_by_text("Water the ferns")).to_be_visible()
    [credential] = authenticator.credentials
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"


def test_a_passkey_is_renamed_and_removed(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator, console: Console
) -> None:
    console.expect("status of 401")
    enter(named_page, person, SECURITY)
    add_passkey(named_page)
    ways = named_page.get_by_role("list", name="Ways to sign in")
    expect(named_page.get_by_text("Your passkeys, listed above, are ways")).to_be_visible()
    expect(ways.get_by_role("listitem")).to_have_text([re.compile("Password")])
    named_page.get_by_role("button", name="Rename Passkey").click()
    named_page.get_by_role("dialog").get_by_label("Name").fill("My laptop")
    named_page.keyboard.press("Enter")
    expect(named_page.get_by_role("dialog")).to_have_count(0)
    passkeys = named_page.get_by_role("list", name="Passkeys")
    passkeys.get_by_role("button", name="Remove My laptop").click()
    named_page.get_by_role("button", name="Remove", exact=True).click()
    expect(named_page.get_by_text("You have no passkey yet.")).to_be_visible()

    sign_out(named_page, person)
    named_page.get_by_role("button", name="Sign in with a passkey").click()
    expect(named_page.get_by_text("This passkey was not accepted")).to_be_visible()


def test_the_same_authenticator_is_not_added_twice(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    enter(named_page, person, SECURITY)
    add_passkey(named_page)
    named_page.get_by_role("button", name="Add a passkey").click()

    expect(
        named_page.get_by_text("There is a passkey for your account here already.")
    ).to_be_visible()
    assert len(authenticator.credentials) == 1


def test_a_cancellation_shows_no_error(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    authenticator.cancel()
    enter(named_page, person, SECURITY)
    button = named_page.get_by_role("button", name="Add a passkey")
    button.click()

    expect(button).to_be_enabled()
    expect(named_page.get_by_role("alert")).to_have_count(0)
    expect(named_page.get_by_text("You have no passkey yet.")).to_be_visible()


def test_a_page_at_an_ip_address_links_to_the_host_name(
    page: Page, person: Person, application: Server
) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    enter(page, person, SECURITY)

    link = page.get_by_role("link", name=f"http://localhost:{application.port}")
    expect(link).to_have_attribute("href", f"http://localhost:{application.port}{SECURITY}")
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)


def test_a_browser_without_passkeys_offers_none(named_page: Page, person: Person) -> None:
    named_page.add_init_script("delete window.PublicKeyCredential")
    named_page.goto("/sign-in")

    expect(named_page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(named_page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    enter(named_page, person, SECURITY)
    expect(named_page.get_by_text("This browser cannot make passkeys")).to_be_visible()


def test_passkeys_are_accessible(
    named_page: Page, person: Person, authenticator: VirtualAuthenticator
) -> None:
    enter(named_page, person, SECURITY)
    add_passkey(named_page)

    assert faults_of(named_page) == []
