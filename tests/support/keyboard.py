"""Using a page by keyboard alone."""

from playwright.sync_api import Locator, Page, expect

_HAS_FOCUS = "element => element === document.activeElement"
_LONGEST = 80  # stops from one end of a page to the other


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until ``target`` has the focus."""
    expect(target).to_be_visible()
    for _ in range(_LONGEST):
        page.keyboard.press(key)
        if target.evaluate(_HAS_FOCUS):
            return
    raise AssertionError(f"{key} never reaches {target}")


def arrow_to(page: Page, item: Locator) -> None:
    """Press the arrow down until an item of the open menu has the focus."""
    expect(page.locator("[role=menu]:focus-within")).to_be_visible()  # else the keys are lost
    tab_to(page, item, key="ArrowDown")


def write_into(page: Page, field: Locator, text: str) -> None:
    """Replace the text of a field."""
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def press_button(page: Page, button: Locator) -> None:
    tab_to(page, button)
    page.keyboard.press("Enter")
