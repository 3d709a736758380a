"""The dialog that imports tasks, in a browser."""

from typing import Any

from playwright.sync_api import Locator, Page


def file_of(text: str, name: str = "tasks.csv", kind: str = "text/csv") -> Any:
    return {"name": name, "mimeType": kind, "buffer": text.encode()}


def open_import(page: Page) -> Locator:
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="Import from a file").click()
    return page.get_by_role("dialog", name="Import tasks")


def choose(page: Page, dialog: Locator, file: Any, button: str = "Choose a file") -> None:
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name=button).click()
    chooser.value.set_files(file)
