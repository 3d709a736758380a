import pytest

from BE.core.database.named_columns import NamedColumns

COLUMNS = NamedColumns("title", "status", first=3)


def test_every_column_has_its_parameter_after_the_names() -> None:
    assert (
        "status = CASE WHEN 'status' = ANY($3::text[]) THEN $5 ELSE status END"
        in COLUMNS.assignments
    )
    assert (COLUMNS.names("title"), COLUMNS.value("title")) == ("'title' = ANY($3::text[])", "$4")


def test_the_arguments_are_the_names_and_a_value_for_every_column() -> None:
    assert COLUMNS.arguments({"status": None}) == [["status"], None, None]
    assert COLUMNS.arguments({"status": "done", "title": "a"}) == [["status", "title"], "a", "done"]


def test_a_change_of_another_column_is_refused() -> None:
    with pytest.raises(ValueError, match="owner_id"):
        COLUMNS.arguments({"title": "a", "owner_id": "b"})
