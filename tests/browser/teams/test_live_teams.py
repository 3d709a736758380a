"""A member's open page follows a removal from the team, or another role."""

from playwright.sync_api import Page, expect

from tests.support.live_pages import wait_until_live
from tests.support.people import Console, Person, enter
from tests.support.processes.server import Server
from tests.support.teams.pages import admit, create_team, id_of


def test_controls_follow_the_role_and_a_removal_is_explained(
    page: Page, person: Person, neighbour: Person, application: Server, console: Console
) -> None:
    console.expect("status of 40[34]")
    team = create_team(person)
    admit(application, team, person, neighbour, "viewer")
    membership = f"/teams/{team['id']}/members/{id_of(neighbour)}"
    enter(page, neighbour, f"/teams/{team['id']}/members")
    expect(page.get_by_text("Admins and owners of the team invite")).to_be_visible()
    wait_until_live(page)

    person.api.patch(membership, json={"role": "admin"}).raise_for_status()
    expect(page.get_by_role("button", name="Invite", exact=True)).to_be_visible()
    person.api.patch(membership, json={"role": "viewer"}).raise_for_status()
    expect(page.get_by_role("button", name="Invite", exact=True)).to_have_count(0)

    person.api.delete(membership).raise_for_status()
    expect(page.get_by_role("heading", name="You are not in this team any more")).to_be_visible()
    page.get_by_role("link", name="Go to your tasks").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
