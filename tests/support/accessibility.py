"""What axe finds on a page, and whether a screen is wide enough for it."""

from playwright.sync_api import Page

from tests.support.processes.server import ROOT

_AXE = ROOT / "FE" / "node_modules" / "axe-core" / "axe.min.js"
_VIOLATIONS = """async () => (await axe.run(document)).violations.map(
  ({id, help, nodes}) => `${id}: ${help}: ${nodes.map(({html}) => html).join(" | ")}`
)"""


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=_AXE)
    found: list[str] = page.evaluate(_VIOLATIONS)
    return found


def overflow(page: Page) -> int:
    """Pixels that the page is wider than the screen."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wider
