"""Two people, one after the other, in one browser."""

from playwright.sync_api import Page, expect

from tests.support.people import Person, enter


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_neighbour_sees_nothing_of_the_one_before(
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


def test_another_tab_s_neighbour_sees_nothing_of_the_one_before(
    page: Page, person: Person, neighbour: Person
) -> None:
    """Without a sign-out in between: the site's data were cleared."""
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
