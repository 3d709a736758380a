"""Tasks that are there, and what opens for them, by axe and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.people import Person, enter


@pytest.fixture
def busy(person: Person) -> Person:
    """Somebody with a task of each look."""
    person.add_task("Order coffee", status="done", tags=["home"])
    person.add_task("Review the design", status="in_progress", priority="urgent")
    person.add_task("Renew the certificate", due_on="2026-01-31", tags=["ops", "release"])
    return person


@pytest.mark.parametrize("path", ["/", "/?view=board"])
def test_tasks_are_read_by_everybody(screen: Page, busy: Person, path: str) -> None:
    enter(screen, busy, path)
    expect(screen.get_by_text("Renew the certificate")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_a_task_s_details_are_read_by_everybody(screen: Page, busy: Person) -> None:
    task = busy.tasks()[0]
    enter(screen, busy, f"/?task={task['id']}")
    expect(screen.get_by_role("dialog").get_by_text("Description")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_the_choice_of_a_day_is_read_by_everybody(screen: Page, busy: Person) -> None:
    enter(screen, busy)
    screen.get_by_role("button", name="Due").first.click()
    expect(screen.get_by_role("button", name="Tomorrow")).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0
