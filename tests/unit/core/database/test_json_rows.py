import json
from uuid import uuid4

import pytest

from BE.core.database.json_rows import json_rows, nested
from BE.core.database.row_ids import row_id


def test_rows_hold_ids_of_both_classes_and_json_as_it_is() -> None:
    ids = [uuid4(), row_id(str(uuid4()))]

    rows = json_rows(
        [{"id": id_, "payload": nested('{"b": [1]}'), "none": nested(None)} for id_ in ids]
    )

    assert json.loads(rows) == [
        {"id": str(id_), "payload": {"b": [1]}, "none": None} for id_ in ids
    ]


def test_a_value_that_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json_rows([{"id": object()}])
