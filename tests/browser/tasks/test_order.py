"""Ordering tasks manually: by mouse, touch and keyboard."""

from playwright.sync_api import Locator, Page, expect

from tests.support.dragging import pick_up
from tests.support.held_requests import hold_next
from tests.support.people import Console, Person, enter
from tests.support.screens import PHONE, OpenBrowser

BY_HAND = "/?sort=position"
MOVED = "**/api/v1/tasks/*/move"


def add_tasks(person: Person) -> None:
    for title in ("Ash", "Beech", "Cedar", "Elm"):
        person.add_task(title)


def order_of(person: Person) -> str:
    answer = person.api.get("/tasks", params={"sort_by": "position"})
    return " ".join(task["title"] for task in answer.json()["items"])


def handle(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"Move: {title}")


def expect_order(page: Page, *titles: str) -> None:
    expect(page.get_by_role("listitem")).to_contain_text(list(titles))


def centre(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_row_is_moved_by_keyboard(page: Page, person: Person) -> None:
    add_tasks(person)
    enter(page, person, BY_HAND)
    pick_up(page, handle(page, "Ash"), announced="Ash is at place 1.")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Ash is at place 2.")).to_be_attached()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Ash is at place 3.")).to_be_attached()
    with page.expect_response(MOVED):
        page.keyboard.press("Space")

    expect_order(page, "Beech", "Cedar", "Ash", "Elm")
    expect(handle(page, "Ash")).to_be_focused()
    assert order_of(person) == "Beech Cedar Ash Elm"


def test_escape_cancels_the_move_of_a_row(page: Page, person: Person) -> None:
    add_tasks(person)
    enter(page, person, BY_HAND)
    pick_up(page, handle(page, "Ash"), announced="Ash is at place 1.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")

    expect(page.get_by_text("Ash stays.")).to_be_attached()
    expect_order(page, "Ash", "Beech", "Cedar", "Elm")
    assert order_of(person) == "Ash Beech Cedar Elm"


def test_a_row_is_moved_by_mouse(page: Page, person: Person) -> None:
    add_tasks(person)
    enter(page, person, BY_HAND)
    start, end = centre(handle(page, "Elm")), centre(handle(page, "Ash"))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(end[0], end[1] + 10, steps=5)
    page.mouse.move(*end, steps=5)
    with page.expect_response(MOVED):
        page.mouse.up()

    expect_order(page, "Elm", "Ash", "Beech", "Cedar")
    assert order_of(person) == "Elm Ash Beech Cedar"


def test_a_row_is_moved_by_touch(open_browser: OpenBrowser, person: Person) -> None:
    add_tasks(person)
    page = open_browser(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    enter(page, person, BY_HAND)
    start, end = centre(handle(page, "Ash")), centre(handle(page, "Cedar"))
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        event = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        fingers.send("Input.dispatchTouchEvent", event)

    touch("touchStart", start)
    for step in range(1, 6):
        touch("touchMove", (start[0], start[1] + (end[1] - start[1]) * step / 5))
    expect(page.get_by_text("Ash is at place 3.")).to_be_attached()
    with page.expect_response(MOVED):
        touch("touchEnd")

    expect_order(page, "Beech", "Cedar", "Ash", "Elm")
    assert order_of(person) == "Beech Cedar Ash Elm"


def test_a_failed_move_is_undone(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 500")
    add_tasks(person)
    enter(page, person, BY_HAND)
    page.route(MOVED, lambda route: route.fulfill(status=500, body=""))
    pick_up(page, handle(page, "Ash"), announced="Ash is at place 1.")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Ash is at place 2.")).to_be_attached()
    page.keyboard.press("Space")

    expect(page.get_by_text("That did not work")).to_be_visible()
    expect_order(page, "Ash", "Beech", "Cedar", "Elm")


def test_a_new_task_is_last(page: Page, person: Person) -> None:
    add_tasks(person)
    enter(page, person, BY_HAND)
    page.get_by_label("New task").fill("Fir")
    page.get_by_label("New task").press("Enter")

    expect_order(page, "Ash", "Beech", "Cedar", "Elm", "Fir")


def move_down(page: Page, title: str, place: int) -> None:
    """Move a task from ``place`` to the next one by keyboard."""
    pick_up(page, handle(page, title), announced=f"{title} is at place {place}.")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text(f"{title} is at place {place + 1}.")).to_be_attached()
    page.keyboard.press("Space")


def test_a_pending_move_survives_a_reload_of_the_list(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 500")
    add_tasks(person)
    enter(page, person, BY_HAND)
    held = hold_next(page, MOVED)
    move_down(page, "Ash", 1)
    expect_order(page, "Beech", "Ash", "Cedar", "Elm")
    # a failed creation makes the page fetch the list again
    page.route("**/api/v1/tasks", lambda route: route.fulfill(status=500, body=""))
    page.get_by_label("New task").fill("Fir")
    with page.expect_response("**/api/v1/tasks?*"):
        page.get_by_label("New task").press("Enter")
    expect(page.get_by_role("listitem")).to_have_count(4)

    expect_order(page, "Beech", "Ash", "Cedar", "Elm")
    with page.expect_response(MOVED):
        held().continue_()
    expect_order(page, "Beech", "Ash", "Cedar", "Elm")
    assert order_of(person) == "Beech Ash Cedar Elm"


def test_a_deletion_waits_for_a_move(page: Page, person: Person) -> None:
    add_tasks(person)
    enter(page, person, BY_HAND)
    held = hold_next(page, MOVED)
    move_down(page, "Ash", 1)
    expect_order(page, "Beech", "Ash", "Cedar", "Elm")
    page.get_by_role("button", name="Delete: Ash").click()
    expect_order(page, "Beech", "Cedar", "Elm")
    with page.expect_response("**/api/v1/tasks/bulk") as deletion:
        held().continue_()

    assert deletion.value.ok
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert order_of(person) == "Beech Cedar Elm"
