"""The statement for a page of tasks, in every order and with every filter."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from BE.modules.tasks.models import TaskFilter, TaskSort

COLUMNS = (
    "id, owner_id, title, description, status, priority, due_at, tags, position, version,"
    " created_at, updated_at, completed_at"
)

# The sort key of a column or a value. The migrations have an index for each.
_KEYS: Mapping[TaskSort, str] = {
    "created_at": "{}",
    "updated_at": "{}",
    "due_at": "coalesce({}, 'infinity'::timestamptz)",
    "priority": "array_position('{{none,low,medium,high,urgent}}'::text[], {})",
    "title": 'lower({}) COLLATE "C"',
    "position": "{}",
}
_DUE_LAST_DESCENDING = "coalesce({}, '-infinity'::timestamptz)"
_TIMES = {"created_at", "updated_at", "due_at"}

_OVERDUE = "coalesce(due_at, 'infinity'::timestamptz) < now() AND status <> 'done'"
_FILTERS = {
    "status": "status = ANY({}::text[])",
    "priority": "priority = ANY({}::text[])",
    "tag": "tags @> {}::text[]",
    "due_before": "coalesce(due_at, 'infinity'::timestamptz) < {}::timestamptz",
    "due_after": (
        "coalesce(due_at, 'infinity'::timestamptz) >= {}::timestamptz AND due_at IS NOT NULL"
    ),
    "overdue": f"{_OVERDUE} AND {{}}::boolean",
    "not_overdue": f"NOT ({_OVERDUE}) AND {{}}::boolean",
    "q": "search @@ (SELECT tasks.query({}::text))",
}
# In the order by due time these filters also bound the part of the index that is read.
_BOUNDS = {
    "due_before": "{key} < {value}::timestamptz",
    "due_after": "{key} >= {value}::timestamptz",
    "overdue": "{key} < now()",
}

# How many tasks are read along the order, and how many more if the first ones promise enough,
# before the indexes of words, tags and states are used.
_NEAR = 1000
_WIDE = 20_000


@cache
def finding(sort: TaskSort, *, descending: bool, resumed: bool, filters: tuple[str, ...]) -> str:
    """The statement for a page: owner ``$1``, at most ``$2`` tasks, then filters, then a cursor.

    If a filter matches many tasks, reading along the order finds a page fast. If it matches few,
    the indexes of words, tags and states find all of them fast, and they are sorted. The statement
    finds out which while it reads, because the planner's estimate is too often wrong.
    """
    key = _DUE_LAST_DESCENDING if sort == "due_at" and descending else _KEYS[sort]
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    kind = "timestamptz" if sort in _TIMES else "text"
    last = len(filters) + 3
    order = f"ORDER BY {key.format(sort)} {direction}, id {direction}"
    scope = "owner_id = $1 AND deleted_at IS NULL"
    if resumed:
        value = key.format(f"${last}::{kind}")
        scope += f" AND ({key.format(sort)}, id) {beyond} ({value}, ${last + 1}::uuid)"
    if not filters:
        return f"SELECT {COLUMNS} FROM tasks.task WHERE {scope} {order} LIMIT $2"
    matching = " AND ".join(
        _FILTERS[name].format(f"${number}") for number, name in enumerate(filters, 3)
    )
    bounds = [
        _BOUNDS[name].format(key=key.format(sort), value=f"${number}")
        for number, name in enumerate(filters, 3)
        if sort == "due_at" and name in _BOUNDS
    ]
    stretch = f"FROM tasks.task WHERE {' AND '.join([scope, *bounds])} {order}"
    worth_it = f"(SELECT count(*) FROM near) * {_WIDE // _NEAR} >= $2"
    if not {"q", "tag"} & {*filters}:  # a word or a tag missing from the first tasks may be nowhere
        worth_it = f"({worth_it} OR NOT EXISTS (SELECT FROM near))"
    return f"""
        WITH near AS MATERIALIZED (
            SELECT {COLUMNS}
            FROM (SELECT {COLUMNS}, search {stretch} LIMIT {_NEAR}) AS stretch
            WHERE {matching}
            LIMIT $2
        ), near_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM near) = $2
                OR (SELECT count(*) FROM (SELECT {stretch} LIMIT {_NEAR}) AS stretch) < {_NEAR}
                AS yes
        ), wide AS MATERIALIZED (
            SELECT {COLUMNS}
            FROM (SELECT {COLUMNS}, search {stretch} LIMIT {_WIDE}) AS stretch
            WHERE NOT (SELECT yes FROM near_is_all) AND {worth_it} AND {matching}
            LIMIT $2
        ), wide_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM wide) = $2 AS yes
        ), far AS MATERIALIZED (
            SELECT {COLUMNS} FROM tasks.task WHERE {scope} AND {matching}
        )
        SELECT {COLUMNS} FROM near WHERE (SELECT yes FROM near_is_all)
        UNION ALL
        SELECT {COLUMNS} FROM wide WHERE (SELECT yes FROM wide_is_all)
        UNION ALL (
            SELECT {COLUMNS}
            FROM far
            WHERE NOT (SELECT yes FROM near_is_all) AND NOT (SELECT yes FROM wide_is_all)
            {order}
            LIMIT $2
        )
    """


def arguments(where: TaskFilter) -> dict[str, Any]:
    """The values of a filter, by the names that :func:`finding` takes."""
    given = {name: getattr(where, name, None) for name in _FILTERS}
    if where.overdue is False:
        given |= {"overdue": None, "not_overdue": True}
    return {name: value for name, value in given.items() if value is not None and value != ()}
