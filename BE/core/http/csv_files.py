"""CSV files as people have them: in several encodings, with several separators."""

import csv
import re
from collections.abc import Iterator

from BE.core.exceptions import BadRequestError, Detail, InvalidInputError

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_NAMED_SEPARATOR = re.compile(r"\s*\"?sep=([,;\t])\"?[,;\t]*(?:\r\n|\r|\n)", re.IGNORECASE)
"""A line that spreadsheets write before the first row."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls


class NotReadable(BadRequestError):
    """A file is no CSV"""


class CsvFile:
    def __init__(self, body: bytes | bytearray) -> None:
        """Raises :class:`NotReadable`."""
        if body.startswith(_WORKBOOKS):
            raise NotReadable("This file is a workbook: save it as CSV in UTF-8")
        self._encoding, text = _decoded(body)
        self._text = text.removeprefix("\ufeff")
        named = _NAMED_SEPARATOR.match(self._text)
        self._starts_at = named.end() if named else 0
        self._separator = named[1] if named else _separator_of(self._text)

    @property
    def description(self) -> str:
        """How the file is read: its encoding and separator."""
        return f"{self._encoding} with {_SEPARATORS[self._separator]} as separators"

    def rows(self, *, most: int) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not empty, with their numbers as a spreadsheet shows them.

        Raises :class:`NotReadable`, and :class:`InvalidInputError` where there are more than
        ``most`` rows, the empty ones included.
        """
        lines = (line[0] for line in _LINE.finditer(self._text, self._starts_at))
        reader = csv.reader(lines, strict=True, delimiter=self._separator)
        try:
            for number, row in enumerate(reader, 1):
                if number > most:
                    raise _too_many(most)
                if any(row):
                    yield number, row
        except csv.Error as error:
            raise NotReadable(
                f"Line {reader.line_num} is not valid CSV ({error}): the file was read as"
                f" {self.description}"
            ) from None


def _too_many(most: int) -> InvalidInputError:
    message = f"A file has at most {most} rows, the empty ones included: split it"
    fault = Detail(f"body.row.{most + 1}", message, "too_many_rows")
    return InvalidInputError(message, details=[fault])


def _decoded(body: bytes | bytearray) -> tuple[str, str]:
    """The name of the encoding, and the text. Raises :class:`NotReadable`."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16", _decode(body, "UTF-16")
    if body[1:2] == b"\0":  # the names of columns are ASCII
        return "UTF-16", _decode(body, "UTF-16-LE")
    if body[:1] == b"\0":
        return "UTF-16", _decode(body, "UTF-16-BE")
    try:
        return "UTF-8", body.decode()
    except UnicodeDecodeError as error:
        # A letter of several bytes shows that the file is UTF-8, and has a fault.
        if not body[: error.start].isascii():
            raise _not_readable(body, error, "UTF-8") from None
    return "windows-1252", _decode(body, "windows-1252")


def _decode(body: bytes | bytearray, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_readable(body, error, encoding) from None


def _not_readable(body: bytes | bytearray, error: UnicodeDecodeError, encoding: str) -> NotReadable:
    before = body[: error.start].decode(encoding, errors="ignore")
    line = len(before.splitlines()) + before.endswith("\n") or 1
    return NotReadable(
        f"Line {line} is not valid {encoding}: save the file as CSV in UTF-8"
        " (UTF-16 and windows-1252 are understood too)"
    )


def _separator_of(text: str) -> str:
    """The separator that is most often in the first line that is not empty."""
    line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    return max(_SEPARATORS, key=line.count)
