import pytest
from hypothesis import given
from hypothesis import strategies as st

from BE.core.exceptions import BadRequestError
from BE.core.spreadsheet import from_cell, from_csv, split_cell, to_cell, to_csv

odd = st.text(st.sampled_from("='+-@\t\r\n\"',;＝aé\u202e\x00"), max_size=6)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"]
)
def test_what_starts_like_a_formula_is_text(text: str) -> None:
    assert to_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["'Tis", "a=b", "1-1", "a", " ="])
def test_everything_else_is_written_as_it_is(text: str) -> None:
    assert to_cell(text) == text


@given(st.none() | odd)
def test_a_cell_reads_back_as_it_was(text: str | None) -> None:
    cell = to_cell(text)

    assert from_cell(cell) == text
    assert not cell.startswith(tuple("=+-@\t\r\n＝"))


@given(st.lists(st.lists(odd, min_size=2, max_size=2), max_size=3))
def test_rows_read_back_as_they_were(rows: list[list[str]]) -> None:
    kept = [(number, row) for number, row in enumerate(rows, 1) if any(row)]

    assert list(from_csv(to_csv(rows).encode())) == kept


@given(st.lists(odd.filter(str.strip), min_size=1, max_size=3))
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
def test_people_write_lists_too(cell: str, texts: list[str] | str) -> None:
    assert split_cell(cell) == texts


@pytest.mark.parametrize("body", [b"\xff", b'a\n"open', b'a\n"x"y', b'"' + b"x" * 140_000 + b'"'])
def test_what_is_no_csv_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        list(from_csv(body))


def test_a_byte_order_mark_and_empty_rows_mean_nothing() -> None:
    assert list(from_csv("\ufeffa,b\r\n\r\n,\r\n1,2".encode())) == [
        (1, ["a", "b"]),
        (4, ["1", "2"]),
    ]
