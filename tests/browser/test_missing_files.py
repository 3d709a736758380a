"""A file of the front end that cannot be loaded: offline, server unreachable, or a new version."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.support.contexts import needs
from tests.support.people import Console, Person, enter

pytestmark = needs("tasks")

MISSING = "This could not be loaded"
FILTERS = "**/assets/FilterPopover*.js"
STATISTICS = "**/assets/StatsPage*.js"
STYLES_LOADED = "[...document.querySelectorAll('link[rel=stylesheet]')].every(link => link.sheet)"


@pytest.fixture
def busy_page(page: Page) -> Page:
    """A page that never preloads anything."""
    page.add_init_script("window.requestIdleCallback = () => 0")
    return page


@pytest.fixture
def idle_page(page: Page, person: Person) -> Page:
    """A page that has preloaded everything that it may need."""
    person.add_task("Water the ferns")
    with page.expect_event("requestfinished", lambda request: "SignInForm" in request.url) as last:
        enter(page, person)
        expect(page.get_by_text("Water the ferns")).to_be_visible()
    page.evaluate("file => import(file).then(() => null)", last.value.url)  # with its imports
    page.wait_for_function(STYLES_LOADED)
    return page


def go_offline(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()


def go_online(page: Page) -> None:
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    # the page notices it slightly before requests succeed
    page.wait_for_function("fetch('/health/live').then(() => true, () => false)")


def open_statistics(page: Page) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Statistics").click()


def replaced_version(name: str) -> Callable[[Route], None]:
    """Answer as a server with a newer version would, but serve the same page."""

    def answer(route: Route) -> None:
        if route.request.resource_type != "fetch":
            route.continue_()
            return
        served = route.fetch()
        route.fulfill(response=served, body=served.text().replace("/index-", f"/index-{name}-"))

    return answer


def fail_until_reload(page: Page, pattern: str, fail: Callable[[Route], None]) -> None:
    """Fail until a reload: some browsers retry a failed file, others refuse it until then."""
    reloads: list[Request] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            reloads.append(request)

    page.on("request", note)
    page.route(pattern, lambda route: route.continue_() if reloads else fail(route))


def answer_404(route: Route) -> None:
    route.fulfill(status=404)


def test_a_popover_that_cannot_load_shows_a_notice(
    busy_page: Page, person: Person, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    person.add_task("Water the ferns")
    enter(busy_page, person)
    expect(busy_page.get_by_text("Water the ferns")).to_be_visible()
    go_offline(busy_page)
    busy_page.get_by_role("button", name="Filter").click()

    notice = busy_page.get_by_role("alert").filter(has_text=MISSING)
    expect(notice).to_be_in_viewport()
    expect(busy_page.get_by_text("Water the ferns")).to_be_visible()
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    busy_page.get_by_role("button", name="Filter").click()
    go_online(busy_page)
    notice.get_by_role("button", name="Try again").click()
    expect(busy_page.get_by_role("dialog", name="Filter")).to_be_visible()


def test_a_preloaded_popover_opens_without_a_network(idle_page: Page, console: Console) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    go_offline(idle_page)
    idle_page.get_by_role("button", name="Filter").click()

    expect(idle_page.get_by_role("dialog", name="Filter")).to_be_visible()


def test_signing_out_without_a_network_shows_the_sign_in_page(
    idle_page: Page, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    go_offline(idle_page)
    idle_page.get_by_role("button", name="Account of").click()
    idle_page.get_by_role("menuitem", name="Sign out").click()

    expect(idle_page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(idle_page.get_by_text("Water the ferns")).to_have_count(0)


def test_a_page_that_cannot_load_shows_a_notice_in_its_place(
    busy_page: Page, person: Person, console: Console
) -> None:
    console.expect("ERR_INTERNET_DISCONNECTED")
    enter(busy_page, person)
    expect(busy_page.get_by_text("Nothing to do")).to_be_visible()
    go_offline(busy_page)
    open_statistics(busy_page)

    main = busy_page.get_by_role("main")
    expect(main.get_by_text(MISSING)).to_be_visible()
    busy_page.get_by_role("link", name="Tasks").click()
    expect(busy_page.get_by_text("Nothing to do")).to_be_visible()
    open_statistics(busy_page)
    go_online(busy_page)
    main.get_by_role("button", name="Try again").click()
    expect(busy_page.get_by_role("heading", name="Statistics")).to_be_visible()


def test_a_part_loads_once_the_server_is_back(
    busy_page: Page, person: Person, console: Console
) -> None:
    """A browser may never retry a failed file, so the page is reloaded."""
    console.expect("ERR_FAILED")
    enter(busy_page, person)
    expect(busy_page.get_by_text("Nothing to do")).to_be_visible()
    fail_until_reload(busy_page, FILTERS, Route.abort)
    busy_page.route("**/*", lambda route: route.abort())
    busy_page.get_by_role("button", name="Filter").click()
    notice = busy_page.get_by_role("alert").filter(has_text="The server does not answer")
    expect(notice).to_be_visible()
    busy_page.unroute("**/*")
    with busy_page.expect_navigation():
        notice.get_by_role("button", name="Try again").click()

    busy_page.get_by_role("button", name="Filter").click()
    expect(busy_page.get_by_role("dialog", name="Filter")).to_be_visible()


def test_a_page_of_a_replaced_version_reloads_into_the_new_one(
    busy_page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 404")
    enter(busy_page, person)
    expect(busy_page.get_by_text("Nothing to do")).to_be_visible()
    busy_page.route("**/", replaced_version("next"))
    fail_until_reload(busy_page, STATISTICS, answer_404)
    with busy_page.expect_event("load"):
        open_statistics(busy_page)

    expect(busy_page.get_by_role("heading", name="Statistics")).to_be_visible()


def test_a_page_reloads_only_once_for_a_version(
    busy_page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 404")
    enter(busy_page, person)
    expect(busy_page.get_by_text("Nothing to do")).to_be_visible()
    busy_page.route("**/", replaced_version("next"))
    busy_page.route(STATISTICS, answer_404)
    with busy_page.expect_event("load"):
        open_statistics(busy_page)

    expect(busy_page.get_by_role("main").get_by_text("There is a new version")).to_be_visible()
    expect(busy_page.get_by_role("button", name="Reload")).to_be_enabled()


def test_a_popover_of_a_replaced_version_asks_before_a_reload(
    busy_page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 404")
    enter(busy_page, person)
    busy_page.route("**/", replaced_version("next"))
    fail_until_reload(busy_page, FILTERS, answer_404)
    busy_page.get_by_label("New task").fill("Sweep the hall")
    busy_page.get_by_role("button", name="Filter").click()

    expect(busy_page.get_by_text("There is a new version")).to_be_visible()
    expect(busy_page.get_by_label("New task")).to_have_value("Sweep the hall")
    with busy_page.expect_event("load"):
        busy_page.get_by_role("button", name="Reload").click()
    busy_page.get_by_role("button", name="Filter").click()
    expect(busy_page.get_by_role("dialog", name="Filter")).to_be_visible()
