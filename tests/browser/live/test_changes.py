"""Changes made elsewhere appear without a reload."""

from playwright.sync_api import Locator, Page, expect

from tests.support.contexts import needs
from tests.support.live_pages import wait_until_live
from tests.support.people import Person, enter
from tests.support.processes.server import wait_for

pytestmark = needs("tasks")


def enter_live(page: Page, person: Person, path: str = "/") -> None:
    enter(page, person, path)
    wait_until_live(page)


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=title, exact=True)


def shown(page: Page) -> list[str]:
    items = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
    return [item.inner_text().splitlines()[0] for item in items.all()]


def test_a_change_appears(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter_live(page, person)
    change = {"title": "Water all plants", "status": "done", "priority": "high"}
    person.api.patch(f"/tasks/{task['id']}", json=change).raise_for_status()

    expect(row(page, "Water all plants")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Done: Water all plants")).to_be_checked()
    expect(page.get_by_role("button", name="Priority: High")).to_be_visible()
    expect(row(page, "Water the ferns")).to_have_count(0)


def test_an_added_or_renamed_task_appears_in_order(page: Page, person: Person) -> None:
    for title in ("Ash", "Cedar", "Elm"):
        person.add_task(title)
    enter_live(page, person, "/?sort=title")
    expect(row(page, "Elm")).to_be_visible()
    person.add_task("Beech")
    expect(row(page, "Beech")).to_be_visible()
    ash = next(task for task in person.tasks() if task["title"] == "Ash")
    person.api.patch(f"/tasks/{ash['id']}", json={"title": "Dogwood"}).raise_for_status()
    expect(row(page, "Dogwood")).to_be_visible()

    assert shown(page) == ["Beech", "Cedar", "Dogwood", "Elm"]


def test_a_filtered_list_follows_changes(page: Page, person: Person) -> None:
    first, second = person.add_task("Water the ferns"), person.add_task("Sweep the hall")
    person.api.patch(f"/tasks/{second['id']}", json={"status": "done"}).raise_for_status()
    enter_live(page, person, "/?status=%5B%22todo%22%5D")
    expect(row(page, "Water the ferns")).to_be_visible()
    person.api.patch(f"/tasks/{first['id']}", json={"status": "done"}).raise_for_status()
    expect(page.get_by_text("No task matches")).to_be_visible()
    person.api.patch(f"/tasks/{second['id']}", json={"status": "todo"}).raise_for_status()

    expect(row(page, "Sweep the hall")).to_be_visible()


def test_search_results_follow_changes(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter_live(page, person, "/?q=ferns")
    person.add_task("Buy ferns")
    expect(row(page, "Buy ferns")).to_be_visible()
    person.api.patch(f"/tasks/{task['id']}", json={"title": "Water the roses"}).raise_for_status()

    expect(row(page, "Water the ferns")).to_have_count(0)
    expect(row(page, "Water the roses")).to_have_count(0)


def test_a_deleted_task_disappears_and_a_restored_one_reappears(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    person.add_task("Sweep the hall")
    enter_live(page, person)
    expect(row(page, "Water the ferns")).to_be_visible()
    person.api.delete(f"/tasks/{task['id']}").raise_for_status()
    expect(row(page, "Water the ferns")).to_have_count(0)
    restored = {"ids": [task["id"]]}
    person.api.post("/tasks/trash/restore", json=restored).raise_for_status()

    expect(row(page, "Water the ferns")).to_be_visible()
    assert shown(page) == ["Sweep the hall", "Water the ferns"]


def test_a_card_moves_to_another_column(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter_live(page, person, "/?view=board")
    expect(page.get_by_role("list", name="To do")).to_contain_text("Water the ferns")
    person.api.patch(f"/tasks/{task['id']}", json={"status": "done"}).raise_for_status()

    expect(page.get_by_role("list", name="Done")).to_contain_text("Water the ferns")
    expect(page.get_by_role("list", name="To do")).not_to_contain_text("Water the ferns")


def test_the_trash_follows_changes(page: Page, person: Person) -> None:
    task = person.add_task("Water the ferns")
    enter_live(page, person, "/trash")
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    person.api.delete(f"/tasks/{task['id']}").raise_for_status()

    expect(page.get_by_text("Water the ferns")).to_be_visible()


def test_many_changes_at_once_all_appear(page: Page, person: Person) -> None:
    enter_live(page, person, "/?sort=title")
    drafts = [{"op": "create", "task": {"title": f"Task {number:03}"}} for number in range(200)]
    person.api.post("/tasks/bulk", json={"operations": drafts}).raise_for_status()

    expect(row(page, "Task 000")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has=row(page, "Task 000"))).to_have_attribute(
        "aria-setsize", "200"
    )


def test_a_user_s_own_change_causes_no_further_request(page: Page, person: Person) -> None:
    other = person.add_task("Sweep the hall")
    enter_live(page, person)
    expect(row(page, "Sweep the hall")).to_be_visible()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.method} {request.url}"))
    page.get_by_label("New task").fill("Water the ferns")
    page.get_by_label("New task").press("Enter")
    expect(row(page, "Water the ferns")).to_be_enabled()
    page.get_by_role("checkbox", name="Done: Water the ferns").click()
    expect(page.get_by_role("checkbox", name="Done: Water the ferns")).to_be_checked()
    wait_for(lambda: person.tasks()[0]["version"] == 2, "the change to be saved")
    # once this change has arrived, so have the messages about the earlier ones
    person.api.patch(f"/tasks/{other['id']}", json={"title": "Sweep it"}).raise_for_status()
    expect(row(page, "Sweep it")).to_be_visible()

    calls = [request for request in requests if "/api/" in request]  # the rest are idle loads
    assert [call.split()[0] for call in calls] == ["POST", "PATCH", "GET"], calls
