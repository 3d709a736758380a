"""The picture at the beginning of the README: ``UPDATE_PICTURE=1`` takes a new one."""

import os
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.mail_links import verify_email
from tests.support.people import Person, enter
from tests.support.processes.server import ROOT, Server

pytestmark = needs("tasks")

PICTURE = ROOT / "docs" / "images" / "tasks.png"
LARGEST = 100_000  # bytes, as every clone contains it

# title, status, priority, days until it is due, tags
TASKS = [
    ("Upgrade PostgreSQL in production", "done", "high", None, ["ops", "release"]),
    ("Order more coffee", "done", "none", None, ["home"]),
    ("Plan the retrospective", "todo", "none", 9, ["team"]),
    ("Book the train to Lyon", "todo", "low", 5, ["travel"]),
    ("Water the ferns", "todo", "none", 1, ["home"]),
    ("Review the pull request on pagination", "in_progress", "medium", 0, ["review"]),
    ("Renew the certificate of the staging server", "todo", "urgent", -1, ["ops"]),
    ("Prepare the release notes", "in_progress", "high", 0, ["release", "docs"]),
]


def test_the_page_in_the_readme_s_picture_is_rendered(
    application: Server, page: Page, person: Person
) -> None:
    verify_email(application, person)
    today = datetime.now(UTC).date()
    for title, status, priority, days, tags in TASKS:
        due = {} if days is None else {"due_on": str(today + timedelta(days=days))}
        person.add_task(title, status=status, priority=priority, tags=tags, **due)
    page.set_viewport_size({"width": 1000, "height": 600})
    enter(page, person)
    expect(page.get_by_text(TASKS[0][0])).to_be_visible()
    expect(page.get_by_role("region", name="Reminder")).to_be_hidden()
    wait_until_live(page)

    picture = page.screenshot(animations="disabled")

    assert len(picture) < LARGEST
    if os.environ.get("UPDATE_PICTURE"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(picture)
    assert PICTURE.name in (ROOT / "README.md").read_text()
