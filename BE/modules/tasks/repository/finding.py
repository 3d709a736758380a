"""The statement for a page of tasks, in every order and with every filter."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from BE.modules.tasks.models import TaskFilter, TaskSort

COLUMNS = (
    "id, owner_id, title, description, status, priority, due_at, tags, position, version,"
    " created_at, updated_at, completed_at"
)

# What each order compares, of a column or of a value; each has its index in the migrations.
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
# What these say of the order by due time, where it is asked for: there the stretch begins.
_BOUNDS = {
    "due_before": "{key} < {value}::timestamptz",
    "due_after": "{key} >= {value}::timestamptz",
    "overdue": "{key} < now()",
}

# So many tasks are read in the order asked for, and if that was worth it so many more, before the
# index of what is in them is.
_NEAR = 1000
_WIDE = 20_000


@cache
def finding(sort: TaskSort, *, descending: bool, resumed: bool, filters: tuple[str, ...]) -> str:
    """The statement for a page: of ``$1``, of ``$2`` tasks at most, then filters, then a cursor.

    Where a filter matches many tasks, a page of them is found at once by following the order.
    Where it matches few, they are found at once in the index of words, tags and states, and
    sorted. Which it is shows on the way: the planner's estimate is too often wrong.
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
    if not {"q", "tag"} & {*filters}:  # a word or a tag that none of the first has may be nowhere
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
    """What a filter looks for, by the names in :func:`finding`."""
    given = {name: getattr(where, name, None) for name in _FILTERS}
    if where.overdue is False:
        given |= {"overdue": None, "not_overdue": True}
    return {name: value for name, value in given.items() if value is not None and value != ()}
