"""Dragging by keyboard."""

from playwright.sync_api import Locator, Page, expect

_NEXT_FRAMES = """new Promise(
    (done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)))
)"""


def pick_up(page: Page, handle: Locator, *, announced: str) -> None:
    """Pick up an item by its ``handle`` with the space bar; wait until the arrow keys move it."""
    handle.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text(announced)).to_be_attached()
    # dnd-kit subscribes to the arrow keys in a later turn of the loop than its announcement
    page.evaluate(_NEXT_FRAMES)
