"""The front end in a real browser: below a prefix, under its policy, from its cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import needs_chromium, page_at
from tests.support.front_end import PAGE, SCRIPT, build
from tests.support.processes.server import ForkedServer, Server

INLINE = "<script>document.title = 'an inline script ran'</script>"
FETCH_ELSEWHERE = """new Promise(resolve => {
  addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective))
  fetch("https://example.com").catch(() => {}).then(() => setTimeout(resolve, 5000, "nothing"))
})"""

pytestmark = needs_chromium


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    dist = build(tmp_path, PAGE.replace("</body>", f"{INLINE}</body>"))
    (dist / f"{SCRIPT[1:]}.br").unlink()  # it is not real Brotli
    server = ForkedServer(
        tmp_path / "data",
        FRONT_END_DIR=dist,
        ROOT_PATH="/backend",
    )
    yield server
    server.clean_up()


async def test_a_page_below_a_prefix_finds_its_files_and_keeps_its_policy_from_the_cache(
    server: Server,
) -> None:
    server.wait_until()

    async with page_at(f"{server.client.base_url}/backend/settings/profile") as page:
        first = await page.title()
        await page.reload()
        again = await page.title()
        refused = await page.evaluate(FETCH_ELSEWHERE)

    assert "status=304" in server.output
    assert first == again == "/backend/x"  # written by the script; the inline one did not run
    assert refused == "connect-src"
