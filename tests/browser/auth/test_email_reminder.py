"""A user is reminded to verify their email until it is verified."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.contexts import needs
from tests.support.mail_links import tokens_to, verify_email
from tests.support.people import Person, enter
from tests.support.processes.server import Server


def reminder_on(page: Page) -> Locator:
    return page.get_by_role("region", name="Reminder")


@pytest.fixture
def reminded(page: Page, person: Person) -> Page:
    enter(page, person)
    expect(reminder_on(page)).to_contain_text(person.email)
    return page


@needs("tasks")
def test_the_link_of_a_resent_mail_ends_the_reminder(
    reminded: Page, person: Person, application: Server
) -> None:
    tokens_to(application, person.email, "/verify-email", count=1)
    reminder_on(reminded).get_by_role("button", name="Send again").click()
    expect(reminder_on(reminded)).to_contain_text("A mail is on its way")
    *_, newest = tokens_to(application, person.email, "/verify-email", count=2)
    other = reminded.context.new_page()
    other.goto(f"/verify-email?token={newest}")
    expect(other.get_by_role("heading", name="Your email is verified")).to_be_visible()

    expect(reminder_on(reminded)).to_have_count(0)
    other.get_by_role("link", name="Go to the tasks").click()
    expect(other.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(reminder_on(other)).to_have_count(0)


def test_the_reminder_ends_after_verification_on_another_device(
    page: Page, person: Person, application: Server
) -> None:
    page.clock.install()
    enter(page, person)
    expect(reminder_on(page)).to_be_visible()
    verify_email(application, person)
    page.clock.fast_forward("00:30")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")

    expect(reminder_on(page)).to_have_count(0)


def test_the_reminder_can_be_hidden(reminded: Page) -> None:
    reminder_on(reminded).get_by_role("button", name="Hide the reminder").click()
    reminded.get_by_role("link", name="Trash").click()
    expect(reminded.get_by_role("heading", name="Trash")).to_be_visible()

    expect(reminder_on(reminded)).to_have_count(0)


def test_the_settings_replace_the_reminder(page: Page, person: Person) -> None:
    enter(page, person, "/settings/security")

    expect(page.get_by_role("button", name="Send the mail again")).to_be_visible()
    expect(reminder_on(page)).to_have_count(0)
