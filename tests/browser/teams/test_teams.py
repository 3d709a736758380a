"""Teams from creation to deletion: members, roles, invitations, settings."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.people import Console, Person, enter
from tests.support.processes.server import Server
from tests.support.screens import PHONE, OpenBrowser
from tests.support.teams.pages import admit, create_team, roles


def card(page: Page, person: Person) -> Locator:
    """The card of a person on the page of members."""
    members = page.get_by_role("list", name="Members").get_by_role("listitem")
    return members.filter(has_text=person.email)


def test_a_team_is_created_and_left_for_personal_tasks_by_keyboard(
    page: Page, person: Person
) -> None:
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    switch = page.get_by_role("button", name="Your tasks: switch")
    for is_kept in (False, True):
        switch.press("Enter")
        expect(page.get_by_text("You are in no team yet")).to_be_visible()
        page.keyboard.press("End")
        expect(page.get_by_role("menuitem", name="New team")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Name")).to_be_focused()
        if not is_kept:
            page.keyboard.press("Escape")
            expect(switch).to_be_focused()
    page.keyboard.type("Analytical Engine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    expect(card(page, person)).to_contain_text("You")

    page.get_by_role("button", name="Analytical Engine: switch").press("Enter")
    expect(page.get_by_role("menuitem", name="Analytical Engine")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(page.get_by_role("button", name="Your tasks: switch")).to_be_visible()


def test_a_phone_can_switch_between_teams(open_browser: OpenBrowser, person: Person) -> None:
    create_team(person, "Difference Engine")
    page = open_browser(viewport=PHONE).new_page()
    enter(page, person)
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("button", name="Your tasks: switch").click()
    page.get_by_role("menuitem", name="Difference Engine").click()

    expect(page.get_by_role("main").get_by_text("Difference Engine")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages")).not_to_be_visible()


def test_an_owner_changes_roles_and_removes_members(
    page: Page, person: Person, neighbour: Person, application: Server, console: Console
) -> None:
    console.expect("status of 409")
    team = create_team(person)
    admit(application, team, person, neighbour, "member")
    enter(page, person, f"/teams/{team['id']}/members")
    role = card(page, neighbour).get_by_label("Role of")
    role.select_option("Admin")
    expect(page.get_by_text("Grace Hopper is now admin.")).to_be_visible()
    assert roles(team, person) == {person.email: "owner", neighbour.email: "admin"}

    card(page, neighbour).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(card(page, neighbour)).to_have_count(0)
    assert roles(team, person) == {person.email: "owner"}

    card(page, person).get_by_role("button", name="Leave").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Leave").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Make another member an owner first")
    dialog.get_by_role("link", name="Team settings").click()
    expect(page.get_by_role("heading", name="Delete the team")).to_be_visible()


def test_an_invitation_is_sent_and_revoked(page: Page, person: Person, neighbour: Person) -> None:
    team = create_team(person)
    enter(page, person, f"/teams/{team['id']}/members")
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill(neighbour.email)
    dialog.get_by_label("Role").select_option("Viewer")
    dialog.get_by_role("button", name="Invite").click()
    waiting = page.get_by_role("region", name="Invitations").get_by_role("listitem")
    expect(waiting).to_contain_text([re.compile(f"{neighbour.email}.*Viewer")])

    waiting.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("No invitation waits for an answer.")).to_be_visible()
    assert person.api.get(f"/teams/{team['id']}/invitations").json()["items"] == []


def test_a_team_is_renamed_over_a_newer_name_and_deleted(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412")
    team = create_team(person)
    path = f"/teams/{team['id']}"
    enter(page, person, f"{path}/settings")
    page.get_by_label("Name of the team").fill("Mine")
    person.api.patch(path, json={"name": "Theirs"}).raise_for_status()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("It is now called Theirs.")
    page.get_by_role("button", name="Save mine").click()
    expect(page.get_by_role("button", name="Mine: switch")).to_be_visible()

    page.get_by_role("button", name="Delete the team").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The name of the team, to be sure").fill("Theirs")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_text("This is not its name")).to_be_visible()
    dialog.get_by_label("The name of the team, to be sure").fill("Mine")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("You are in no team yet")).to_be_visible()
    assert person.api.get(path).status_code == 404


def test_a_viewer_sees_only_controls_that_work(
    page: Page, person: Person, neighbour: Person, application: Server
) -> None:
    team = create_team(person)
    admit(application, team, person, neighbour, "viewer")
    enter(page, neighbour, f"/teams/{team['id']}/members")
    expect(card(page, person)).to_contain_text("Owner")
    for name in ("Invite", "Remove"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_label("Role of")).to_have_count(0)

    page.get_by_role("link", name="Team settings").click()
    expect(page.get_by_role("button", name="Leave the team")).to_be_visible()
    expect(page.get_by_role("button", name="Delete the team")).to_have_count(0)
    expect(page.get_by_label("Name of the team")).to_have_count(0)


def test_the_only_owner_of_a_team_is_sent_to_it_before_deleting_the_account(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 409")
    create_team(person)
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your email, to be sure").fill(person.email)
    dialog.get_by_label("Password", exact=True).fill(person.password)
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_role("alert")).to_contain_text("leave Analytical Engine without an owner")
    dialog.get_by_role("link", name="Go to the team").click()

    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    expect(dialog).to_have_count(0)
