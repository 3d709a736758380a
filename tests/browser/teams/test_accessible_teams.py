"""Accessibility of a team's pages: checked by axe, also on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of, on_each_screen
from tests.support.contexts import needs
from tests.support.people import Person, enter
from tests.support.screens import PHONE
from tests.support.teams.pages import create_team, id_of

pytestmark = needs("tasks")

LONG = "Difference Engine, with a name that is rather longer than the names of most teams"


def test_the_pages_of_a_team_are_accessible(page: Page, person: Person) -> None:
    team = create_team(person, LONG)
    team_page = f"/teams/{team['id']}"
    body = {"email": f"{'long' * 12}@example.com", "role": "viewer"}
    person.api.post(f"{team_page}/invitations", json=body).raise_for_status()
    enter(page, person, "/teams")
    names = ("tasks", "tasks?view=board", "trash", "stats", "members", "settings")
    for path in ("/teams", *(f"{team_page}/{name}" for name in names)):
        page.goto(path)
        expect(page.get_by_role("main").get_by_text(LONG).first).to_be_visible()

        assert faults_of(page) == []

    page.get_by_role("button", name="switch").click()
    expect(page.get_by_role("menuitem", name=LONG)).to_be_visible()
    assert faults_of(page, "desktop") == []

    # a phone hides the navigation, and with it the menu
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("button", name="switch").click()
    expect(page.get_by_role("menuitem", name=LONG)).to_be_visible()
    assert faults_of(page, "phone") == []


def test_a_team_s_tasks_are_accessible(page: Page, person: Person) -> None:
    path = f"/teams/{create_team(person)['id']}/tasks"
    body = {"title": LONG, "tags": ["brass"], "assignee_id": id_of(person), "priority": "high"}
    task = person.api.post(path, json=body).raise_for_status().json()
    enter(page, person, path)
    assignee = page.get_by_role("button", name="Assignee: Ada Lovelace")
    expect(assignee).to_be_visible()
    assert faults_of(page) == []

    # an open popover stays where its button was
    for screen in on_each_screen(page):
        assignee.click()
        expect(page.get_by_role("radio", name="Ada Lovelace (you)")).to_be_focused()
        assert faults_of(page, screen) == []
        page.keyboard.press("Escape")

    page.goto(f"{path}?view=board&task={task['id']}")
    expect(page.get_by_role("dialog").get_by_label("Assignee")).to_be_visible()
    assert faults_of(page) == []


def test_the_dialogs_of_a_team_are_accessible(page: Page, person: Person) -> None:
    team = create_team(person)
    enter(page, person, f"/teams/{team['id']}/members")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Email")).to_be_focused()

    assert faults_of(page) == []
