"""Dragging by keyboard."""

from playwright.sync_api import Locator, Page, expect

_NEXT_FRAMES = """new Promise(
    (done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)))
)"""


def pick_up(page: Page, handle: Locator, *, announced: str) -> None:
    """Pick up by the space bar what ``handle`` drags, and wait until the arrows move it."""
    handle.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text(announced)).to_be_attached()
    # dnd-kit listens to the arrows in a later turn than that in which it announces
    page.evaluate(_NEXT_FRAMES)
