"""The table of users that an admin sees."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.people import Person


def user_of(admin: Person, email: str) -> dict[str, Any]:
    """The user as the server has them."""
    answer = admin.api.get("/users", params={"search": email})
    answer.raise_for_status()
    (user,) = answer.json()["items"]
    return dict(user)


def find(page: Page, email: str) -> None:
    """Search until only this user is listed."""
    page.get_by_label("Search users").fill(email)
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("cell", name=email)).to_be_visible()


def choose(page: Page, action: str) -> None:
    """Use the menu of the only user that is listed."""
    page.get_by_role("button", name=re.compile("Actions for")).click()
    page.get_by_role("menuitem", name=action, exact=True).click()
