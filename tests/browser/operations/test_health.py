"""The health of the service, updated live."""

import re

from playwright.sync_api import Page, expect

from tests.support.people import Console, Person, enter

HEALTH = re.compile(r":\d+/health$")
UNHEALTHY = {
    "status": "unhealthy",
    "app_name": "Bounded",
    "version": "1",
    "checks": {"database": {"status": "unhealthy"}, "events": {"status": "healthy"}},
}


def test_the_health_of_a_service_is_polled(page: Page, admin: Person) -> None:
    enter(page, admin, "/admin/health")

    expect(page.get_by_text("Everything works")).to_be_visible()
    expect(page.get_by_role("term").filter(has_text="Requests")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Database")).to_be_visible()
    with page.expect_response(re.compile("/api/v1/metrics/requests")) as answer:
        pass
    assert answer.value.ok


def test_a_degraded_service_is_explained(
    operator_page: Page, operator: Person, dead_ids: list[int]
) -> None:
    enter(operator_page, operator, "/admin/health")

    expect(operator_page.get_by_text("The service is degraded")).to_be_visible()
    expect(
        operator_page.get_by_text(f"Events: {len(dead_ids)} deliveries are dead.")
    ).to_be_visible()
    operator_page.get_by_role("link", name="Look at dead deliveries").click()
    expect(operator_page.get_by_role("heading", name="Deliveries")).to_be_visible()


def test_an_unhealthy_service_is_shown(page: Page, admin: Person, console: Console) -> None:
    console.expect("status of 503")
    page.route(HEALTH, lambda route: route.fulfill(status=503, json=UNHEALTHY))
    enter(page, admin, "/admin/health")

    expect(page.get_by_text("The service is unhealthy")).to_be_visible()
    expect(page.get_by_text("Database: unhealthy.")).to_be_visible()
    expect(page.get_by_role("definition").first).to_have_text("–")


def test_the_last_figures_stay_without_an_answer(
    page: Page, admin: Person, console: Console
) -> None:
    console.expect("ERR_FAILED")
    enter(page, admin, "/admin/health")
    expect(page.get_by_text("Everything works")).to_be_visible()
    page.route(HEALTH, lambda route: route.abort())

    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("rowheader", name="Database")).to_be_visible()
    page.unroute(HEALTH)
    expect(page.get_by_role("alert")).to_have_count(0)
