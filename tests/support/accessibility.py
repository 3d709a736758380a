"""Faults that keep people from using a page: axe's findings, and overflow on narrow screens."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from playwright.sync_api import Page, ViewportSize, expect

from tests.support.processes.server import ROOT
from tests.support.screens import DESKTOP, PHONE

type Screen = Literal["desktop", "phone"]

_SIZES: dict[Screen, ViewportSize] = {"desktop": DESKTOP, "phone": PHONE}
_AXE = ROOT / "FE" / "node_modules" / "axe-core" / "axe.min.js"
_LOADING = re.compile("^(Loading|Verifying)$")
_VIOLATIONS = """async (rules) => {
  const { violations } = await axe.run(document, rules ? { runOnly: rules } : {});
  return violations.map(
    ({id, help, nodes}) => `${id}: ${help}: ${nodes.map(({html}) => html).join(" | ")}`
  );
}"""
# A child that inherits a colour begins its own transition when its parent's has ended, and a script
# that positions an element runs after the layout: so wait until nothing moved since the last frame.
_SHOWS = """([scheme, width]) => {
  const chosen = document.documentElement.dataset.mantineColorScheme;
  const ends = ({ effect }) => effect.getTiming().iterations < Infinity;
  const places = [...document.querySelectorAll("*")]
    .map((part) => [part.offsetLeft, part.offsetTop, part.offsetWidth, part.offsetHeight])
    .join();
  const isStill = places === window.placesBefore && !document.getAnimations().some(ends);
  window.placesBefore = places;
  return (chosen ?? scheme) === scheme && innerWidth === width && isStill;
}"""
_OPEN = """() => ["dialog", "menu"].filter((role) =>
  [...document.querySelectorAll(`[role=${role}]`)].some((part) => part.checkVisibility()))"""
_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
_COLOUR_RULES = ["color-contrast"]


def faults_of(page: Page, *screens: Screen) -> list[str]:
    """Return all faults of a page on these screens, by default on each, in light and in dark.

    The page is then as it was, so that a journey can go on. Check an element that only one screen
    shows, or that closes or moves at another width, on that screen: ``faults_of(page, "phone")``.
    """
    size = page.viewport_size
    assert size is not None
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    _show(page, size, "light")
    was_open = page.evaluate(_OPEN)
    faults = []
    for screen in screens or _SIZES:
        _show(page, _SIZES[screen], "light")
        found = page.evaluate(_VIOLATIONS)
        if (wider := page.evaluate(_OVERFLOW)) > 0:
            found.append(f"the page is {wider} pixels wider than the screen")
        _show(page, _SIZES[screen], "dark")
        in_dark = page.evaluate(_VIOLATIONS, _COLOUR_RULES)
        found += [f"in dark: {fault}" for fault in in_dark]
        if (is_open := page.evaluate(_OPEN)) != was_open:
            found.append(f"this width shows {is_open}, not {was_open}")
        faults += [f"{screen}: {fault}" for fault in found]
    _show(page, size, "light")
    return faults


def on_each_screen(page: Page) -> Iterator[Screen]:
    """Yield each screen, for a test to open what closes or is misplaced when the width changes."""
    size = page.viewport_size
    assert size is not None
    for screen, its_size in _SIZES.items():
        _show(page, its_size, "light")
        yield screen
    _show(page, size, "light")


@cache
def _axe() -> str:
    return f"() => {{ {_AXE.read_text()} }}"


def _show(page: Page, size: ViewportSize, scheme: Literal["light", "dark"]) -> None:
    """Return once nothing is loading or moving any more."""
    if page.viewport_size != size:
        page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_role("status", name=_LOADING)).to_have_count(0)
    page.wait_for_function(_SHOWS, arg=[scheme, size["width"]])
