"""Accessibility of every page: axe finds no violation, and it fits on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.contexts import needs
from tests.support.people import Person, enter

pytestmark = needs("tasks")

SIGNED_OUT = {
    "/sign-in": "Sign in",
    "/sign-up": "Make an account",
    "/forgot-password": "Forgot your password?",
    "/reset-password?token=x": "Set a new password",
    "/verify-email": "This link does not work",
    "/confirm-email?token=x": "Confirm your new email",
    "/cancel-email-change?token=x": "Keep your email address",
    "/join?token=x": "Join a team",
    "/nowhere": "There is no such page",
}
SIGNED_IN = {
    "/": "Tasks",
    "/?view=board": "Tasks",
    "/trash": "Trash",
    "/settings/profile": "Settings",
    "/settings/security": "Settings",
    "/settings/sessions": "Settings",
    "/stats": "Statistics",
    "/admin/users": "For administrators",
}
ADMIN = {
    "/admin/users": "Users",
    "/admin/flags": "Flags",
    "/admin/audit": "Audit trail",
    "/admin/deliveries": "Deliveries",
    "/admin/health": "Health",
}


@pytest.mark.parametrize(("path", "heading"), SIGNED_OUT.items())
def test_a_public_page_has_no_violation(page: Page, path: str, heading: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()

    assert faults_of(page) == []


@pytest.mark.parametrize(("path", "heading"), SIGNED_IN.items())
def test_a_page_of_a_user_has_no_violation(
    page: Page, person: Person, path: str, heading: str
) -> None:
    enter(page, person, path)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()

    assert faults_of(page) == []


@pytest.mark.parametrize(("path", "heading"), ADMIN.items())
def test_a_page_of_an_admin_has_no_violation(
    page: Page, admin: Person, path: str, heading: str
) -> None:
    enter(page, admin, path)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()

    assert faults_of(page) == []
