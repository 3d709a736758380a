"""What was created and completed, over time."""

import re

from playwright.sync_api import Page, expect

from tests.support.people import Person, enter

WEEKS: dict[str, str | int] = {"days": 90, "interval": "week", "tz": "Europe/Berlin"}


def test_figures_link_to_their_tasks(page: Page, person: Person) -> None:
    person.add_task("Late", due_on="2020-01-01")
    person.add_task("Whenever")
    enter(page, person, "/stats")

    expect(page.get_by_role("heading", name="By status")).to_be_visible()
    page.get_by_role("definition").get_by_role("link", name="1").click()
    expect(page).to_have_url(re.compile("due=overdue"))
    expect(page.get_by_text("Late")).to_be_visible()
    expect(page.get_by_text("Whenever")).to_have_count(0)


def test_a_chart_has_a_summary_and_a_table(page: Page, person: Person) -> None:
    person.add_task("Done", status="done")
    person.add_task("Open")
    enter(page, person, "/stats")

    throughput = page.get_by_role("region", name="Created and completed", exact=True)
    expect(throughput).to_contain_text("2 created, 1 completed.")
    expect(page.get_by_role("region", name="Open and done", exact=True)).to_contain_text("1 open")
    throughput.get_by_text("Figures").click()
    expect(throughput.get_by_role("row").last.get_by_role("cell")).to_have_text(["2", "1"])


def test_period_and_interval_are_kept_in_the_url(page: Page, person: Person) -> None:
    person.add_task("Open")
    enter(page, person, "/stats")
    page.get_by_text("90 days").click()
    page.get_by_text("By week").click()
    expect(page).to_have_url(re.compile("days=90&interval=week"))
    page.reload()

    expect(page.get_by_role("radio", name="90 days")).to_be_checked()
    throughput = page.get_by_role("region", name="Created and completed", exact=True)
    throughput.get_by_text("Figures").click()
    weeks = person.api.get("/tasks/stats/history", params=WEEKS).json()["items"]
    expect(throughput.get_by_role("row")).to_have_count(1 + len(weeks))


def test_a_user_without_tasks_sees_an_empty_state(page: Page, person: Person) -> None:
    enter(page, person, "/stats")

    expect(page.get_by_text("Nothing to show yet")).to_be_visible()
    expect(page.get_by_role("link", name="Add a task")).to_be_visible()
