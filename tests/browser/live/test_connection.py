"""All tabs of a browser share one stream, which recovers from every interruption."""

from playwright.sync_api import Page, Request, expect

from tests.support.contexts import needs
from tests.support.live_pages import (
    CHANGES,
    disable_feed,
    live_status,
    streams_of,
    wait_until_live,
)
from tests.support.people import Console, Person, enter, register
from tests.support.processes.server import started_again
from tests.support.screens import OpenBrowser, StartApplication
from tests.support.tabs import open_tabs

pytestmark = needs("tasks")


def rename(person: Person, title: str) -> None:
    [task] = person.tasks()
    person.api.patch(f"/tasks/{task['id']}", json={"title": title}).raise_for_status()


def expect_title(page: Page, title: str) -> None:
    expect(page.get_by_role("button", name=title, exact=True)).to_be_visible()


def test_six_tabs_share_one_stream(open_browser: OpenBrowser, person: Person) -> None:
    person.add_task("Water the ferns")
    context = open_browser()
    streams = streams_of(context)
    tabs = open_tabs(context, person, 6)
    for tab in tabs:
        wait_until_live(tab)
    rename(person, "Water all plants")

    for tab in tabs:
        expect_title(tab, "Water all plants")
    assert len(streams) == 1


def test_another_tab_takes_over_when_the_leading_tab_is_closed(
    open_browser: OpenBrowser, person: Person
) -> None:
    person.add_task("Water the ferns")
    context = open_browser()
    streams = streams_of(context)
    tabs = open_tabs(context, person, 3)
    for tab in tabs:
        wait_until_live(tab)
    leader = next(tab for tab in tabs if tab == streams[0].frame.page)
    others = [tab for tab in tabs if tab != leader]
    leader.close()
    rename(person, "Water all plants")

    for tab in others:
        expect_title(tab, "Water all plants")
        wait_until_live(tab)
    assert len(streams) == 2
    assert streams[1].headers["last-event-id"]


def test_changes_during_a_network_outage_appear_afterwards(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    person.add_task("Water the ferns")
    enter(page, person)
    wait_until_live(page)
    page.context.set_offline(True)
    expect(live_status(page)).to_have_text("Not live: offline")
    rename(person, "Water all plants")
    page.context.set_offline(False)

    expect_title(page, "Water all plants")
    wait_until_live(page)


def test_changes_during_a_server_outage_appear_afterwards(
    start_application: StartApplication, open_browser: OpenBrowser, console: Console
) -> None:
    console.expect("ERR_|status of 50")
    server = start_application()
    person = register(server)
    person.add_task("Water the ferns")
    page = open_browser(server).new_page()
    enter(page, person)
    wait_until_live(page)
    server.kill()
    expect(live_status(page)).to_have_text("Not live: connecting again")
    with started_again(server):
        rename(person, "Water all plants")

        expect_title(page, "Water all plants")
        wait_until_live(page)
        rename(person, "Water them")
        expect_title(page, "Water them")
    person.api.close()


def test_signing_out_ends_the_stream_of_all_tabs(open_browser: OpenBrowser, person: Person) -> None:
    context = open_browser()
    streams = streams_of(context)
    first, second = open_tabs(context, person, 2)
    for tab in (first, second):
        wait_until_live(tab)
    [stream] = streams

    def is_stream(request: Request) -> bool:
        return request == stream

    with context.expect_event("requestfailed", is_stream):
        second.get_by_role("button", name="Account of").click()
        second.get_by_role("menuitem", name="Sign out").click()
    for tab in (first, second):
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(live_status(tab)).to_have_count(0)
    assert streams == [stream]


def test_the_next_person_has_their_own_stream(
    page: Page, person: Person, neighbour: Person
) -> None:
    person.add_task("Water the ferns")
    neighbour.add_task("Sort the post")
    enter(page, person)
    wait_until_live(page)
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_label("Email").fill(neighbour.email)
    page.get_by_label("Password", exact=True).fill(neighbour.password)
    page.keyboard.press("Enter")
    wait_until_live(page)
    rename(person, "Water all plants")
    rename(neighbour, "Sort the mail")

    expect_title(page, "Sort the mail")
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_a_page_works_without_a_feed(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 404")
    disable_feed(page)
    person.add_task("Water the ferns")
    with page.expect_response(CHANGES):
        enter(page, person)
    page.get_by_label("New task").fill("Sweep the hall")
    page.get_by_label("New task").press("Enter")

    expect(page.get_by_role("button", name="Sweep the hall", exact=True)).to_be_enabled()
    expect(live_status(page)).to_have_text("")


def test_a_server_with_too_many_streams_is_not_retried_early(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 429")
    headers = {"Retry-After": "3600"}
    page.route(CHANGES, lambda route: route.fulfill(status=429, headers=headers, body="{}"))
    streams = streams_of(page.context)
    person.add_task("Water the ferns")
    enter(page, person)

    expect(live_status(page)).to_have_text("Not live: connecting again")
    expect_title(page, "Water the ferns")
    assert len(streams) == 1
