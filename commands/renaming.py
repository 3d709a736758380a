"""Gives a copy of this project another name, word by word. Needs only the standard library."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = "Bounded"

OWN_NAME = Path("BE/core/product.py")

NOT_RENAMED = frozenset(
    {
        "LICENSE",  # who made the template
        "commands/renaming.py",  # names the template
        "docs/upgrading.md",  # contains the template's location
        "template.toml",  # as above
        "tests/unit/commands/test_renaming.py",  # tests this with both names
        "tests/unit/commands/test_upgrading.py",  # as above
    }
)
"""Files about the template itself."""

_ENGLISH = r"[Bb]ounded contexts?|[Uu]nbounded|bounded-audit-1"
"""Words that are no name, and a format whose files outlive a name."""

_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[bnt]))"
"""The beginning of a word, also after an escape such as the end of a line."""

_FORM = re.compile(r"[A-Z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)*")
_LIMITS = range(3, 21)


class BadName(Exception):
    """The name cannot be that of a product; the message says why."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as people read it; raises :class:`BadName`."""

    text: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.text) or len(self.slug) not in _LIMITS:
            raise BadName(
                f'"{self.text}" cannot be the name: write {_LIMITS.start} to {_LIMITS.stop - 1}'
                " letters and digits of ASCII, a capital first, in words that single spaces or"
                " hyphens part."
            )

    @property
    def slug(self) -> str:
        """In names of metrics, databases and images."""
        return re.sub(r"[ -]", "", self.text).lower()

    @property
    def joined(self) -> str:
        """As a part of a name in code."""
        return re.sub(r"[ -]", "", self.text)


def name_of(project: Path) -> Name:
    """The name that the project has. If no file contains it, as in 0.2.0: the template's."""
    file = project / OWN_NAME
    text = file.read_text() if file.exists() else ""
    found = re.search(r'^NAME = "(.+)"$', text, re.MULTILINE)
    return Name(found[1] if found else TEMPLATE)


def rename(project: Path, name: Name, *, may_occur: bool = False) -> list[Path]:
    """Replace the current name by ``name`` in every file that git tracks, or would.

    Returns the files that changed. Raises :class:`BadName` if a later renaming could not
    distinguish the name from a word in the code, unless it ``may_occur``.
    """
    old = name_of(project)
    if name == old:
        return []
    texts = dict(_texts(project))
    if not may_occur:
        _require_unused(name, texts)
    changed = []
    for file, text in texts.items():
        renamed = _renamed(text, old, name)
        if renamed != text:
            file.write_bytes(renamed.encode())
            changed.append(file)
    return changed


def left_over(project: Path, name: Name) -> list[str]:
    """The places where ``name`` still occurs, in any form: file, line and text."""
    return [
        f"{file.relative_to(project)}:{number}: {line.strip()}"
        for file, text in _texts(project)
        if _names(text, name)
        for number, line in enumerate(re.sub(_ENGLISH, "", text).splitlines(), start=1)
        if _names(line, name)
    ]


def _names(text: str, name: Name) -> bool:
    lower = text.lower()
    return name.slug in lower or name.text.lower() in lower


def _renamed(text: str, old: Name, new: Name) -> str:
    if not any(form in text for form in (old.text, old.joined, old.slug)):
        return text  # most files: the pattern is a hundred times slower
    forms = {"text": new.text, "code": new.joined, "slug": new.slug}
    pattern = re.compile(
        rf"(?P<english>{_ENGLISH})"
        rf"|(?P<text>{_START}{old.text}(?![A-Za-z0-9]))"
        rf"|(?P<code>(?<![A-Za-z]){old.joined}(?=[A-Z]))"
        rf"|(?P<slug>{_START}{old.slug}(?![A-Za-z0-9]))"
    )
    return pattern.sub(lambda found: forms.get(found.lastgroup or "", found[0]), text)


def _require_unused(name: Name, texts: dict[Path, str]) -> None:
    word = re.compile(rf"(?<![a-z0-9])(?:{name.text}|{name.slug})(?![a-z0-9])", re.IGNORECASE)
    for file, text in texts.items():
        if "tests" not in file.parts and word.search(text):
            raise BadName(
                f'"{name.text}" cannot be the name: the word stands in {file.name} already, so that'
                " a later renaming could not tell them apart."
            )


def _texts(project: Path) -> Iterator[tuple[Path, str]]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=project, capture_output=True, check=True)
    for path in sorted(set(listed.stdout.decode().split("\0")) - {""} - NOT_RENAMED):
        file = project / path
        if file.is_symlink() or not file.is_file():
            continue
        try:
            yield file, file.read_bytes().decode()
        except UnicodeDecodeError:
            continue  # a picture
