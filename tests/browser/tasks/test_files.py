"""Importing tasks from a file, and exporting them."""

import csv
import json
from pathlib import Path

from playwright.sync_api import Download, Page, Route, expect

from tests.support.held_requests import hold_next
from tests.support.people import Console, Person, enter
from tests.support.tasks.import_dialog import choose, file_of, open_import


def test_a_file_is_previewed_before_its_import(page: Page, person: Person) -> None:
    enter(page, person)
    dialog = open_import(page)
    expect(dialog.get_by_text("At most 100 000 tasks")).to_be_visible()
    choose(page, dialog, file_of("title,priority,tags\nBuy oil,high,home\nCall Ann,,\n"))

    expect(dialog.get_by_text("2 tasks will be created")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Buy oil")).to_contain_text(
        "To do · High · home"
    )
    assert person.tasks() == []

    dialog.get_by_role("button", name="Import 2 tasks").click()
    expect(page.get_by_text("2 tasks imported")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Buy oil", exact=True)).to_be_visible()
    assert {task["title"] for task in person.tasks()} == {"Buy oil", "Call Ann"}


def test_a_bad_line_is_named_and_the_corrected_file_is_imported(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 422")
    enter(page, person)
    dialog = open_import(page)
    choose(page, dialog, file_of("title,status\nGood,todo\nBad,someday\n,todo\n"))

    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("2 of 3 tasks are not valid")
    expect(alert.get_by_role("row").nth(0)).to_contain_text("Line 3")
    expect(alert.get_by_role("row").nth(0)).to_contain_text("status: This must be")
    expect(alert.get_by_role("row").nth(1)).to_contain_text("Line 4")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()

    corrected = file_of("title,status\nGood,todo\nBad,done\n")
    choose(page, dialog, corrected, button="Choose another file")
    expect(alert).to_have_count(0)
    dialog.get_by_role("button", name="Import 2 tasks").click()
    expect(page.get_by_text("2 tasks imported")).to_be_visible()
    assert len(person.tasks()) == 2


def test_an_import_with_a_lost_answer_is_done_once(
    page: Page, person: Person, console: Console
) -> None:
    console.expect("status of 503")
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.fulfill(status=503, headers={"Retry-After": "0"}, json={})
        else:
            route.continue_()

    enter(page, person)
    dialog = open_import(page)
    choose(page, dialog, file_of("title\nOnce\n"))
    page.route("**/tasks/import?dry_run=false", lose_the_first_answer)
    dialog.get_by_role("button", name="Import 1 task").click()

    expect(page.get_by_text("1 task imported")).to_be_visible()
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(person.tasks()) == 1


def test_an_export_is_saved_under_its_name_and_can_be_imported(
    page: Page, person: Person, tmp_path: Path
) -> None:
    person.add_task("Größe, ändern", tags=["home", "a, b"], priority="high")
    enter(page, person)
    saved = {form: save(export(page, form), tmp_path) for form in ("CSV", "JSON")}

    rows = list(csv.DictReader(saved["CSV"].read_text().splitlines()))
    assert [row["title"] for row in rows] == ["Größe, ändern"]
    [item] = json.loads(saved["JSON"].read_text())["items"]
    assert item["tags"] == ["home", "a, b"]

    for file in saved.values():
        dialog = open_import(page)
        choose(page, dialog, file)
        dialog.get_by_role("button", name="Import 1 task").click()
        expect(dialog).to_have_count(0)
    imported = [(task["title"], task["tags"]) for task in person.tasks()]
    assert imported == [("Größe, ändern", ["home", "a, b"])] * 3


def export(page: Page, form: str) -> Download:
    page.get_by_role("button", name="Import and export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"Export all as {form}").click()
    return download.value


def save(download: Download, directory: Path) -> Path:
    assert download.suggested_filename in {"tasks.csv", "tasks.json"}
    file = directory / download.suggested_filename
    download.save_as(file)
    return file


def test_a_running_import_cannot_be_cancelled(page: Page, person: Person) -> None:
    enter(page, person)
    dialog = open_import(page)
    choose(page, dialog, file_of("title\nBuy oil\n"))
    expect(dialog.get_by_role("button", name="Import 1 task")).to_be_enabled()
    held = hold_next(page, "**/api/v1/tasks/import*")
    with page.expect_request("**/api/v1/tasks/import*"):
        dialog.get_by_role("button", name="Import 1 task").click()

    expect(dialog.get_by_role("button", name="Cancel")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    held().continue_()
    expect(dialog).to_have_count(0)
    assert [task["title"] for task in person.tasks()] == ["Buy oil"]
