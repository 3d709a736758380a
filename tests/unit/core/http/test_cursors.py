import pytest

from BE.core.http.pagination import Cursors, InvalidCursor, Page
from BE.core.security.keys import KeyRing

CURSORS = Cursors(KeyRing.parse("key:" + "k" * 32))


def test_a_cursor_survives_a_key_rotation() -> None:
    old, new = "old:" + "o" * 32, "new:" + "n" * 32
    sealed = Cursors(KeyRing.parse(old)).seal("list", [1, "a"])

    assert Cursors(KeyRing.parse(f"{new},{old}")).open("list", sealed) == [1, "a"]
    with pytest.raises(InvalidCursor):
        Cursors(KeyRing.parse(new)).open("list", sealed)


def position(row: int) -> list[int]:
    return [row]


@pytest.mark.parametrize("rows", [[], [1], [1, 2]])
def test_rows_that_fit_are_the_last_page(rows: list[int]) -> None:
    assert CURSORS.page("list", rows, 2, position) == Page(rows, None)


def test_a_further_row_is_left_for_the_next_page() -> None:
    page = CURSORS.page("list", [1, 2, 3], 2, position)

    assert page.items == [1, 2]
    assert page.next_cursor is not None
    assert CURSORS.open("list", page.next_cursor) == [2]
    with pytest.raises(InvalidCursor):
        CURSORS.open("another list", page.next_cursor)
