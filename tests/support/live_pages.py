"""Pages that follow what changes elsewhere, and pages of a server that has no feed."""

from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

CHANGES = "**/api/v1/changes"


def live_sign(page: Page) -> Locator:
    """What the head of a page says about the feed."""
    return page.get_by_role("banner").get_by_role("status")


def wait_until_live(page: Page) -> None:
    expect(live_sign(page)).to_have_text("Live: changes made elsewhere appear at once")


def streams_of(context: BrowserContext) -> list[Request]:
    """The streams that all tabs will open."""
    streams: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/changes"):
            streams.append(request)

    context.on("request", note)
    return streams


def leave_without_feed(page: Page) -> None:
    """Have a server that knows nothing of feeds; pages hear of changes when they save."""

    def answer(route: Route) -> None:
        route.fulfill(status=404, content_type="application/json", body="{}")

    page.route(CHANGES, answer)
