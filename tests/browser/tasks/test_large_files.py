"""Files too large for one request are imported as jobs, with a progress bar."""

import re

from playwright.sync_api import Page, Route, expect

from tests.support.people import Person, enter, register
from tests.support.screens import OpenBrowser, StartApplication
from tests.support.tasks.import_dialog import choose, file_of, open_import
from tests.support.tasks.large_imports import CSV, LARGE


def test_a_large_file_is_imported_with_a_progress_bar_and_a_lasting_outcome(
    page: Page, person: Person
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    enter(page, person)
    dialog = open_import(page)
    choose(page, dialog, file_of(LARGE))
    expect(dialog.get_by_text("1,200 tasks will be created")).to_be_visible()

    page.route("**/api/v1/jobs/*", hold)
    dialog.get_by_role("button", name="Import 1,200 tasks").click()
    bar = dialog.get_by_role("progressbar", name="Importing tasks")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    expect(dialog.get_by_text("goes on in the background")).to_be_visible()
    page.unroute("**/api/v1/jobs/*")
    page.reload()
    page.get_by_role("button", name=re.compile("Background work")).click()

    jobs = page.get_by_role("dialog", name="Background work").get_by_role("listitem")
    expect(jobs.nth(0)).to_contain_text("Done: 1200 imported")
    expect(jobs.nth(1)).to_contain_text("Checked: 1200 found, nothing imported")
    expect(page.get_by_role("button", name="Task 1199", exact=True)).to_be_visible()


def test_an_import_is_stopped_in_the_list_of_background_work(
    open_browser: OpenBrowser, start_application: StartApplication
) -> None:
    """This server runs no jobs, so the import waits until it is stopped."""
    server = start_application(RUN_JOBS="false")
    person = register(server)
    person.api.post("/tasks/import", content=LARGE, headers=CSV).raise_for_status()
    page = open_browser(server).new_page()
    enter(page, person)
    page.get_by_role("button", name="Background work: 1 going on").click()
    job = page.get_by_role("dialog", name="Background work").get_by_role("listitem")
    bar = job.get_by_role("progressbar", name="Import of tasks")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    expect(job).to_contain_text("waiting for its turn")
    job.get_by_role("button", name="Stop it").click()

    expect(job).to_contain_text("It was stopped: nothing was done.")
    assert person.tasks() == []
    person.api.close()
