"""CSV files as people have them: in several encodings, with several separators.

A file is decoded piece by piece: as text, one of 50 MiB could take up 200.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from BE.core.exceptions import BadRequestError, Detail, InvalidInputError

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_NAMED_SEPARATOR = re.compile(r"\s*\"?sep=([,;\t])\"?[,;\t]*\s*", re.IGNORECASE)
"""A line that spreadsheets write before the first row."""

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
_PIECE = 64 * 1024


class NotReadable(BadRequestError):
    """A file is no CSV"""


class CsvFile:
    def __init__(self, body: bytes | bytearray) -> None:
        """Raises :class:`NotReadable`."""
        if body.startswith(_WORKBOOKS):
            raise NotReadable("This file is a workbook: save it as CSV in UTF-8")
        self._body = body
        self._encoding, self._codec = _encoding_of(body)
        before = 0
        first = ""
        for first in self._lines():
            if first.strip():
                break
            before += 1
        named = _NAMED_SEPARATOR.fullmatch(first)
        self._skipped = before + 1 if named else 0
        self._separator = named[1] if named else max(_SEPARATORS, key=first.count)

    @property
    def description(self) -> str:
        """How the file is read: its encoding and separator."""
        return f"{self._encoding} with {_SEPARATORS[self._separator]} as separators"

    def rows(self, *, most: int) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not empty, with their numbers as a spreadsheet shows them.

        Raises :class:`NotReadable`, and :class:`InvalidInputError` where there are more than
        ``most`` rows, the empty ones included.
        """
        lines = islice(self._lines(), self._skipped, None)
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

    def _lines(self) -> Iterator[str]:
        return io.TextIOWrapper(io.BufferedReader(_Reading(self._body)), self._codec, newline="")


class _Reading(io.RawIOBase):
    """Reads bytes in memory: :class:`io.BytesIO` would copy them."""

    def __init__(self, body: bytes | bytearray) -> None:
        self._rest = memoryview(body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _too_many(most: int) -> InvalidInputError:
    message = f"A file has at most {most} rows, the empty ones included: split it"
    fault = Detail(f"body.row.{most + 1}", message, "too_many_rows")
    return InvalidInputError(message, details=[fault])


def _encoding_of(body: bytes | bytearray) -> tuple[str, str]:
    """The encoding's common name, and Python's codec. Raises :class:`NotReadable`."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16", _checked(body, "UTF-16")
    if body[1:2] == b"\0":  # the names of columns are ASCII
        return "UTF-16", _checked(body, "UTF-16-LE")
    if body[:1] == b"\0":
        return "UTF-16", _checked(body, "UTF-16-BE")
    fault = _first_fault(body, "UTF-8")
    if fault is None:
        return "UTF-8", "utf-8-sig"
    # A letter of several bytes shows that the file is UTF-8 with a fault.
    if not body[:fault].isascii():
        raise _not_readable(body, fault, "UTF-8")
    return "windows-1252", _checked(body, "windows-1252")


def _checked(body: bytes | bytearray, codec: str) -> str:
    fault = _first_fault(body, codec)
    if fault is not None:
        raise _not_readable(body, fault, codec)
    return codec


def _first_fault(body: bytes | bytearray, codec: str) -> int | None:
    """The place of the first byte that is not valid; ``None`` if all are."""
    decoder = codecs.getincrementaldecoder(codec)()
    view = memoryview(body)
    for start in range(0, len(body) + 1, _PIECE):
        piece = view[start : start + _PIECE]
        try:
            decoder.decode(piece, final=len(piece) < _PIECE)
        except UnicodeDecodeError as error:
            kept_from_before = len(error.object) - len(piece)
            return start - kept_from_before + error.start
    return None


def _not_readable(body: bytes | bytearray, fault: int, encoding: str) -> NotReadable:
    before = body[:fault].decode(encoding, errors="ignore")
    line = len(before.splitlines()) + before.endswith("\n") or 1
    return NotReadable(
        f"Line {line} is not valid {encoding}: save the file as CSV in UTF-8"
        " (UTF-16 and windows-1252 are understood too)"
    )
