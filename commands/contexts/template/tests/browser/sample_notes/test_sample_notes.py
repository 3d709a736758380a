"""The page of sample notes: add, change and delete, alone and beside another user."""

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults_of
from tests.support.people import Console, Person, enter

PATH = "/sample-notes"


def add(person: Person, title: str, description: str | None = None) -> str:
    answer = person.api.post(PATH, json={"title": title, "description": description})
    answer.raise_for_status()
    added: str = answer.json()["id"]
    return added


def titles(person: Person) -> list[str]:
    answer = person.api.get(PATH)
    answer.raise_for_status()
    return [item["title"] for item in answer.json()["items"]]


def test_sample_notes_are_added_changed_and_deleted(page: Page, person: Person) -> None:
    enter(page, person)
    page.get_by_role("link", name="Sample notes", exact=True).click()
    expect(page.get_by_role("heading", name="Sample notes", level=1)).to_be_visible()
    expect(page.get_by_text("No sample notes yet")).to_be_visible()

    page.get_by_role("button", name="Add a sample note").click()
    dialog = page.get_by_role("dialog", name="Add a sample note")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("Enter a title")).to_be_visible()
    dialog.get_by_label("Title").fill("Draft")
    dialog.get_by_label("Description").fill("in two\nlines")
    dialog.get_by_role("button", name="Add", exact=True).click()
    card = page.get_by_role("list", name="Sample notes").get_by_role("listitem")
    expect(card).to_contain_text("Draft")
    expect(card).to_contain_text("in two")

    card.get_by_role("button", name="Change Draft").click()
    dialog = page.get_by_role("dialog", name="Change the sample note")
    dialog.get_by_label("Title").fill("Final")
    dialog.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("Final")
    assert titles(person) == ["Final"]

    card.get_by_role("button", name="Delete Final").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No sample notes yet")).to_be_visible()
    assert titles(person) == []


def test_a_concurrent_change_is_shown_before_it_is_overwritten(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412")
    sample_note = add(person, "Mine")
    enter(page, person, PATH)
    page.get_by_role("button", name="Change Mine").click()
    dialog = page.get_by_role("dialog", name="Change the sample note")
    dialog.get_by_label("Title").fill("Mine, longer")
    person.api.patch(f"{PATH}/{sample_note}", json={"title": "Theirs"}).raise_for_status()

    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Theirs")
    assert titles(person) == ["Theirs"]
    dialog.get_by_role("button", name="Save mine").click()

    expect(page.get_by_role("list", name="Sample notes")).to_contain_text("Mine, longer")
    assert titles(person) == ["Mine, longer"]


def test_a_change_elsewhere_is_shown_at_once(page: Page, person: Person) -> None:
    enter(page, person, PATH)
    expect(page.get_by_role("status").get_by_text("Live")).to_be_attached()

    add(person, "From elsewhere")

    expect(page.get_by_text("From elsewhere")).to_be_visible()


def test_further_pages_are_loaded_while_scrolling(page: Page, person: Person) -> None:
    for number in range(60):
        add(person, f"Number {number}")
    enter(page, person, PATH)
    expect(page.get_by_text("Number 59")).to_be_visible()

    page.get_by_role("listitem").last.scroll_into_view_if_needed()

    expect(page.get_by_role("listitem").filter(has_text="Number 0")).to_have_count(1)


def test_the_page_and_its_dialog_are_accessible(page: Page, person: Person) -> None:
    enter(page, person, PATH)
    expect(page.get_by_text("No sample notes yet")).to_be_visible()
    assert faults_of(page) == []

    add(person, "x" * 200, "y" * 500)
    page.reload()
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert faults_of(page) == []

    page.get_by_role("button", name="Add a sample note").click()
    expect(page.get_by_role("dialog", name="Add a sample note")).to_be_visible()
    assert faults_of(page) == []


def test_users_see_only_their_own_sample_notes(page: Page, person: Person, neighbour: Person) -> None:
    add(neighbour, "Private")
    enter(page, person, PATH)

    expect(page.get_by_text("No sample notes yet")).to_be_visible()
