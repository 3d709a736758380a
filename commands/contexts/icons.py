"""The icon of a page: what lucide calls it, and what the navigation imports."""

import re

from commands.front_end import FE

_EXPORTED = FE / "node_modules/lucide-react/dist/lucide-react.suffixed.d.ts"


class UnknownIcon(Exception):
    """The message says where the names are."""


def icon_called(name: str) -> str:
    """The component of ``folder-open``. Raises :class:`UnknownIcon`."""
    icon = "".join(part.capitalize() for part in name.split("-")) + "Icon"
    if not re.search(rf"\b{re.escape(icon)}\b", _EXPORTED.read_text()):
        raise UnknownIcon(f"There is no icon {name}: https://lucide.dev/icons shows all.")
    return icon


def with_icon(text: str, icon: str) -> str:
    """An icon that several pages have is imported once."""
    if f"  {icon},\n" in text:
        return text
    return text.replace('} from "lucide-react";', f'  {icon},\n}} from "lucide-react";', 1)


def without_unused_icons(text: str) -> str:
    icons = re.findall(r"^  (\w+Icon),\n", text, re.MULTILINE)
    for icon in icons:
        if len(re.findall(rf"\b{icon}\b", text)) == 1:
            text = text.replace(f"  {icon},\n", "", 1)
    return text
