"""A real browser: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

# The shell draws no windows, which takes a fifth less of the processor.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
_FETCH = """async ([path, token]) => {
  const response = await fetch(path, {headers: {Authorization: `Bearer ${token}`}})
  return {status: response.status, etag: response.headers.get("etag"), body: await response.json()}
}"""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="there is no Chromium here: install Debian's package chromium-headless-shell",
)


@asynccontextmanager
async def page_at(url: str) -> AsyncIterator[Page]:
    """A page of a fresh browser; what it runs has the origin of ``url``."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(url)
        yield page
        await browser.close()


async def fetch_in(page: Page, path: str, token: str) -> dict[str, Any]:
    """Fetch ``path`` by a script on the page: ``status``, ``etag`` and the parsed ``body``."""
    answer: dict[str, Any] = await page.evaluate(_FETCH, [path, token])
    return answer
