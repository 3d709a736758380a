"""CSV (RFC 4180) that a spreadsheet shows without running it, and that reads back as it was."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from BE.core.exceptions import BadRequestError

# What starts a formula, per OWASP's "CSV Injection", in full width too.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def to_cell(text: str | None) -> str:
    """A text that starts like a formula gets an apostrophe before it, and an empty one is one.

    ``None`` is an empty cell. :func:`from_cell` undoes it, whatever the text.
    """
    if text is None:
        return ""
    return f"'{text}" if not text or text[0] in _FORMULA or _is_marked(text) else text


def from_cell(cell: str) -> str | None:
    if not cell:
        return None
    return cell[1:] if _is_marked(cell) else cell


def _is_marked(cell: str) -> bool:
    """Whether its apostrophe is one that was put there; that of ``'Tis`` is not."""
    return cell[0] == "'" and (len(cell) == 1 or cell[1] in _FORMULA or cell[1] == "'")


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def from_csv(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers as a spreadsheet shows them.

    Raises :class:`BadRequestError`.
    """
    try:
        text = body.decode("utf-8-sig")
        for number, row in enumerate(csv.reader(StringIO(text, newline=""), strict=True), 1):
            if any(row):
                yield number, row
    except (UnicodeDecodeError, csv.Error):
        raise BadRequestError("The body is not valid CSV in UTF-8") from None


def split_cell(cell: str) -> list[str] | str:
    """The texts that a cell lists, separated by commas; the cell itself where it is no list."""
    try:
        rows = list(csv.reader(StringIO(cell, newline=""), strict=True, skipinitialspace=True))
    except csv.Error:
        return cell
    return rows[0] if len(rows) == 1 else cell
