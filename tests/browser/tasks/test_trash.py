"""The trash, which holds deleted tasks for 30 days."""

from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter


def delete(person: Person, *titles: str) -> None:
    for title in titles:
        task = person.add_task(title)
        person.api.delete(f"/tasks/{task['id']}").raise_for_status()


def test_the_trash_shows_when_a_task_will_be_gone(page: Page, person: Person) -> None:
    delete(person, "Sell the piano")
    enter(page, person, "/trash")

    row = page.get_by_role("list", name="Deleted tasks").get_by_role("listitem")
    expect(row).to_contain_text("Sell the piano")
    expect(row).to_contain_text("Gone in 30 days")


def test_a_task_is_restored(page: Page, person: Person) -> None:
    delete(person, "Sell the piano", "Old list")
    enter(page, person, "/trash")
    page.get_by_role("button", name="Restore: Sell the piano").click()

    expect(page.get_by_text("“Sell the piano” is back")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Sell the piano")).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text="Old list")).to_be_visible()
    page.get_by_role("link", name="Tasks").click()
    expect(page.get_by_role("button", name="Sell the piano", exact=True)).to_be_visible()


def test_several_tasks_are_restored_by_keyboard(page: Page, person: Person) -> None:
    delete(person, "First", "Second", "Third")
    enter(page, person, "/trash")
    page.get_by_role("checkbox", name="Select: Third").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Select: First").focus()
    page.keyboard.press("Shift+Space")
    page.get_by_role("button", name="Restore 3 tasks").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("3 tasks are back")).to_be_visible()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    assert {task["title"] for task in person.tasks()} == {"First", "Second", "Third"}


def test_a_task_returns_to_the_trash_if_restoring_fails(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 500")
    delete(person, "Sell the piano")
    enter(page, person, "/trash")
    page.route("**/trash/restore", lambda route: route.fulfill(status=500, json={}))
    page.get_by_role("button", name="Restore: Sell the piano").click()

    expect(page.get_by_text("That did not work")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Sell the piano")).to_be_visible()


def test_the_trash_is_emptied_after_a_confirmation(page: Page, person: Person) -> None:
    delete(person, "Sell the piano")
    enter(page, person, "/trash")
    page.get_by_role("button", name="Empty the trash").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text="Sell the piano")).to_be_visible()

    page.get_by_role("button", name="Empty the trash").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert person.api.get("/tasks/trash").json()["items"] == []


def test_a_long_trash_is_loaded_while_scrolling(page: Page, person: Person) -> None:
    operations = [{"op": "create", "task": {"title": f"Task {number}"}} for number in range(60)]
    created = person.api.post("/tasks/bulk", json={"operations": operations}).json()["items"]
    deletions = [{"op": "delete", "id": task["id"]} for task in created]
    person.api.post("/tasks/bulk", json={"operations": deletions}).raise_for_status()
    enter(page, person, "/trash")

    rows = page.get_by_role("list", name="Deleted tasks").get_by_role("listitem")
    expect(rows).to_have_count(50)
    rows.last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 10_000)
    expect(rows).to_have_count(60)
