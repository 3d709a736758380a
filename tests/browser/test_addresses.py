"""Invalid parameters in untrusted URLs are dropped."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.people import Person, enter

pytestmark = needs("tasks")

ADDRESSES = {
    "/?status=lost&sort=colour&q=1": "Tasks",
    "/stats?days=5000&interval=hour": "Statistics",
    "/admin/users?role=king&sort=colour&state=9": "Users",
    "/admin/audit?since=garbage&actor=x&until[]=1": "Audit trail",
}


@pytest.mark.parametrize(("address", "heading"), ADDRESSES.items())
def test_a_url_with_invalid_parameters_shows_its_page(
    page: Page, admin: Person, address: str, heading: str
) -> None:
    enter(page, admin, address)

    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
