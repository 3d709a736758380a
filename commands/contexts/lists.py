"""The lines of a context in shared files: each is an entry of a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commands.contexts.names import Names

_PAIRS = {"(": ")", "[": "]", "{": "}"}


class ListMissing(Exception):
    """A file has no such list any more; the message says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list, which begins at the end of ``opening``."""

    file: Path
    opening: str
    text: str


def entries_of(names: Names, icon: str) -> Sequence[Entry]:
    shell, keys = Path("FE/src/app/shell"), Path("FE/src/features/auth/apiKeys.ts")
    kebab, _ = names.forms["kebab"]
    words, _ = names.forms["words"]
    sentence, _ = names.forms["sentence"]
    scopes = (
        f'{{ value: "{names.many}:read", label: "See {words}" }}',
        f'{{ value: "{names.many}:write", label: "Add, change and delete {words}" }}',
    )
    page = f'{{ to: "/{kebab}", label: "{sentence}", icon: {icon} }}'
    return (
        Entry(Path("container.py"), "CONTEXTS = _load(", f'"{names.many}"'),
        *(
            Entry(keys, f"const {who}: ScopeOption[] = [", scope)
            for who in ("OF_USERS", "OF_ADMINS")
            for scope in scopes
        ),
        Entry(shell / "Navigation.tsx", "const PAGES: Page[] = [", page),
        Entry(shell / "followers.ts", "FOLLOWERS: Follow[] = [", _follower(names)),
    )


def _follower(names: Names) -> str:
    return f"follow{names.forms['pascal'][0]}"


def imports_of(names: Names) -> Sequence[tuple[Path, str]]:
    """The files that need another import for the entries, and the line."""
    kebab, _ = names.forms["kebab"]
    follow = _follower(names)
    return (
        (
            Path("FE/src/app/shell/followers.ts"),
            f'import {{ {follow} }} from "@/features/{kebab}/{follow}";',
        ),
    )


def with_entry(text: str, entry: Entry) -> str:
    """Raises :class:`ListMissing`."""
    start, end = _inside(text, entry)
    inside = text[start:end].rstrip()
    comma = "" if not inside or inside.endswith(",") else ","
    return f"{text[:start]}{inside}{comma}\n    {entry.text},\n{text[end:]}"


def without_entry(text: str, entry: Entry) -> str:
    """Raises :class:`ListMissing`. A missing entry is ignored."""
    start, end = _inside(text, entry)
    inside = re.sub(rf"\s*{re.escape(entry.text)},?", "", text[start:end], count=1)
    return text[:start] + inside + text[end:]


def with_import(text: str, line: str) -> str:
    """After the last import of a feature, or before the first import of all."""
    if line in text:
        return text
    features = [*re.finditer(r'^import [^;]* from "@/features/[^"]*";\n', text, re.MULTILINE)]
    place = features[-1].end() if features else text.index("import ")
    return f"{text[:place]}{line}\n{text[place:]}"


def _inside(text: str, entry: Entry) -> tuple[int, int]:
    place = text.find(entry.opening)
    if place < 0:
        raise ListMissing(f"{entry.file} has no “{entry.opening}” any more")
    start = place + len(entry.opening)
    opened, closed = entry.opening[-1], _PAIRS[entry.opening[-1]]
    depth = 1
    for offset, character in enumerate(text[start:]):
        depth += (character == opened) - (character == closed)
        if depth == 0:
            return start, start + offset
    raise ListMissing(f"{entry.file} does not close “{entry.opening}”")
