"""The audit trail, and the state of its chain."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.people import Person, enter

pytestmark = needs("tasks")

BROKEN = {
    "entries": 9,
    "head": "9:ab",
    "sealed": 0,
    "verified": 4,
    "is_whole": False,
    "fault": "entry 5 was changed",
}


@pytest.fixture
def trail(page: Page, admin: Person, person: Person) -> Page:
    person.add_task("Leave a trace")
    enter(page, admin, "/admin/audit")
    expect(page.get_by_role("heading", name="Audit trail")).to_be_visible()
    return page


def test_an_intact_chain_is_shown_as_whole(trail: Page) -> None:
    expect(trail.get_by_role("status").filter(has_text="The chain is whole")).to_be_visible()
    expect(trail.get_by_text(re.compile(r"^\d+ recorded, 0 of them in archives"))).to_be_visible()
    with trail.expect_response(re.compile("/audit/state")):
        trail.get_by_role("button", name="Verify again").click()


def test_a_broken_chain_is_shown_with_its_fault(page: Page, admin: Person) -> None:
    page.route(re.compile("/audit/state"), lambda route: route.fulfill(json=BROKEN))
    enter(page, admin, "/admin/audit")

    alert = page.get_by_role("alert").filter(has_text="The chain is broken")
    expect(alert).to_contain_text("entry 5 was changed")


def test_an_entry_links_to_others_of_its_actor(trail: Page, person: Person) -> None:
    trail.get_by_label("Event").fill("task.created")
    expect(trail).to_have_url(re.compile("event=task.created"))
    trail.get_by_role("button", name=re.compile("^task.created, entry")).first.press("Enter")
    entry = trail.get_by_role("dialog")
    expect(entry).to_contain_text('"task_id"')
    entry.get_by_role("button", name="All of this actor").click()

    expect(entry).to_have_count(0)
    actor = person.api.get("/users/me").json()["id"]
    expect(trail).to_have_url(re.compile(f"actor={actor}"))
    expect(trail.get_by_role("row").filter(has_text="task.created")).to_have_count(1)


def test_filters_survive_a_reload(trail: Page) -> None:
    trail.get_by_label("Event").fill("user.registered")
    trail.get_by_label("Since").fill("2020-01-01T10:30")
    expect(trail).to_have_url(re.compile("event=user.registered&since=2020-01-01T10"))
    trail.reload()

    expect(trail.get_by_label("Since")).to_have_value("2020-01-01T10:30")
    expect(trail.get_by_role("button", name=re.compile("user.registered")).first).to_be_visible()
    expect(trail.get_by_role("button", name=re.compile("task.created"))).to_have_count(0)


def test_times_limit_the_trail(trail: Page) -> None:
    trail.get_by_label("Until").fill("2020-01-01T10:30")

    expect(trail.get_by_text("No entry matches")).to_be_visible()
    trail.get_by_role("button", name="Clear the filters").click()
    expect(trail).to_have_url(re.compile("/admin/audit$"))
    expect(trail.get_by_role("button", name=re.compile("entry")).first).to_be_visible()


def test_an_invalid_actor_is_marked_as_ignored(trail: Page) -> None:
    trail.get_by_label("Actor").fill("ada")

    expect(trail.get_by_text("This is not an id, so it is ignored")).to_be_visible()
    expect(trail.get_by_label("Actor")).to_have_value("ada")
    expect(trail.get_by_role("button", name=re.compile("entry")).first).to_be_visible()
