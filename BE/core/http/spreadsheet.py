"""CSV (RFC 4180) in which a spreadsheet runs no formula, and which reads back unchanged."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO

# A formula (OWASP's "CSV Injection", in full width too), after characters that spreadsheets skip.
_FORMULA = re.compile(r"[\s\"\u200b\u2060\ufeff]*[=+\-@＝＋－＠]")
# Where a cell may begin in a spreadsheet of another locale, even inside quotes. Kept by re.split.
_BEGINNING = re.compile(r"([;|\t\r\n])")
_CONTROLS = ("\t", "\r", "\n")


def to_cell(text: str | None) -> str:
    """The text with an apostrophe before anything that a spreadsheet would take for a formula.

    ``None`` is an empty cell, and an empty text an apostrophe. :func:`from_cell` undoes it,
    whatever the text.
    """
    if text is None:
        return ""
    guarded = "".join(_mark(part, _is_formula) for part in _BEGINNING.split(text))
    return _mark(guarded, _is_empty_or_control)


def from_cell(cell: str) -> str | None:
    if not cell:
        return None
    guarded = _unmark(cell, _is_empty_or_control)
    return "".join(_unmark(part, _is_formula) for part in _BEGINNING.split(guarded))


type _Rule = Callable[[str], bool]


def _mark(text: str, needs_mark: _Rule) -> str:
    """Add an apostrophe if the text needs one, or already has one, so that it can be removed."""
    return f"'{text}" if needs_mark(text) or _is_marked(text, needs_mark) else text


def _unmark(text: str, needs_mark: _Rule) -> str:
    return text[1:] if _is_marked(text, needs_mark) else text


def _is_marked(text: str, needs_mark: _Rule) -> bool:
    """Whether :func:`_mark` added its apostrophe; in ``'Tis`` it is the text's own."""
    bare = text.lstrip("'")
    return text.startswith("'") and needs_mark(bare)


def _is_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None


def _is_empty_or_control(text: str) -> bool:
    return not text or text.startswith(_CONTROLS)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def split_cell(cell: str) -> list[str] | str:
    """The comma-separated texts of a cell; the cell itself where it is no list."""
    try:
        rows = list(csv.reader(StringIO(cell, newline=""), strict=True, skipinitialspace=True))
    except csv.Error:
        return cell
    return rows[0] if len(rows) == 1 else cell
