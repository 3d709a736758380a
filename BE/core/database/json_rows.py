from collections.abc import Sequence
from typing import Any

import orjson

from BE.core.database.row_ids import row_id_text


def json_rows(rows: Sequence[Any]) -> str:
    """Rows for ``jsonb_to_recordset``: one argument, where arrays take one for each column.

    asyncpg examines each element of an array in Python, which takes longer than all of this.
    """
    return orjson.dumps(rows, default=row_id_text).decode()


def nested(json: str | None) -> orjson.Fragment | None:
    """A value of a row that is JSON already, which is not examined: we wrote it ourselves."""
    return None if json is None else orjson.Fragment(json)
