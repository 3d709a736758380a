"""API keys in the settings: made, shown once, used by a script, revoked."""

import httpx
from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
from tests.support.people import Person, enter
from tests.support.processes.server import Server

KEYS = "/settings/api-keys"


def make_key(page: Page, name: str, *scopes: str) -> str:
    """Make a key in the dialog, and return it."""
    page.get_by_role("button", name="Make an API key").click()
    dialog = page.get_by_role("dialog", name="Make an API key")
    dialog.get_by_label("Name").fill(name)
    for scope in scopes:
        dialog.get_by_role("checkbox", name=scope).check()
    dialog.get_by_role("button", name="Make the key").click()
    shown = page.get_by_role("dialog", name="Your new API key")
    return shown.get_by_label("API key", exact=True).input_value()


def use(application: Server, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{application.client.base_url}/api/v1/tasks", headers=headers).status_code


@needs("tasks")
def test_a_key_is_shown_once_works_in_a_script_and_is_revoked(
    page: Page, person: Person, application: Server
) -> None:
    enter(page, person, KEYS)
    expect(page.get_by_text("No API keys")).to_be_visible()

    key = make_key(page, "nightly report", "See tasks, and follow their changes")
    shown = page.get_by_role("dialog", name="Your new API key")
    expect(shown.get_by_text(f'curl -H "Authorization: Bearer {key}"')).to_be_visible()
    shown.get_by_role("button", name="Done").click()
    used = use(application, key)
    page.reload()

    card = page.get_by_role("list", name="API keys").get_by_role("listitem")
    expect(card).to_contain_text("nightly report")
    expect(card).to_contain_text("used within the last hour")
    expect(card).to_contain_text("tasks:read")
    expect(page.get_by_text(key)).to_have_count(0)
    assert used == 200

    card.get_by_role("button", name="Revoke the key nightly report").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No API keys")).to_be_visible()
    assert use(application, key) == 401


def test_a_key_needs_a_name_and_a_scope(page: Page, person: Person) -> None:
    enter(page, person, KEYS)
    page.get_by_role("button", name="Make an API key").click()
    dialog = page.get_by_role("dialog", name="Make an API key")

    dialog.get_by_role("button", name="Make the key").click()

    expect(dialog.get_by_text("Enter a name")).to_be_visible()
    expect(dialog.get_by_text("Choose what the key may do")).to_be_visible()
    assert person.api.get("/auth/api-keys").json()["items"] == []


def test_the_new_key_is_copied_and_stays_until_dismissed(
    page: Page, person: Person, application: Server
) -> None:
    origin = str(application.client.base_url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    enter(page, person, KEYS)
    key = make_key(page, "backup", "See tasks, and follow their changes")
    shown = page.get_by_role("dialog", name="Your new API key")

    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    shown.get_by_role("button", name="Copy the key").click()

    expect(shown.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key


def test_the_page_and_its_dialogs_are_accessible(page: Page, person: Person) -> None:
    enter(page, person, KEYS)
    page.get_by_role("button", name="Make an API key").click()
    expect(page.get_by_role("dialog", name="Make an API key")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Cancel").click()
    make_key(page, "a" * 60, "See tasks, and follow their changes")
    assert faults_of(page) == []
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("list", name="API keys")).to_be_visible()
    assert faults_of(page) == []
