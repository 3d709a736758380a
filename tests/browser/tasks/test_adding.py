"""Adding tasks: immediately, exactly once, and without losing typed text."""

from playwright.sync_api import Page, Route, expect

from tests.support.held_requests import hold_next
from tests.support.people import Console, Person, enter, register
from tests.support.processes.server import started_again
from tests.support.screens import OpenBrowser, StartApplication


def titles(person: Person) -> list[str]:
    return [task["title"] for task in person.tasks()]


def keys_sent(page: Page) -> list[str]:
    """Collect the idempotency keys of the requests that add tasks."""
    keys: list[str] = []

    def note(url: str, method: str, headers: dict[str, str]) -> None:
        if method == "POST" and url.endswith("/tasks"):
            keys.append(headers["idempotency-key"])

    page.on("request", lambda request: note(request.url, request.method, request.headers))
    return keys


def test_enter_adds_a_task(page: Page, person: Person) -> None:
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("New task")).to_be_focused()
    page.keyboard.type("Water the ferns")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_enabled()
    expect(page.get_by_label("New task")).to_have_value("")
    expect(page.get_by_label("New task")).to_be_focused()
    assert titles(person) == ["Water the ferns"]


def test_tasks_are_added_faster_than_the_server_answers(page: Page, person: Person) -> None:
    enter(page, person)
    for title in ("One", "Two", "Three"):
        page.get_by_label("New task").fill(title)
        page.get_by_role("button", name="Add").click()

    expect(page.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_label("Saving")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("listitem")).to_have_count(3)
    assert sorted(titles(person)) == ["One", "Three", "Two"]


def test_a_task_is_added_with_the_current_filters(page: Page, person: Person) -> None:
    person.add_task("Sweep the hall", tags=["home"])
    enter(page, person, '/?tag=["home"]&status=["in_progress","todo"]')
    page.get_by_label("New task").fill("Water the ferns")
    page.get_by_label("New task").press("Enter")

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_enabled()
    assert person.tasks()[0]["tags"] == ["home"]


def test_html_in_a_title_is_text(page: Page, person: Person) -> None:
    title = "<img src=x onerror=\"document.title = 'owned'\"> & <b>bold</b>"
    enter(page, person)
    page.get_by_label("New task").fill(title)
    page.get_by_label("New task").press("Enter")

    expect(page.get_by_role("button", name=title, exact=True)).to_be_enabled()
    expect(page).to_have_title("Tasks · Bounded")
    assert titles(person) == [title]


def test_a_refused_title_returns_to_the_field_with_the_reason(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 422")
    enter(page, person)
    page.get_by_label("New task").fill("Water \u202e the ferns")
    page.get_by_label("New task").press("Enter")

    expect(page.get_by_label("New task")).to_have_value("Water \u202e the ferns")
    expect(page.get_by_label("New task")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert titles(person) == []


def test_a_failed_text_is_kept_and_resent_with_its_key(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 500")
    keys = keys_sent(page)
    enter(page, person)

    def lose_the_answer(route: Route) -> None:
        route.fulfill(response=route.fetch(), status=500, body="")

    page.route("**/api/v1/tasks", lose_the_answer, times=1)
    page.get_by_label("New task").fill("Water the ferns")
    page.get_by_label("New task").press("Enter")
    expect(page.get_by_label("New task")).to_have_value("Water the ferns")
    page.get_by_label("New task").press("Enter")

    expect(page.get_by_label("New task")).to_have_value("")
    # briefly, the list may show both the created task and the pending one
    expect(page.get_by_label("Saving")).to_have_count(0)
    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_have_count(1)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert titles(person) == ["Water the ferns"]


def test_a_failed_text_is_offered_again_if_the_field_is_in_use(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 500")
    enter(page, person)
    held = hold_next(page, "**/api/v1/tasks")
    page.get_by_label("New task").fill("Water the ferns")
    page.get_by_label("New task").press("Enter")
    expect(page.get_by_label("Saving")).to_be_visible()
    page.get_by_label("New task").fill("Sweep the h")
    held().fulfill(status=500, body="")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_enabled()
    expect(page.get_by_label("New task")).to_have_value("Sweep the h")
    assert titles(person) == ["Water the ferns"]


def test_a_server_that_dies_during_a_write_creates_one_task(
    start_application: StartApplication, open_browser: OpenBrowser, console: Console
) -> None:
    console.expect("ERR_|status of 503")
    server = start_application()
    person = register(server)
    page = open_browser(server).new_page()
    keys = keys_sent(page)
    enter(page, person)
    expect(page.get_by_text("Nothing to do")).to_be_visible()

    server.serving.suspend()
    page.get_by_label("New task").fill("Water the ferns")
    with page.expect_request("**/api/v1/tasks"):
        page.get_by_label("New task").press("Enter")
    expect(page.get_by_label("Saving")).to_be_visible()
    server.kill()
    expect(page.get_by_role("status").filter(has_text="does not answer")).to_be_visible()
    with started_again(server):
        # retried by the page, or by hand if the outage was longer
        page.get_by_label("New task").press("Enter")
        expect(page.get_by_role("button", name="Water the ferns", exact=True)).to_be_enabled()
        expect(page.get_by_label("New task")).to_have_value("")
        assert len(keys) > 1
        assert len(set(keys)) == 1
        assert titles(person) == ["Water the ferns"]
    person.api.close()
