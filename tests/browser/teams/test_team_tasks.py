"""The tasks of a team, used by several people at once."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.people import Console, Person, enter, register
from tests.support.processes.server import Server
from tests.support.screens import OpenBrowser
from tests.support.teams.pages import admit, create_team, id_of

pytestmark = needs("tasks")


def add_task(person: Person, team: dict[str, Any], title: str, **fields: Any) -> dict[str, Any]:
    body = {"title": title, **fields}
    answer = person.api.post(f"/teams/{team['id']}/tasks", json=body).raise_for_status()
    task: dict[str, Any] = answer.json()
    return task


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(
        has=page.get_by_role("button", name=title, exact=True)
    )


def test_an_assignment_appears_at_once_to_the_assignee(
    open_browser: OpenBrowser, person: Person, neighbour: Person, application: Server
) -> None:
    team = create_team(person)
    admit(application, team, person, neighbour, "member")
    person.add_task("My own")
    path = f"/teams/{team['id']}/tasks"
    page, other = (open_browser().new_page() for _ in range(2))
    enter(other, neighbour, f"{path}?assignee=me")
    expect(other.get_by_text("No task matches")).to_be_visible()
    wait_until_live(other)

    enter(page, person, path)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    expect(page).to_have_title("Analytical Engine · Tasks · Bounded")
    page.get_by_label("New task").fill("Oil the engine")
    page.keyboard.press("Enter")
    task = row(page, "Oil the engine")
    task.get_by_role("button", name="Assignee: none").press("Enter")
    page.get_by_role("radio", name="Grace Hopper").click()
    expect(task.get_by_role("button", name="Assignee: Grace Hopper")).to_have_text("GH")

    assigned_row = row(other, "Oil the engine")
    expect(assigned_row).to_be_visible()
    other.get_by_role("button", name="Board").click()
    card = other.get_by_role("region", name="Board").get_by_role("button")
    expect(card.filter(has_text="Oil the engine")).to_contain_text("Grace Hopper")
    card.filter(has_text="Oil the engine").click()
    details = other.get_by_role("dialog")
    details.get_by_label("Assignee").select_option("Nobody")
    expect(task.get_by_role("button", name="Assignee: none")).to_be_attached()

    page.get_by_role("button", name="Analytical Engine: switch").click()
    page.get_by_role("menuitem", name="Your tasks").click()
    expect(row(page, "My own")).to_be_visible()
    expect(page).to_have_title("Tasks · Bounded")
    expect(row(page, "Oil the engine")).to_have_count(0)
    expect(page.get_by_role("button", name="Assignee")).to_have_count(0)


def test_one_of_many_members_is_found_by_name_with_the_keyboard(
    page: Page, person: Person, neighbour: Person, application: Server
) -> None:
    team = create_team(person)
    admit(application, team, person, neighbour, "member")
    for number in range(7):
        other = register(application, f"Mary {number}")
        admit(application, team, person, other, "viewer")
        other.api.close()
    add_task(person, team, "Oil the engine")
    enter(page, person, f"/teams/{team['id']}/tasks")
    task = row(page, "Oil the engine")
    task.get_by_role("button", name="Assignee: none").press("Enter")
    search = page.get_by_role("combobox", name="Search members")
    expect(search).to_be_focused()
    members = page.get_by_role("listbox", name="Search members")
    chosen = members.get_by_role("option", selected=True)
    expect(chosen).to_have_accessible_name("Nobody")

    page.keyboard.type("hopper")
    expect(members.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(search).to_be_focused()  # Enter selects only what the arrow keys have reached
    page.keyboard.press("ArrowDown")
    grace = members.get_by_role("option").get_attribute("id")
    expect(search).to_have_attribute("aria-activedescendant", grace or "none")
    page.keyboard.press("Enter")

    assigned = task.get_by_role("button", name="Assignee: Grace Hopper")
    expect(assigned).to_be_focused()
    assigned.press("Enter")
    expect(chosen).to_have_accessible_name("Grace Hopper")
    page.keyboard.press("Escape")
    expect(search).to_have_count(0)


def test_a_viewer_can_read_everything_but_change_nothing(
    page: Page, person: Person, neighbour: Person, application: Server
) -> None:
    team = create_team(person)
    admit(application, team, person, neighbour, "viewer")
    task = add_task(person, team, "Oil the engine", tags=["brass"], assignee_id=id_of(neighbour))
    gone = add_task(person, team, "Sell the engine")
    person.api.delete(f"/teams/{team['id']}/tasks/{gone['id']}").raise_for_status()
    enter(page, neighbour, f"/teams/{team['id']}")
    read = row(page, "Oil the engine")
    expect(read.get_by_role("img", name="Assignee: Grace Hopper")).to_be_visible()
    expect(read.get_by_role("img", name="Tags: brass")).to_be_visible()
    expect(read.get_by_role("checkbox")).to_be_disabled()
    expect(page.get_by_label("New task")).to_have_count(0)
    expect(read.get_by_role("button")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Enter")

    details = page.get_by_role("dialog")
    for label in ("Status", "Assignee"):
        expect(details.get_by_label(label, exact=True)).to_be_disabled()
    for label in ("Title", "Description"):
        text = details.get_by_label(label, exact=True)
        expect(text).not_to_be_editable()
        page.keyboard.press("Tab")
        expect(text).to_be_focused()
    expect(details.get_by_role("button", name="Delete")).to_have_count(0)
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_text("Sell the engine")).to_be_visible()
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    expect(page.get_by_role("button", name="Empty")).to_have_count(0)
    held = person.api.get(f"/teams/{team['id']}/tasks/{task['id']}").json()
    assert held == task


def test_a_personal_task_is_given_to_a_team(
    open_browser: OpenBrowser, person: Person, neighbour: Person, application: Server
) -> None:
    team = create_team(person, "Difference Engine")
    admit(application, team, person, neighbour, "member")
    task = person.add_task("Oil the engine")
    page, other = (open_browser().new_page() for _ in range(2))
    enter(other, neighbour, f"/teams/{team['id']}/tasks")
    expect(other.get_by_text("Nothing to do")).to_be_visible()
    wait_until_live(other)

    enter(page, person, f"/?task={task['id']}")
    page.get_by_role("button", name="Give to a team").click()
    dialog = page.get_by_role("dialog", name="Give the task to a team")
    expect(dialog.get_by_text("You cannot take it back")).to_be_visible()
    expect(dialog.get_by_label("Team")).to_be_focused()
    expect(dialog.get_by_role("button", name="Give to the team")).to_be_disabled()
    dialog.get_by_label("Team").select_option("Difference Engine")
    dialog.get_by_role("button", name="Give to the team").click()
    expect(page.get_by_text("is now a task of Difference Engine")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    expect(row(other, "Oil the engine")).to_be_visible()
    assert person.tasks() == []


def test_a_removed_member_sees_none_of_the_tasks(
    page: Page, person: Person, neighbour: Person, application: Server, console: Console
) -> None:
    console.expect("status of 40[34]")
    team = create_team(person)
    admit(application, team, person, neighbour, "member")
    add_task(person, team, "Oil the engine")
    enter(page, neighbour, f"/teams/{team['id']}/tasks")
    expect(row(page, "Oil the engine")).to_be_visible()
    wait_until_live(page)
    person.api.delete(f"/teams/{team['id']}/members/{id_of(neighbour)}").raise_for_status()
    expect(page.get_by_role("heading", name="You are not in this team any more")).to_be_visible()
    expect(row(page, "Oil the engine")).to_have_count(0)

    page.get_by_role("link", name="Go to your tasks").click()
    expect(page.get_by_text("Nothing to do")).to_be_visible()
