"""The icon of a page: its name in lucide, and its import in the navigation."""

import re
from collections.abc import Sequence

from commands.contexts.lists import ListMissing
from commands.front_end import FE

_EXPORTED = FE / "node_modules/lucide-react/dist/lucide-react.suffixed.d.ts"
_IMPORT = re.compile(r'^import \{[^}]*\} from "lucide-react";\n', re.MULTILINE)
_ICON = re.compile(r"\b\w+Icon\b")
_WIDTH = 100
"""The width of a line, for prettier."""


class UnknownIcon(Exception):
    """The message says where to find the names."""


def icon_called(name: str) -> str:
    """The component of ``folder-open``. Raises :class:`UnknownIcon`."""
    icon = "".join(part.capitalize() for part in name.split("-")) + "Icon"
    if not re.search(rf"\b{re.escape(icon)}\b", _EXPORTED.read_text()):
        raise UnknownIcon(f"There is no icon {name}: https://lucide.dev/icons shows all.")
    return icon


def with_icon(text: str, icon: str) -> str:
    """An icon of several pages is imported once. Raises :class:`ListMissing`."""
    found = _IMPORT.search(text)
    if found is None:
        raise ListMissing("Navigation.tsx imports no icons from “lucide-react” any more")
    icons = _ICON.findall(found[0])
    return text if icon in icons else _IMPORT.sub(_import_of([*icons, icon]), text, count=1)


def without_unused_icons(text: str) -> str:
    found = _IMPORT.search(text)
    if found is None:
        return text
    elsewhere = text.replace(found[0], "")
    used = [icon for icon in _ICON.findall(found[0]) if re.search(rf"\b{icon}\b", elsewhere)]
    return _IMPORT.sub(_import_of(used), text, count=1)


def _import_of(icons: Sequence[str]) -> str:
    """In prettier's format."""
    line = f'import {{ {", ".join(icons)} }} from "lucide-react";\n'
    if len(line) - 1 <= _WIDTH:
        return line
    return "".join(["import {\n", *(f"  {icon},\n" for icon in icons), '} from "lucide-react";\n'])
