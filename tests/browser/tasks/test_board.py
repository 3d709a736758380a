"""The board: a column for each status."""

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.support import dragging
from tests.support.live_pages import disable_feed
from tests.support.people import Console, Person, enter
from tests.support.screens import PHONE, OpenBrowser


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def card(place: Page | Locator, title: str) -> Locator:
    return place.get_by_role("button", name=title)


def pick_up(page: Page, title: str) -> None:
    dragging.pick_up(page, card(page, title), announced=f"{title} is over To do.")


def is_change(response: Response) -> bool:
    return response.request.method == "PATCH" and response.ok


def status_of(person: Person, title: str) -> str:
    [status] = [task["status"] for task in person.tasks() if task["title"] == title]
    return str(status)


def open_board(page: Page, person: Person) -> None:
    person.add_task("Paint the door", priority="high", tags=["home"])
    person.add_task("Read the map", status="in_progress")
    person.add_task("Sow the peas", status="done")
    enter(page, person, "/?view=board")
    expect(card(column(page, "To do"), "Paint the door")).to_be_visible()


@pytest.fixture
def board(page: Page, person: Person) -> Page:
    open_board(page, person)
    return page


def test_a_card_is_in_the_column_of_its_status(board: Page) -> None:
    expect(card(column(board, "In progress"), "Read the map")).to_be_visible()
    expect(card(column(board, "Done"), "Sow the peas")).to_be_visible()
    expect(column(board, "To do").get_by_text("1 task")).to_be_attached()


def test_a_card_is_moved_by_keyboard_and_keeps_the_focus(board: Page, person: Person) -> None:
    pick_up(board, "Paint the door")
    board.keyboard.press("ArrowRight")
    expect(board.get_by_text("Paint the door is over In progress.")).to_be_attached()
    board.keyboard.press("ArrowRight")
    expect(board.get_by_text("Paint the door is over Done.")).to_be_attached()
    with board.expect_response(is_change):
        board.keyboard.press("Space")

    moved = card(column(board, "Done"), "Paint the door")
    expect(moved).to_be_focused()
    expect(column(board, "Done").get_by_text("2 tasks")).to_be_attached()
    expect(column(board, "To do").get_by_text("Nothing here")).to_be_visible()
    board.reload()
    expect(moved).to_be_visible()
    assert status_of(person, "Paint the door") == "done"


def test_escape_cancels_the_move_of_a_card(board: Page, person: Person) -> None:
    pick_up(board, "Paint the door")
    board.keyboard.press("ArrowRight")
    expect(board.get_by_text("Paint the door is over In progress.")).to_be_attached()
    board.keyboard.press("Escape")

    expect(board.get_by_text("Paint the door stays where it was.")).to_be_attached()
    expect(card(column(board, "To do"), "Paint the door")).to_be_visible()
    assert status_of(person, "Paint the door") == "todo"


def test_a_card_is_dragged_by_mouse(board: Page, person: Person) -> None:
    card(board, "Paint the door").hover()
    board.mouse.down()
    target = column(board, "In progress").bounding_box()
    assert target is not None
    board.mouse.move(target["x"] + 60, target["y"] + 150, steps=10)
    with board.expect_response(is_change):
        board.mouse.up()

    expect(card(column(board, "In progress"), "Paint the door")).to_be_visible()
    expect(board.get_by_role("dialog")).to_have_count(0)
    board.reload()
    expect(card(column(board, "In progress"), "Paint the door")).to_be_visible()
    assert status_of(person, "Paint the door") == "in_progress"


def test_enter_opens_a_card(board: Page) -> None:
    card(board, "Paint the door").focus()
    board.keyboard.press("Enter")

    expect(board.get_by_role("dialog", name="Task")).to_be_visible()


def test_a_card_returns_if_its_move_fails(board: Page, person: Person, console: Console) -> None:
    console.expect("status of 500")
    board.route("**/api/v1/tasks/*", lambda route: route.fulfill(status=500, json={}))
    pick_up(board, "Paint the door")
    board.keyboard.press("ArrowRight")
    expect(board.get_by_text("Paint the door is over In progress.")).to_be_attached()
    board.keyboard.press("Space")

    expect(board.get_by_text("was not changed")).to_be_visible()
    expect(card(column(board, "To do"), "Paint the door")).to_be_visible()
    assert status_of(person, "Paint the door") == "todo"


def test_moving_a_task_changed_by_another_user_is_a_conflict(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 412|status of 404")
    disable_feed(page)
    open_board(page, person)
    [task] = [task for task in person.tasks() if task["title"] == "Paint the door"]
    change = {"status": "done", "title": "Paint both doors"}
    person.api.patch(f"/tasks/{task['id']}", json=change).raise_for_status()
    pick_up(page, "Paint the door")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Paint the door is over In progress.")).to_be_attached()
    page.keyboard.press("Space")

    expect(page.get_by_role("dialog")).to_contain_text("Paint both doors")
    assert status_of(person, "Paint both doors") == "done"


def test_a_new_task_is_last_in_its_column(board: Page) -> None:
    board.get_by_role("textbox", name="New task").fill("Oil the hinges")
    board.keyboard.press("Enter")

    expect(column(board, "To do").get_by_role("listitem").last).to_contain_text("Oil the hinges")


def test_the_view_and_the_filters_are_kept_in_the_url(board: Page) -> None:
    board.get_by_role("searchbox", name="Search tasks").fill("map")
    expect(card(board, "Paint the door")).to_have_count(0)
    expect(card(board, "Read the map")).to_be_visible()
    board.reload()
    expect(card(board, "Read the map")).to_be_visible()
    expect(card(board, "Paint the door")).to_have_count(0)
    board.get_by_role("button", name="List", exact=True).click()

    expect(board.get_by_role("list", name="Tasks")).to_contain_text("Read the map")
    board.go_back()
    expect(column(board, "In progress")).to_contain_text("Read the map")


def test_a_card_is_dragged_by_finger_on_a_phone(open_browser: OpenBrowser, person: Person) -> None:
    person.add_task("Paint the door")
    page = open_browser(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    enter(page, person, "/?view=board")
    box = card(page, "Paint the door").bounding_box()
    assert box is not None
    devtools = page.context.new_cdp_session(page)
    x, y = box["x"] + 40, box["y"] + 20

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": left, "y": top} for left, top in points]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (x, y))
    expect(page.get_by_text("Paint the door is over To do.")).to_be_attached()
    # at the edge the board scrolls until the next column is under the finger
    touch("touchMove", (x + 10, y))
    touch("touchMove", (345, y))
    expect(page.get_by_text("Paint the door is over In progress.")).to_be_attached()
    touch("touchEnd")

    expect(card(column(page, "In progress"), "Paint the door")).to_be_visible()
