"""Changing the email: in the settings, and by the links in the mails."""

from playwright.sync_api import Page, expect

from tests.support.mail_links import link_to
from tests.support.people import Console, Person, enter
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser


def request_change(page: Page, email: str) -> None:
    page.get_by_role("button", name="Change the email").click()
    page.get_by_label("New email").fill(email)
    page.get_by_role("button", name="Send the mails").click()
    expect(page.get_by_text(f"A mail is on its way to {email}")).to_be_visible()


def test_a_new_email_is_confirmed_on_another_device(
    page: Page, person: Person, application: Server, open_browser: OpenBrowser
) -> None:
    new = person.email.replace("person", "renamed")
    enter(page, person, "/settings/security")
    request_change(page, new)
    phone = open_browser().new_page()
    phone.goto(link_to(application, new, "/confirm-email"))
    phone.get_by_role("button", name="Confirm the new email").click()
    expect(phone.get_by_role("heading", name="Your email is changed")).to_be_visible()

    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("button", name="Change the email")).to_be_visible()
    expect(page.get_by_text(new)).to_be_visible()
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()


def test_a_change_is_cancelled_in_the_settings(page: Page, person: Person) -> None:
    enter(page, person, "/settings/security")
    request_change(page, person.email.replace("person", "withdrawn"))
    page.reload()
    page.get_by_role("button", name="Keep the present address").click()

    expect(page.get_by_role("button", name="Change the email")).to_be_visible()


def test_a_change_is_cancelled_from_the_current_mailbox(
    page: Page, person: Person, application: Server, console: Console
) -> None:
    console.expect("status of 401")
    enter(page, person, "/settings/security")
    request_change(page, person.email.replace("person", "cancelled"))
    link = link_to(application, person.email, "/cancel-email-change")
    page.goto(link)
    page.get_by_role("button", name="Cancel the change").click()
    expect(page.get_by_role("heading", name="Your email address stays")).to_be_visible()

    page.goto(link)
    page.get_by_role("button", name="Cancel the change").click()
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_the_current_email_is_refused_beside_the_field(page: Page, person: Person) -> None:
    enter(page, person, "/settings/security")
    page.get_by_role("button", name="Change the email").click()
    page.get_by_label("New email").fill(person.email)
    page.get_by_role("button", name="Send the mails").click()

    expect(page.get_by_label("New email")).to_have_accessible_description(
        "This is your email already"
    )
