import codecs
from itertools import product

import pytest

from BE.core.http.csv_files import CsvFile, NotReadable

ROWS = [(1, ["title", "tags"]), (2, ["Größe €", "a,b;c\td"])]
ENCODINGS = {
    "utf-8": ("UTF-8", b""),
    "utf-8-sig": ("UTF-8", b""),
    "cp1252": ("windows-1252", b""),
    "utf-16": ("UTF-16", b""),
    "utf-16-be": ("UTF-16", codecs.BOM_UTF16_BE),
    "utf_16_be": ("UTF-16", b""),
    "utf-16-le": ("UTF-16", b""),
}


def rows(body: bytes) -> list[tuple[int, list[str]]]:
    return list(CsvFile(body).rows(most=10_000))


@pytest.mark.parametrize(
    ("encoding", "separator", "end"), list(product(ENCODINGS, ",;\t", ["\n", "\r\n", "\r"]))
)
def test_encoding_and_separator_are_detected(encoding: str, separator: str, end: str) -> None:
    name, mark = ENCODINGS[encoding]
    lines = [f"title{separator}tags", f'Größe €{separator}"a,b;c\td"', ""]

    file = CsvFile(mark + end.join(lines).encode(encoding))

    assert list(file.rows(most=10_000)) == ROWS
    assert file.description.startswith(f"{name} with ")


@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", "sep=;\r", '"sep=;"\r\n', "sep=;;\r\n"])
def test_a_line_that_names_the_separator_is_not_a_row(first: str) -> None:
    assert rows(f"{first}title;tags\r\na,b;c\r\n".encode()) == [
        (1, ["title", "tags"]),
        (2, ["a,b", "c"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_in_later_rows_are_ignored(end: str) -> None:
    body = f"{end}{end}title;tags{end}a,b,c,d;e".encode()

    assert rows(body) == [(3, ["title", "tags"]), (4, ["a,b,c,d", "e"])]


def test_a_byte_order_mark_and_empty_rows_are_skipped() -> None:
    assert rows("\ufeffa,b\r\n\r\n,\r\n1,2".encode()) == [(1, ["a", "b"]), (4, ["1", "2"])]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"title\na\n\x81", "Line 3 is not valid windows-1252"),
        ("title\nü\nü".encode() + b"\xfc", "Line 3 is not valid UTF-8"),
        (b"\xff\xfea", "Line 1 is not valid UTF-16"),
        (b"t\0i\0t\0l\0e\0\n\0a", "Line 2 is not valid UTF-16-LE"),
        (b'a;b\n"open', "Line 2 is not valid CSV"),
        (b'a;b\n"x"y', "read as UTF-8 with semicolons as separators"),
        (b'"' + b"x" * 140_000 + b'"', "Line 1 is not valid CSV"),
        (b"PK\x03\x04...", "workbook"),
        (b"\xd0\xcf\x11\xe0...", "workbook"),
    ],
)
def test_a_refusal_names_the_line_and_the_cause(body: bytes, message: str) -> None:
    with pytest.raises(NotReadable, match=message):
        rows(body)
