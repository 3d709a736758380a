"""Starts a server, and a Chromium that opens its pages; ``FE/dist`` must be built."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from tests.support.browser import CHROMIUM
from tests.support.processes.server import ROOT, Server


@contextmanager
def browsing() -> Iterator[tuple[Server, BrowserContext]]:
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        server = Server(
            Path(directory) / "data",
            command=(str(ROOT / ".venv/bin/python"), "manage.py", "serve"),
            RATE_LIMIT_ENABLED="false",
        )
        try:
            server.wait_until()
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield server, browser.new_context(base_url=str(server.client.base_url))
            browser.close()
        finally:
            server.clean_up()
