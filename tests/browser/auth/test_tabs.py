"""Several tabs, and several people, in one browser."""

import re

from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.support.contexts import needs
from tests.support.people import Console, Person, enter
from tests.support.screens import OpenBrowser
from tests.support.tabs import open_tabs, pass_minutes, search_at_once

pytestmark = needs("tasks")

ROUNDS = 3
LIFETIME = 16  # minutes: longer than an access token lives


def requests_of(context: BrowserContext, path: str) -> list[Request]:
    """Collect the requests of all tabs from now on whose URL ends with ``path``."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith(path):
            requests.append(request)

    context.on("request", note)
    return requests


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_six_tabs_refresh_an_expired_token_once(open_browser: OpenBrowser, person: Person) -> None:
    context = open_browser()
    tabs = open_tabs(context, person, 6)
    refreshes = requests_of(context, "/auth/refresh")
    for number in range(1, ROUNDS + 1):
        pass_minutes(context, LIFETIME)
        search_at_once(tabs, f"round{number}")
        assert len(refreshes) == number


def test_signing_out_in_one_tab_empties_the_others(
    open_browser: OpenBrowser, person: Person
) -> None:
    person.add_task("Water the ferns")
    first, second, third = open_tabs(open_browser(), person, 3)
    expect(second.get_by_text("Water the ferns")).to_be_visible()
    sign_out(first)

    for other in (second, third):
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(other.get_by_text("Water the ferns")).to_have_count(0)


def test_sign_in_after_an_ended_session_returns_to_the_page(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 401")
    enter(page, person, "/?q=ferns")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    person.api.post("/auth/logout-all").raise_for_status()
    page.reload()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    sign_in(page, person)

    expect(page).to_have_url(re.compile(r"/\?q=ferns$"))


def test_a_page_load_sends_no_request_twice(page: Page, person: Person) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.method} {request.url}"))
    enter(page, person)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    page.get_by_label("New task").fill("Feed the cat")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Feed the cat")).to_be_visible()

    posts = [request for request in requests if request.startswith("POST")]
    assert [post.rsplit("/", 1)[-1] for post in posts] == ["refresh", "tasks"]
