"""Webhooks in the settings: added, tested, changed, resent, switched off, deleted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
from tests.support.people import Console, Person, enter, register
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser, StartApplication
from tests.support.webhooks.threaded_receiver import ThreadedReceiver, receiving_in_a_thread

WEBHOOKS = "/settings/webhooks"


@pytest.fixture(scope="module")
def server(start_application: StartApplication) -> Server:
    return start_application(WEBHOOK_ALLOW_PRIVATE_ADDRESSES="true")


@pytest.fixture
def owner(server: Server) -> Iterator[Person]:
    owner = register(server)
    yield owner
    owner.api.close()


@pytest.fixture
def receiver() -> Iterator[ThreadedReceiver]:
    with receiving_in_a_thread() as receiver:
        yield receiver


def add(page: Page, url: str, *events: str) -> str:
    """Add a webhook in the dialog, and return its secret, which stays shown."""
    page.get_by_role("button", name="Add a webhook").click()
    dialog = page.get_by_role("dialog", name="Add a webhook")
    dialog.get_by_label("Address").fill(url)
    for event in events:
        dialog.get_by_role("checkbox", name=event).check()
    dialog.get_by_role("button", name="Add the webhook").click()
    return secret_in(page)


def secret_in(page: Page) -> str:
    shown = page.get_by_role("dialog", name="The secret of your webhook")
    return shown.get_by_label("Secret", exact=True).input_value()


def done(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Done").click()


def card_of(page: Page) -> Locator:
    return page.get_by_role("list", name="Webhooks").get_by_role("listitem").first


@needs("tasks")
def test_a_webhook_is_added_tested_changed_and_deleted(
    open_browser: OpenBrowser, server: Server, owner: Person, receiver: ThreadedReceiver
) -> None:
    page = open_browser(server).new_page()
    enter(page, owner, WEBHOOKS)
    expect(page.get_by_text("No webhooks")).to_be_visible()
    secret = add(page, receiver.url, "task.created")
    done(page)
    expect(page.get_by_text(secret)).to_have_count(0)

    card = card_of(page)
    card.get_by_role("button", name="Send a test").click()
    assert receiver.next_event(secret)["type"] == "webhook.test"
    card.get_by_role("button", name="Attempts").click()
    attempts = card.get_by_role("list", name="Attempts").get_by_role("listitem")
    expect(attempts).to_contain_text(["200"])

    card.get_by_role("button", name="New secret").click()
    new_secret = secret_in(page)
    done(page)
    receiver.status = 410
    attempts.get_by_role("button", name="Send again").click()
    assert receiver.next_event(new_secret)["type"] == "webhook.test"
    expect(attempts).to_contain_text(["410", "200"])
    expect(attempts.first).to_contain_text("the receiver's words")
    is_on = card.get_by_role("switch", name=f"{receiver.url} is on")
    expect(is_on).not_to_be_checked()
    expect(card.get_by_role("button", name="Send a test")).to_be_disabled()

    receiver.status = 204
    card.get_by_text(receiver.url).locator("..").locator("label").first.click()
    expect(is_on).to_be_checked()
    card.get_by_role("button", name="Edit the webhook").click()
    dialog = page.get_by_role("dialog", name="Edit the webhook")
    dialog.get_by_role("checkbox", name="task.created").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Choose at least one event")).to_be_visible()
    dialog.get_by_role("checkbox", name="task.deleted").check()
    dialog.get_by_label("Address").fill(f"{receiver.url}/next")
    dialog.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("/hook/next")
    expect(card).to_contain_text("task.deleted")
    task = owner.add_task("Buy milk")
    owner.api.delete(f"/tasks/{task['id']}").raise_for_status()
    assert receiver.next_event(new_secret)["type"] == "task.deleted"

    card.get_by_role("button", name="Delete the webhook").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No webhooks")).to_be_visible()


def test_the_page_is_accessible_and_shows_a_conflict(
    open_browser: OpenBrowser, server: Server, owner: Person, console: Console
) -> None:
    console.expect("status of 412")
    page = open_browser(server).new_page()
    enter(page, owner, WEBHOOKS)
    url = f"https://example.com/{'a' * 100}"
    page.get_by_role("button", name="Add a webhook").click()
    expect(page.get_by_role("dialog", name="Add a webhook")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Cancel").click()
    add(page, url, "task.created", "task.changed", "task.deleted")
    assert faults_of(page) == []
    done(page)

    card_of(page).get_by_role("button", name="Edit the webhook").click()
    dialog = page.get_by_role("dialog", name="Edit the webhook")
    dialog.get_by_label("Address").fill("https://example.com/mine")
    [webhook] = owner.api.get("/webhooks").json()["items"]
    theirs = {"url": "https://example.com/theirs"}
    owner.api.patch(f"/webhooks/{webhook['id']}", json=theirs).raise_for_status()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("It has changed meanwhile")).to_be_visible()
    expect(dialog.get_by_role("alert")).to_contain_text("https://example.com/theirs")
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Save mine").click()
    expect(card_of(page)).to_contain_text("https://example.com/mine")

    card_of(page).get_by_role("button", name="Attempts").click()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    assert faults_of(page) == []
