"""A context's part of the front end: its feature, its pages, and their lines."""

import re
from dataclasses import dataclass
from pathlib import Path

from commands.contexts.changes import Changes
from commands.contexts.generated import ROOT
from commands.contexts.icons import without_unused_icons

APP = ROOT / "FE/src/app"
_IMPORT = r'^import (?:type )?\{{([^}}]*)\}} from "@/features/{}/[^"]*";\n'
_FEATURES = re.compile(r'"@/features/([^/"]+)/')
_HOME = """\
import {{ createFileRoute, redirect }} from "@tanstack/react-router";

/** Where people arrive who name no page. */
export const Route = createFileRoute("/_signed-in/")({{
  beforeLoad: () => {{
    throw redirect({{ to: "{first}", replace: true }});
  }},
}});
"""


class SharedPage(Exception):
    """A page is composed of several features; the message names it."""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The part of one feature in the front end."""

    feature: str

    def remove(self, changes: Changes) -> None:
        """Raises :class:`SharedPage`."""
        pages = self._pages()
        paths = [_path_of(page) for page in pages]
        changes.delete(ROOT / "FE/src/features" / self.feature)
        for page in pages:
            changes.delete(page)
        self._leave_navigation(changes, paths)
        for file in sorted(APP.rglob("*.ts*")):
            if self.feature in _FEATURES.findall(file.read_text()):
                changes.write(file, self._without_imports(file.read_text()))

    def _pages(self) -> list[Path]:
        pages = []
        for page in sorted((APP / "routes").rglob("*.tsx")):
            features = {*_FEATURES.findall(page.read_text())}
            if self.feature in features:
                if len(features) > 1:
                    raise SharedPage(
                        f"{page.relative_to(ROOT)} has parts of {', '.join(sorted(features))}: take"
                        f" those of {self.feature} out first."
                    )
                pages.append(page)
        return pages

    def _leave_navigation(self, changes: Changes, paths: list[str]) -> None:
        file = APP / "shell/Navigation.tsx"
        text = file.read_text()
        for path in paths:
            line = re.compile(rf'^  {{\s*to: "{re.escape(path)}",[^}}]*}},\n', re.MULTILINE)
            text = line.sub("", text)
        changes.write(file, without_unused_icons(text))
        if "/" in paths:
            left = re.search(r"const PAGES: Page\[\] = \[\s*\{\s*to: \"([^\"]+)\"", text)
            home = _HOME.format(first=left[1] if left else "/settings/profile")
            changes.write(APP / "routes/_signed-in/index.tsx", home)

    def _without_imports(self, text: str) -> str:
        """Without the imports of the feature, and without their entries in lists."""
        imports = re.compile(_IMPORT.format(re.escape(self.feature)), re.MULTILINE)
        names = [name.strip() for found in imports.findall(text) for name in found.split(",")]
        text = imports.sub("", text)
        for name in filter(None, names):
            text = re.sub(rf"\b{name}\b,?\s*", "", text)
        return text


def _path_of(page: Path) -> str:
    """The path of a route, as links contain it."""
    route = re.search(r'createFileRoute\("([^"]+)"\)', page.read_text())
    parts = route[1].split("/") if route else []
    return "/" + "/".join(part for part in parts if part and not part.startswith("_"))
