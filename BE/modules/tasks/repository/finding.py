"""The statement for a page of tasks, in every order and with every filter."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from BE.modules.tasks.models import TaskFilter, TaskSort
from BE.modules.tasks.repository.orders import DueOrder, Order, date_of

COLUMNS = (
    "id, owner_id, team_id, assignee_id, title, description, status, priority, due_at, due_on,"
    " tags, position, version, created_at, updated_at, completed_at, deleted_at"
)

_TODAY = date_of("now()", "{zone}")
_DATE = date_of("{value}::timestamptz", "{zone}")
_OVERDUE = f"""(
    (coalesce(due_at, 'infinity'::timestamptz) < now()
        OR (due_on IS NOT NULL AND due_on < {_TODAY}))
    AND status <> 'done'
)"""
_FILTERS = {
    "status": "status = ANY({value}::text[])",
    "priority": "priority = ANY({value}::text[])",
    "tag": "tags @> {value}::text[]",
    "assignee_id": "assignee_id = ANY({value}::uuid[])",
    "assigned": "(assignee_id IS NOT NULL) = {value}::boolean",
    "due_before": f"""(
        coalesce(due_at, 'infinity'::timestamptz) < {{value}}::timestamptz OR due_on < {_DATE}
    )""",
    "due_after": f"""(
        (coalesce(due_at, 'infinity'::timestamptz) >= {{value}}::timestamptz
            AND due_at IS NOT NULL)
        OR due_on >= {_DATE}
    )""",
    "overdue": f"{_OVERDUE} AND {{value}}::boolean",
    "not_overdue": f"NOT {_OVERDUE} AND {{value}}::boolean",
    "q": "search @@ (SELECT tasks.query({value}::text))",
}
_OF_DUE = {"due_before", "due_after", "overdue", "not_overdue"}

# How many tasks are read along the order, and how many more if that promises a page, or if all
# matches are too many to be sorted.
_NEAR = 1000
_WIDE = 10_000

# States and due times come in runs, so a match may begin only behind the first tasks. These do not.
_SPREAD = {"q", "tag", "assignee_id"}


@cache
def finding(sort: TaskSort, *, descending: bool, resumed: bool, filters: tuple[str, ...]) -> str:
    """The statement for a page.

    Its parameters are the owner ``$1``, at most ``$2`` tasks, the filters, the time zone if
    :func:`needs_zone`, and a cursor.

    If a filter matches many tasks, reading along the order finds a page fast. If it matches few,
    the indexes of words, tags, states and due times find all of them fast, and they are sorted. The
    statement decides while it reads, because the planner's estimate is too often wrong: ``far``
    yields no more rows than the other parts request.
    """
    values = _values(filters, first=3)
    zone = f"${len(filters) + 3}::text"
    cursor = len(filters) + 3 + needs_zone(sort, filters) if resumed else None
    order = (
        DueOrder(descending=descending, cursor=cursor, zone=zone, bounds=values)
        if sort == "due_at"
        else Order(sort, descending=descending, cursor=cursor, bounds=values)
    )
    if not filters:
        return order.stretch(COLUMNS, "$2")
    matching = _matching(values, zone)
    searched = f"{COLUMNS}, search"
    many = _NEAR if _SPREAD.isdisjoint(filters) else _WIDE
    return f"""
        WITH near AS MATERIALIZED (
            SELECT {COLUMNS}
            FROM ({order.stretch(searched, _NEAR)}) AS stretch
            WHERE {matching}
            LIMIT $2
        ), near_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM near) = $2
                OR (
                    SELECT count(*)
                    FROM ({order.stretch(order.columns, _NEAR)}) AS stretch
                ) < {_NEAR} AS yes
        ), far AS MATERIALIZED (
            SELECT {order.columns} FROM tasks.task WHERE {order.scope} AND {matching}
        ), wide AS MATERIALIZED (
            SELECT {COLUMNS}
            FROM ({order.stretch(searched, _WIDE)}) AS stretch
            WHERE NOT (SELECT yes FROM near_is_all)
                AND (
                    (SELECT count(*) FROM near) * {_WIDE // _NEAR} >= $2
                    OR (SELECT count(*) FROM (SELECT FROM far LIMIT {many}) AS found) = {many}
                )
                AND {matching}
            LIMIT $2
        ), wide_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM wide) = $2 AS yes
        )
        SELECT {COLUMNS} FROM near WHERE (SELECT yes FROM near_is_all)
        UNION ALL
        SELECT {COLUMNS} FROM wide WHERE (SELECT yes FROM wide_is_all)
        UNION ALL (
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND id = ANY (ARRAY (
                SELECT id
                FROM far
                WHERE NOT (SELECT yes FROM near_is_all) AND NOT (SELECT yes FROM wide_is_all)
                {order.clause}
                LIMIT $2
            ))
            {order.clause}
        )
    """


@cache
def counting(filters: tuple[str, ...]) -> str:
    """The statement for how many tasks match: the owner ``$1``, the filters, the time zone.

    It names whose they are, so that the count of another's tasks is not returned.
    """
    conditions = _matching(_values(filters, first=2), f"${len(filters) + 2}::text") or "true"
    return f"""
        SELECT owner_id, count(*)
        FROM tasks.task
        WHERE owner_id = $1 AND deleted_at IS NULL AND {conditions}
        GROUP BY owner_id
    """


def _values(filters: Iterable[str], first: int) -> dict[str, str]:
    return {name: f"${number}" for number, name in enumerate(filters, first)}


def _matching(values: Mapping[str, str], zone: str) -> str:
    return " AND ".join(
        _FILTERS[name].format(value=value, zone=zone) for name, value in values.items()
    )


def needs_zone(sort: TaskSort | None, filters: Iterable[str]) -> bool:
    """Whether the result depends on the time zone in which a date ends."""
    return sort == "due_at" or not _OF_DUE.isdisjoint(filters)


@lru_cache(maxsize=1000)
def arguments(where: TaskFilter) -> Mapping[str, Any]:
    """The values of a filter, by the names that :func:`finding` takes."""
    given = {name: getattr(where, name, None) for name in _FILTERS}
    if where.overdue is False:
        given |= {"overdue": None, "not_overdue": True}
    return {name: value for name, value in given.items() if value is not None and value != ()}
