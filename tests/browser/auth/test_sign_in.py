"""Signing in and out."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.people import Person, enter


@needs("tasks")
def test_a_user_signs_in_and_sees_their_tasks(page: Page, person: Person) -> None:
    person.add_task("Water the ferns")
    page.goto("/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(page.get_by_text("Water the ferns")).to_be_visible()


def test_a_signed_out_page_requests_only_the_providers(page: Page) -> None:
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    page.goto("/")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    paths = {urlsplit(url).path for url in calls if "/api/" in url}
    assert paths <= {"/api/v1/auth/providers"}


@needs("tasks")
def test_a_reload_keeps_the_user_signed_in(page: Page, person: Person) -> None:
    enter(page, person)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    page.reload()

    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
