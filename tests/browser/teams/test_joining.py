"""Following an invitation: signed out, signed in, as another user, with an unverified email."""

from playwright.sync_api import Page, expect

from tests.support.mail_links import link_to
from tests.support.people import PASSWORD, Console, Person, enter
from tests.support.processes.server import Server


def invite(application: Server, inviter: Person, email: str) -> str:
    """Invite a person, and return the path of the link in the mail."""
    team = inviter.api.post("/teams", json={"name": "Analytical Engine"}).raise_for_status().json()
    body = {"email": email, "role": "member"}
    inviter.api.post(f"/teams/{team['id']}/invitations", json=body).raise_for_status()
    return link_to(application, email, "/join")


def test_a_visitor_without_an_account_signs_up_and_joins(
    page: Page, person: Person, application: Server
) -> None:
    email = f"invited-{application.port}@example.com"
    page.goto(invite(application, person, email))
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill("Charles Babbage")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("button", name="Join the team").click()

    expect(page.get_by_role("heading", name="You are in Analytical Engine")).to_be_visible()
    page.get_by_role("link", name="Go to the team").click()
    page.get_by_role("link", name="Members").click()
    expect(page.get_by_role("list", name="Members")).to_contain_text(email)
    page.goto("/settings/security")
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()


def test_a_user_with_another_email_can_sign_in_as_the_invited_user(
    page: Page, person: Person, neighbour: Person, application: Server, console: Console
) -> None:
    console.expect("status of 403")
    path = invite(application, person, neighbour.email)
    enter(page, person)
    page.goto(path)
    join = page.get_by_role("button", name="Join the team")
    expect(join).to_be_visible()
    assert "token" not in page.url
    join.click()
    expect(page.get_by_role("alert")).to_contain_text("another email address")

    page.get_by_role("button", name="Sign in as somebody else").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(neighbour.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Join the team").click()

    expect(page.get_by_role("heading", name="You are in Analytical Engine")).to_be_visible()


def test_an_invalid_link_is_reported(
    page: Page, person: Person, application: Server, console: Console
) -> None:
    console.expect("status of 404")
    enter(page, person)
    page.goto("/join?token=made-up")
    page.get_by_role("button", name="Join the team").click()

    expect(page.get_by_role("heading", name="This invitation does not work")).to_be_visible()
