"""Pages that follow changes made elsewhere, and pages of a server that has no feed."""

from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

CHANGES = "**/api/v1/changes"


def live_status(page: Page) -> Locator:
    """The status of the feed in the head of a page."""
    return page.get_by_role("banner").get_by_role("status")


def wait_until_live(page: Page) -> None:
    expect(live_status(page)).to_have_text("Live: changes made elsewhere appear at once")


def streams_of(context: BrowserContext) -> list[Request]:
    """Collect the streams that all tabs open from now on."""
    streams: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/changes"):
            streams.append(request)

    context.on("request", note)
    return streams


def disable_feed(page: Page) -> None:
    """Answer as a server without a feed; pages notice changes only when they save."""

    def answer(route: Route) -> None:
        route.fulfill(status=404, content_type="application/json", body="{}")

    page.route(CHANGES, answer)
