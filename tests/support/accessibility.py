"""What axe finds on a page, and whether a screen is wide enough for it."""

import re
from typing import Literal

from playwright.sync_api import Page, expect

from tests.support.processes.server import ROOT

_AXE = ROOT / "FE" / "node_modules" / "axe-core" / "axe.min.js"
_LOADING = re.compile("^(Loading|Verifying)$")
_VIOLATIONS = """async (rules) => {
  const { violations } = await axe.run(document, rules ? { runOnly: rules } : {});
  return violations.map(
    ({id, help, nodes}) => `${id}: ${help}: ${nodes.map(({html}) => html).join(" | ")}`
  );
}"""
# A child that inherits a colour begins its own transition when its parent's has ended.
_SHOWS = """(scheme) => {
  const chosen = document.documentElement.dataset.mantineColorScheme;
  const ends = ({ effect }) => effect.getTiming().iterations < Infinity;
  return (chosen ?? scheme) === scheme && !document.getAnimations().some(ends);
}"""
_THAT_COLOURS_DECIDE = ["color-contrast"]


def violations(page: Page) -> list[str]:
    """What axe finds in light and in dark, once nothing is loading any more."""
    expect(page.get_by_role("status", name=_LOADING)).to_have_count(0)
    page.add_script_tag(path=_AXE)
    found: list[str] = page.evaluate(_VIOLATIONS)
    _show(page, "dark")
    found += page.evaluate(_VIOLATIONS, _THAT_COLOURS_DECIDE)
    _show(page, "light")
    return found


def _show(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(_SHOWS, arg=scheme)


def overflow(page: Page) -> int:
    """Pixels that the page is wider than the screen."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wider
