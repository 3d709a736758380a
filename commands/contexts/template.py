"""The context of sample notes, from which others are copied: real files, with other names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commands.contexts.names import Names, UnfitName

TEMPLATE = Path(__file__).with_name("template")
SAMPLE = Names("sample_notes", "sample_note")
"""Two words, so that each style of writing them differs from the others."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_DEFINED = re.compile(r"\b(?:class|def) (\w+)|^ +(\w+)(?::| =)", re.MULTILINE)
_CODE = {".py", ".ts", ".tsx"}


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    """Relative to the root of the project."""
    text: str


def files_of(names: Names) -> Iterator[File]:
    """The files of a context with these names."""
    for path, text in _files():
        yield File(Path(renamed(str(path), names)), renamed(text, names))


def tables_of(names: Names) -> list[str]:
    """The statements that make the context's tables."""
    sql = renamed((TEMPLATE / "migrations/sample_notes.sql").read_text(), names)
    return [statement.strip() for statement in sql.split(";") if statement.strip()]


def renamed(text: str, names: Names) -> str:
    """A text about sample notes, rewritten for another name."""
    text = re.sub(r"\b([Aa]) (?=sample note\b)", rf"\1{names.article[1:]} ", text)
    for form, (many, one) in SAMPLE.forms.items():
        new_many, new_one = names.forms[form]
        text = text.replace(many, new_many).replace(one, new_one)
    return text


def require_free(names: Names, root: Path) -> None:
    """Raises :class:`UnfitName` for names that the template or the application already uses."""
    known = {word for _, text in _files() for word in _IDENTIFIER.findall(text)}
    for written in ("snake", "camel", "pascal"):
        for name in names.forms[written]:
            if name in known:
                raise UnfitName(
                    f"{name} is a name in the files that are written: take another one, such as"
                    f" team_{names.many}."
                )
    if taken := _taken(names, root):
        raise UnfitName(f"{taken} is in use already: take another name.")


def _taken(names: Names, root: Path) -> str | None:
    """The first file, path or name of the new context that the application already has."""
    many, one = names.many, names.one
    kebab, _ = names.forms["kebab"]
    paths = (file.path for file in files_of(names))
    for path in (Path("BE/modules") / many, Path("BE/core") / many, *paths):
        if _has_files(root / path):
            return str(path)
    code = "\n".join(file.read_text() for file in (root / "BE").rglob("*.py"))
    made = {
        renamed(word, names)
        for path, text in _files()
        if path.parts[0] == "BE"
        for word in _IDENTIFIER.findall(text)
        if re.search(f"{SAMPLE.one}|{SAMPLE.forms['pascal'][1]}", word)
    } - {many, one, *names.forms["pascal"]}
    defined = {name for found in _DEFINED.findall(code) for name in found}
    if taken := sorted(made & defined):
        return taken[0]
    for text in (f'module_router("{many}"', f'path="{kebab}"', f'name = "{one}.', f'"{many}:read"'):
        if text in code:
            return f"{many}, or {one},"
    return None


def _has_files(path: Path) -> bool:
    """A folder that Git has emptied still holds Python's compiled files."""
    return path.is_file() or any("__pycache__" not in file.parts for file in path.rglob("*"))


def _files() -> Iterator[tuple[Path, str]]:
    for path in sorted(TEMPLATE.rglob("*")):
        if path.suffix in _CODE:
            yield path.relative_to(TEMPLATE), path.read_text()
