"""A list that renders only the rows in sight."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.support.live_pages import disable_feed
from tests.support.people import Console, Person, enter

COUNT = 400


def add_many(person: Person) -> None:
    operations = [
        {"op": "create", "task": {"title": f"Task {number:03}"}} for number in range(COUNT)
    ]
    person.api.post("/tasks/bulk", json={"operations": operations}).raise_for_status()


def test_a_long_list_scrolls_to_its_end(page: Page, person: Person) -> None:
    add_many(person)
    enter(page, person, "/?sort=title")
    expect(page.get_by_role("button", name="Task 000", exact=True)).to_be_visible()
    last = page.get_by_role("button", name=f"Task {COUNT - 1}", exact=True)
    while not last.is_visible():
        with page.expect_event("console", lambda message: message.text == "scrolled"):
            page.evaluate(
                """() => {
                    scrollTo(0, document.documentElement.scrollHeight)
                    requestIdleCallback(() => console.log("scrolled"))
                }"""
            )

    expect(last).to_be_visible()
    assert page.get_by_role("listitem").count() < 80


def test_the_list_is_complete_after_two_requests(
    page: Page, person: Person, console: Console
) -> None:
    """The page loads its other data, flags and jobs, in idle time."""
    add_many(person)
    console.expect("status of 404")
    disable_feed(page)  # the page opens it once it is complete
    calls: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url and not request.url.endswith("/changes"):
            calls.append(urlsplit(request.url).path.removeprefix("/api/v1"))

    page.on("request", note)
    enter(page, person)
    expect(page.get_by_role("button", name=f"Task {COUNT - 1}", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert calls[:2] == ["/auth/refresh", "/tasks"]
    assert sorted(calls[2:]) in (["/flags", "/jobs"], ["/flags"], ["/jobs"], [])


def test_the_focus_stays_on_a_row_scrolled_out_of_sight(page: Page, person: Person) -> None:
    add_many(person)
    enter(page, person, "/?sort=title")
    row = page.get_by_role("button", name="Task 003", exact=True)
    row.focus()
    page.evaluate("scrollTo(0, 2000)")
    expect(page.get_by_role("button", name="Task 040", exact=True)).to_be_in_viewport()
    expect(row).to_be_focused()
    page.keyboard.press("j")

    expect(page.get_by_role("button", name="Task 004", exact=True)).to_be_focused()
    expect(page.get_by_role("button", name="Task 004", exact=True)).to_be_in_viewport()
