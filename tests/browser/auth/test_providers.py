"""Signing in with a certified OpenID provider."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.auth.freshness import let_sessions_age
from tests.support.identities.npm_provider import openid_provider
from tests.support.identities.provider import CLIENT
from tests.support.identities.travels import CALLBACK
from tests.support.npm import needs_npm
from tests.support.people import Console, enter, register
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser, StartApplication

pytestmark = needs_npm

SECURITY = "/settings/security"


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, start_application: StartApplication) -> Iterator[Server]:
    """An application with two providers, one of which is unreachable."""
    assert request.config.cache is not None
    with openid_provider(request.config.cache, CALLBACK) as issuer:
        away = {"name": "away", "issuer": "http://127.0.0.1:9", **CLIENT}
        onyx = {"name": "onyx", "issuer": issuer, **CLIENT}
        yield start_application(OIDC_PROVIDERS=json.dumps([onyx, away]))


@pytest.fixture(autouse=True)
def fonts(console: Console) -> None:
    """Fonts that only the provider's pages load."""
    console.expect("fonts.googleapis.com")


@pytest.fixture
def page(open_browser: OpenBrowser, server: Server) -> Page:
    return open_browser(server).new_page()


def sign_in_at_provider(page: Page, name: str) -> None:
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_new_user_signs_up_and_reaches_the_requested_page(page: Page) -> None:
    page.goto("/stats")
    page.get_by_role("link", name="Continue with Onyx").click()
    sign_in_at_provider(page, "grace")

    page.wait_for_url("**/stats")
    page.goto("/settings/security")
    expect(page.get_by_text("grace@example.com").first).to_be_visible()
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()
    ways = page.get_by_role("list", name="Ways to sign in")
    expect(ways.get_by_text("Onyx")).to_be_visible()
    expect(page.get_by_text("The last way to sign in cannot be removed.")).to_be_visible()


def test_a_user_links_a_provider_signs_in_by_it_and_removes_it(
    page: Page, open_browser: OpenBrowser, server: Server
) -> None:
    person = register(server)
    enter(page, person, "/settings/security")
    page.get_by_role("button", name="Link Onyx").click()
    sign_in_at_provider(page, "unverified-ada")
    page.wait_for_url("**/settings/security")
    ways = page.get_by_role("list", name="Ways to sign in")
    expect(ways.get_by_text("unverified-ada@example.com")).to_be_visible()

    other = open_browser(server).new_page()
    other.goto("/sign-in")
    other.get_by_role("link", name="Continue with Onyx").click()
    sign_in_at_provider(other, "unverified-ada")
    other.wait_for_url(f"{server.client.base_url}/")
    other.goto("/settings/security")
    expect(other.get_by_text(person.email).first).to_be_visible()

    page.get_by_role("button", name="Remove Onyx").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(ways.get_by_text("Onyx")).to_have_count(0)
    person.api.close()


def test_a_user_with_only_a_provider_proves_their_identity_there(
    page: Page, server: Server, console: Console
) -> None:
    console.expect("status of 403")
    page.goto("/sign-in")
    page.get_by_role("link", name="Continue with Onyx").click()
    sign_in_at_provider(page, "hedy")
    page.wait_for_url(f"{server.client.base_url}/")
    page.goto(SECURITY)
    let_sessions_age(server)
    begin_two_steps(page)
    confirmation = page.get_by_role("dialog", name="Confirm that it is you")
    expect(confirmation.get_by_label("Password")).to_have_count(0)
    confirmation.get_by_role("button", name="Sign in with Onyx again").click()
    sign_in_at_provider(page, "hedy")
    page.wait_for_url(f"**{SECURITY}")
    begin_two_steps(page)

    expect(page.get_by_label("Code that the app shows")).to_be_visible()


def test_signing_in_as_another_user_proves_nothing(
    page: Page, server: Server, console: Console
) -> None:
    console.expect("status of 403")
    page.goto("/sign-in")
    page.get_by_role("link", name="Continue with Onyx").click()
    sign_in_at_provider(page, "joan")
    page.wait_for_url(f"{server.client.base_url}/")
    page.goto(SECURITY)
    let_sessions_age(server)
    begin_two_steps(page)
    page.get_by_role("button", name="Sign in with Onyx again").click()
    sign_in_at_provider(page, "not-joan")

    expect(page.get_by_role("alert")).to_contain_text("not the account that you use")
    begin_two_steps(page)
    expect(page.get_by_role("dialog", name="Confirm that it is you")).to_be_visible()


def begin_two_steps(page: Page) -> None:
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()


def test_a_cancelled_provider_sign_in_is_reported(page: Page, console: Console) -> None:
    console.expect("status of 401")  # no user is signed in on the way back
    page.goto("/sign-in")
    page.get_by_role("link", name="Continue with Onyx").click()
    page.get_by_role("link", name="Cancel").click()

    expect(page.get_by_role("alert")).to_contain_text("You did not sign in there")
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_unreachable_provider_is_reported(page: Page, console: Console) -> None:
    console.expect("status of 401")  # no user is signed in on the way back
    page.goto("/sign-up")
    page.get_by_role("link", name="Continue with Away").click()

    expect(page.get_by_role("alert")).to_contain_text("cannot be reached at the moment")


def test_a_page_without_providers_shows_none(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    with page.expect_response("**/api/v1/auth/providers"):
        page.goto("/sign-in")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="Continue with")).to_have_count(0)
