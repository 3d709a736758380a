"""Downloading everything that is stored about the user."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Page, Route, expect

from tests.support.contexts import needs
from tests.support.people import Console, Person, enter


@needs("tasks")
def test_a_file_is_made_downloaded_and_opened(page: Page, person: Person, tmp_path: Path) -> None:
    person.add_task("Water the plants")
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Make the file").click()
    expect(
        page.get_by_text(re.compile("Your file is ready. It can be downloaded until"))
    ).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name=re.compile("Download")).click()
    path = tmp_path / "data.zip"
    downloading.value.save_as(path)

    assert re.fullmatch(r"my-data-\d{4}-\d\d-\d\d\.zip", downloading.value.suggested_filename)
    with ZipFile(path) as file:
        assert file.testzip() is None
        tasks = json.loads(file.read("tasks.json"))
        accounts = json.loads(file.read("account.json"))
        assert "Everything that Bounded holds about you" in file.read("README.txt").decode()
    assert [task["title"] for task in tasks] == ["Water the plants"]
    assert [account["email"] for account in accounts] == [person.email]


def test_a_file_survives_a_reload_and_another_can_be_made(page: Page, person: Person) -> None:
    person.api.post("/users/me/export").raise_for_status()
    enter(page, person, "/settings/profile")
    download = page.get_by_role("button", name=re.compile("Download"))
    expect(download).to_be_visible()
    page.reload()
    expect(download).to_be_visible()
    page.get_by_role("button", name="Make a new file").click()

    expect(download).to_be_visible()
    expect(page.get_by_role("button", name="Make a new file")).to_be_enabled()
    assert len(person.api.get("/users/me/exports").json()["items"]) == 2


def test_a_refusal_is_shown(page: Page, person: Person, console: Console) -> None:
    console.expect("status of 429")

    def refuse(route: Route) -> None:
        body = {"error": "Later, please", "code": "RATE_LIMITED", "details": [], "request_id": "1"}
        route.fulfill(status=429, json=body)

    page.route("**/api/v1/users/me/export", refuse)
    enter(page, person, "/settings/profile")
    page.get_by_role("button", name="Make the file").click()

    expect(page.get_by_text("Later, please")).to_be_visible()
    expect(page.get_by_role("button", name="Make the file")).to_be_enabled()
