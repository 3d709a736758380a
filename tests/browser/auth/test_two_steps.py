"""Two-step sign-in, and confirming one's identity again."""

import re

import pyotp
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import faults_of
from tests.support.auth.freshness import let_sessions_age
from tests.support.contexts import needs
from tests.support.people import Console, Person, enter
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser

SECURITY = "/settings/security"
RECOVERY_CODE = re.compile(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}")


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def turn_on(page: Page, person: Person) -> list[str]:
    """Turn two-step sign-in on, and return the recovery codes."""
    page.get_by_role("button", name="Turn on").click()
    opened = dialog(page, "Turn on two-step sign-in")
    opened.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(opened.get_by_label("Code that the app shows")).to_be_visible()
    [secret] = re.findall(r"(?:[A-Z2-7]{4} ?){8}", opened.inner_text())
    opened.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    page.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="I have kept them")).to_be_visible()
    codes = RECOVERY_CODE.findall(opened.inner_text())
    opened.get_by_role("button", name="I have kept them").click()
    return codes


def send_password(page: Page, person: Person) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")


@needs("tasks")
def test_a_user_who_turned_it_on_signs_in_with_a_code(
    page: Page, person: Person, open_browser: OpenBrowser, console: Console
) -> None:
    console.expect("status of 401")
    enter(page, person, SECURITY)
    code, *others = turn_on(page, person)
    expect(page.get_by_text("Recovery codes left: 10")).to_be_visible()
    elsewhere = open_browser().new_page()
    send_password(elsewhere, person)
    elsewhere.get_by_label("Code").fill("000000")
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.get_by_text("The code is incorrect, or was used already")).to_be_visible()
    elsewhere.get_by_label("Code").fill(code)
    elsewhere.keyboard.press("Enter")

    expect(elsewhere.get_by_role("heading", name="Tasks")).to_be_visible()
    assert len(others) == 9


def test_two_steps_are_turned_off_with_the_password(page: Page, person: Person) -> None:
    enter(page, person, SECURITY)
    turn_on(page, person)
    page.get_by_role("button", name="Turn off").click()
    dialog(page, "Turn off two-step sign-in").get_by_label("Password", exact=True).fill(
        person.password
    )
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Turn on")).to_be_visible()


def test_an_old_session_confirms_its_user_and_then_completes_the_action(
    page: Page, person: Person, application: Server, console: Console
) -> None:
    console.expect("status of 403")
    enter(page, person, "/settings/api-keys")
    page.get_by_role("button", name="Make an API key").click()
    dialog(page, "Make an API key").get_by_label("Name").fill("A script")
    page.get_by_role("checkbox").first.check()
    let_sessions_age(application)
    page.get_by_role("button", name="Make the key").click()
    dialog(page, "Confirm that it is you").get_by_label("Password", exact=True).fill(
        person.password
    )
    page.keyboard.press("Enter")

    expect(dialog(page, "Your new API key")).to_be_visible()


def test_an_action_without_confirmation_does_nothing(
    page: Page, person: Person, application: Server, console: Console
) -> None:
    console.expect("status of 403")
    enter(page, person, SECURITY)
    let_sessions_age(application)
    page.get_by_role("button", name="Turn on").click()
    opened = dialog(page, "Turn on two-step sign-in")
    opened.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    dialog(page, "Confirm that it is you").get_by_role("button", name="Cancel").click()

    expect(opened.get_by_text("Confirm first that it is you")).to_be_visible()


def test_the_dialog_to_turn_it_on_is_accessible(page: Page, person: Person) -> None:
    enter(page, person, SECURITY)
    page.get_by_role("button", name="Turn on").click()
    opened = dialog(page, "Turn on two-step sign-in")
    opened.get_by_label("Password", exact=True).fill(person.password)
    assert faults_of(page) == []
    page.keyboard.press("Enter")
    expect(opened.get_by_label("Code that the app shows")).to_be_visible()

    assert faults_of(page) == []
