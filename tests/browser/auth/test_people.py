"""Two people use one browser, one after the other."""

from playwright.sync_api import Page, expect

from tests.support.contexts import needs
from tests.support.held_requests import hold_next
from tests.support.people import Person, enter

pytestmark = needs("tasks")

BULK = "**/api/v1/tasks/bulk"


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_next_person_sees_nothing_of_the_previous_one(
    page: Page, person: Person, neighbour: Person
) -> None:
    person.add_task("Water the ferns")
    neighbour.add_task("Feed the cat")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    page.goto("/settings/profile")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Ada Lovelace")
    sign_out(page)
    sign_in(page, neighbour)

    expect(page.get_by_text("Feed the cat")).to_be_visible()
    expect(page.get_by_text("Water the ferns")).to_have_count(0)
    page.go_back()
    expect(page.get_by_text("Feed the cat")).to_be_visible()
    expect(page.get_by_text("Water the ferns")).to_have_count(0)


def test_a_sign_in_in_another_tab_replaces_the_person_in_every_tab(
    page: Page, person: Person, neighbour: Person
) -> None:
    """The previous person never signed out: the site's data were cleared."""
    person.add_task("Water the ferns")
    neighbour.add_task("Feed the cat")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    page.evaluate("localStorage.clear()")
    other = page.context.new_page()
    other.goto("/")
    sign_in(other, neighbour)

    expect(page.get_by_role("button", name=f"Account of {neighbour.email}")).to_be_visible()
    expect(page.get_by_text("Feed the cat")).to_be_visible()
    expect(page.get_by_text("Water the ferns")).to_have_count(0)


def test_a_late_list_is_not_shown_to_the_next_person(
    page: Page, person: Person, neighbour: Person
) -> None:
    person.add_task("Water the ferns")
    neighbour.add_task("Feed the cat")
    enter(page, person)
    expect(page.get_by_text("Water the ferns")).to_be_visible()
    answer = person.api.get("/tasks", params={"q": "ferns"}).json()
    held = hold_next(page, "**/api/v1/tasks?*q=ferns*")
    with page.expect_request("**/api/v1/tasks?*q=ferns*"):
        page.get_by_label("Search tasks").fill("ferns")
    sign_out(page)
    sign_in(page, neighbour)
    held().fulfill(json=answer)
    expect(page.get_by_text("Feed the cat")).to_be_visible()
    page.get_by_label("Search tasks").fill("ferns")

    expect(page.get_by_text("No task matches")).to_be_visible()
    expect(page.get_by_text("Water the ferns")).to_have_count(0)


def test_a_late_outcome_is_not_shown_to_the_next_person(
    page: Page, person: Person, neighbour: Person
) -> None:
    person.add_task("Water the ferns")
    enter(page, person)
    held = hold_next(page, BULK)
    with page.expect_request(BULK):
        page.get_by_role("button", name="Delete: Water the ferns").click()
    sign_out(page)
    sign_in(page, neighbour)
    held().fulfill(json={"items": [None]})
    page.get_by_label("New task").fill("Feed the cat")
    page.get_by_label("New task").press("Enter")
    expect(page.get_by_text("Feed the cat")).to_be_visible()
    with page.expect_response(BULK):
        page.get_by_role("button", name="Delete: Feed the cat").click()

    # the previous person's outcome would be shown here too
    undo = page.get_by_role("alert").filter(has=page.get_by_role("button", name="Undo"))
    expect(undo).to_have_count(1)
    expect(undo).to_contain_text("Feed the cat")
