"""The pages of a team, by axe and on a phone."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import overflow, violations
from tests.support.people import Person, enter
from tests.support.screens import PHONE
from tests.support.teams.pages import found

LONG = "Difference Engine, with a name that is rather longer than the names of most teams"


def test_the_pages_of_a_team_are_read_by_everybody(screen: Page, person: Person) -> None:
    team = found(person, LONG)
    path = f"/teams/{team['id']}"
    body = {"email": f"{'long' * 12}@example.com", "role": "viewer"}
    person.api.post(f"{path}/invitations", json=body).raise_for_status()
    enter(screen, person, "/teams")
    for page in ("/teams", f"{path}/members", f"{path}/settings"):
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


def test_what_is_asked_in_a_team_is_read_by_everybody(screen: Page, person: Person) -> None:
    team = found(person)
    enter(screen, person, f"/teams/{team['id']}/members")
    screen.get_by_role("button", name="Invite", exact=True).click()
    expect(screen.get_by_role("dialog").get_by_label("Email")).to_be_focused()

    assert violations(screen) == []
    assert overflow(screen) <= 0
