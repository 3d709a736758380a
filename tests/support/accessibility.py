"""What axe finds on a page, and whether a screen is wide enough for it."""

import re

from playwright.sync_api import Page, expect

from tests.support.processes.server import ROOT

_AXE = ROOT / "FE" / "node_modules" / "axe-core" / "axe.min.js"
_LOADING = re.compile("^(Loading|Verifying)$")
_VIOLATIONS = """async () => (await axe.run(document)).violations.map(
  ({id, help, nodes}) => `${id}: ${help}: ${nodes.map(({html}) => html).join(" | ")}`
)"""


def violations(page: Page) -> list[str]:
    """What axe finds once nothing is loading any more."""
    expect(page.get_by_role("status", name=_LOADING)).to_have_count(0)
    page.add_script_tag(path=_AXE)
    found: list[str] = page.evaluate(_VIOLATIONS)
    return found


def overflow(page: Page) -> int:
    """Pixels that the page is wider than the screen."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wider
