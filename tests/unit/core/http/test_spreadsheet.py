import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from BE.core.http.csv_files import CsvFile
from BE.core.http.spreadsheet import from_cell, split_cell, to_cell, to_csv

FORMULA = re.compile(r"[\s\"\ufeff]*[=+\-@＝]")

odd = st.text(st.sampled_from("='+-@\t\r\n\"',;| \ufeff＝aé\u202e\x00"), max_size=8)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1",
        "＋1",
        "－1",
        "＠A",
        " =1",
        '"=1',
        "\xa0=1",
        "\ufeff=1",
    ],
)
def test_a_text_that_starts_like_a_formula_is_quoted(text: str) -> None:
    assert to_cell(text) == f"'{text}"


@pytest.mark.parametrize("control", ["\t", "\r", "\n"])
def test_a_text_that_starts_with_a_control_character_is_quoted(control: str) -> None:
    assert to_cell(f"{control}1") == f"'{control}1"


@pytest.mark.parametrize("separator", [";", "|", "\t", "\n", "\r"])
@pytest.mark.parametrize("ignored", ["", " ", '"', "\u200b"])
def test_a_formula_after_a_separator_of_another_locale_is_quoted(
    separator: str, ignored: str
) -> None:
    formula = f'{ignored}=HYPERLINK("https://a.example")'

    assert to_cell(f"a{separator}{formula}") == f"a{separator}'{formula}"


@pytest.mark.parametrize("text", ["'Tis", "a=b", "1-1", "a", "a; b", "a, =b", "x;'Tis"])
def test_any_other_text_is_unchanged(text: str) -> None:
    assert to_cell(text) == text


@given(st.none() | odd)
def test_a_cell_reads_back_as_it_was(text: str | None) -> None:
    cell = to_cell(text)

    assert from_cell(cell) == text
    assert not any(FORMULA.match(part) for part in re.split(r"[;|\t\r\n]", cell))
    assert not cell.startswith(("\t", "\r", "\n"))


@given(st.lists(st.lists(odd, min_size=2, max_size=2), max_size=3))
def test_rows_read_back_as_they_were(rows: list[list[str]]) -> None:
    rows = [["title", "tags"], *rows]
    kept = [(number, row) for number, row in enumerate(rows, 1) if any(row)]

    assert list(CsvFile(to_csv(rows).encode()).rows(most=10_000)) == kept


@given(st.lists(odd.filter(lambda text: text.strip() and text[0] != " "), min_size=1, max_size=3))
def test_a_list_in_a_cell_reads_back_but_for_spaces_before(texts: list[str]) -> None:
    assert split_cell(to_csv([texts]).removesuffix("\r\n")) == texts


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("home", ["home"]),
        ("home, work", ["home", "work"]),
        ('home, "a, b"', ["home", "a, b"]),
        ('"open', '"open'),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_list_written_by_hand_is_read(cell: str, texts: list[str] | str) -> None:
    assert split_cell(cell) == texts
