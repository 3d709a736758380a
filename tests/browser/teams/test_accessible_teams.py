"""The pages of a team, by axe and on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.contexts import needs
from tests.support.people import Person, enter
from tests.support.screens import PHONE
from tests.support.teams.pages import found, id_of

pytestmark = needs("tasks")

LONG = "Difference Engine, with a name that is rather longer than the names of most teams"


def test_the_pages_of_a_team_are_read_by_everybody(screen: Page, person: Person) -> None:
    team = found(person, LONG)
    path = f"/teams/{team['id']}"
    body = {"email": f"{'long' * 12}@example.com", "role": "viewer"}
    person.api.post(f"{path}/invitations", json=body).raise_for_status()
    enter(screen, person, "/teams")
    pages = ("tasks", "tasks?view=board", "trash", "stats", "members", "settings")
    for page in ("/teams", *(f"{path}/{page}" for page in pages)):
        screen.goto(page)
        expect(screen.get_by_role("main").get_by_text(LONG).first).to_be_visible()

        assert violations(screen) == []
        assert overflow(screen) <= 0

    if screen.viewport_size == PHONE:
        screen.get_by_role("button", name="Navigation").click()
    screen.get_by_role("button", name="switch").click()
    expect(screen.get_by_role("menuitem", name=LONG)).to_be_visible()

    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_a_teams_tasks_are_read_by_everybody(screen: Page, person: Person) -> None:
    path = f"/teams/{found(person)['id']}/tasks"
    body = {"title": LONG, "tags": ["brass"], "assignee_id": id_of(person), "priority": "high"}
    task = person.api.post(path, json=body).raise_for_status().json()
    enter(screen, person, path)
    assignee = screen.get_by_role("button", name="Assignee: Ada Lovelace")
    expect(assignee).to_be_visible()
    assert violations(screen) == []
    assert overflow(screen) <= 0

    assignee.click()
    expect(screen.get_by_role("radio", name="Ada Lovelace (you)")).to_be_focused()
    assert violations(screen) == []

    screen.goto(f"{path}?view=board&task={task['id']}")
    expect(screen.get_by_role("dialog").get_by_label("Assignee")).to_be_visible()
    assert violations(screen) == []
    assert overflow(screen) <= 0


def test_what_is_asked_in_a_team_is_read_by_everybody(screen: Page, person: Person) -> None:
    team = found(person)
    enter(screen, person, f"/teams/{team['id']}/members")
    screen.get_by_role("button", name="Invite", exact=True).click()
    expect(screen.get_by_role("dialog").get_by_label("Email")).to_be_focused()

    assert violations(screen) == []
    assert overflow(screen) <= 0
