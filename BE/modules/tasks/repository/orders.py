"""The orders of tasks, and how a stretch of each is read along an index."""

from collections.abc import Mapping

from BE.modules.tasks.models import TaskSort

_OWNED = "owner_id = $1 AND deleted_at IS NULL"

# The sort key of a column or a value. The migrations have an index for each.
_KEYS: Mapping[TaskSort, str] = {
    "created_at": "{}",
    "updated_at": "{}",
    "priority": "array_position('{{none,low,medium,high,urgent}}'::text[], {})",
    "title": 'lower({}) COLLATE "C"',
    "position": "{}",
}
_TIMES = {"created_at", "updated_at"}


class Order:
    """By one column; a cursor is a value of it and an id."""

    def __init__(
        self, sort: TaskSort, *, descending: bool, cursor: int | None, bounds: Mapping[str, str]
    ) -> None:
        """``cursor`` is the number of its first parameter.

        ``bounds`` are the parameters of filters, which limit how much of the index is read.
        """
        direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
        key = _KEYS[sort].format(sort)
        self.columns = f"id, {sort}"
        """The columns that the order uses."""
        self.clause = f"ORDER BY {key} {direction}, id {direction}"
        self.scope = _OWNED
        """The condition for the tasks after the cursor."""
        if sort == "priority" and "priority" in bounds:
            wanted = f"unnest({bounds['priority']}::text[]) AS wanted"
            rank = _KEYS[sort].format("wanted")
            self.scope += f" AND {key} >= (SELECT min({rank}) FROM {wanted})"
            self.scope += f" AND {key} <= (SELECT max({rank}) FROM {wanted})"
        if cursor is not None:
            kind = "timestamptz" if sort in _TIMES else "text"
            value = _KEYS[sort].format(f"${cursor}::{kind}")
            self.scope += f" AND ({key}, id) {beyond} ({value}, ${cursor + 1}::uuid)"

    def stretch(self, columns: str, limit: int | str) -> str:
        """The statement for the first tasks after the cursor."""
        return f"SELECT {columns} FROM tasks.task WHERE {self.scope} {self.clause} LIMIT {limit}"


class DueOrder:
    """By when a task is due; a cursor is a time or a date, and an id.

    A date comes after every time of its day in the time zone: so times and dates have an index
    each, and a stretch is merged from both.
    """

    def __init__(
        self, *, descending: bool, cursor: int | None, zone: str, bounds: Mapping[str, str]
    ) -> None:
        """``bounds`` are the parameters of filters, which limit how much of the indexes is read."""
        self._direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
        undated = "'-infinity'::timestamptz" if descending else "'infinity'::timestamptz"
        date_key = _end_of("due_on", zone)
        time_key = f"coalesce(due_at, {undated})"
        key = f"coalesce(due_at, {date_key}, {undated})"
        self.columns = "id, due_at, due_on"
        """The columns that the order uses, which a stretch must select at least."""
        self.clause = self._ordered_by(key)
        self.scope = _OWNED
        """The condition for the tasks after the cursor."""
        times = [_OWNED, "due_on IS NULL"]
        dates = [_OWNED, "due_on IS NOT NULL"]
        if cursor is not None:
            date_of_cursor = _end_of(f"${cursor + 1}::date", zone)
            value = f"coalesce(${cursor}::timestamptz, {date_of_cursor}, {undated})"
            after = f"{beyond} ({value}, ${cursor + 2}::uuid)"
            self.scope += f" AND ({key}, id) {after}"
            times.append(f"({time_key}, id) {after}")
            dates.append(f"({date_key}, id) {after}")
            dates.append(f"due_on {beyond}= {date_of(value, zone)}")
        for name, value in bounds.items():
            match name:
                case "due_before":
                    times.append(f"{time_key} < {value}::timestamptz")
                    dates.append(f"due_on < {date_of(f'{value}::timestamptz', zone)}")
                case "due_after":
                    times.append(f"{time_key} >= {value}::timestamptz")
                    dates.append(f"due_on >= {date_of(f'{value}::timestamptz', zone)}")
                case "overdue":
                    times.append(f"{time_key} < now()")
                    dates.append(f"due_on < {date_of('now()', zone)}")
        self._times = " AND ".join(times), self._ordered_by(time_key)
        self._dates = " AND ".join(dates), self._ordered_by("due_on")

    def stretch(self, columns: str, limit: int | str) -> str:
        """The statement for the first tasks after the cursor."""
        parts = " UNION ALL ".join(
            f"(SELECT {columns} FROM tasks.task WHERE {where} {order} LIMIT {limit})"
            for where, order in (self._times, self._dates)
        )
        return f"SELECT {columns} FROM ({parts}) AS due {self.clause} LIMIT {limit}"

    def _ordered_by(self, key: str) -> str:
        return f"ORDER BY {key} {self._direction}, id {self._direction}"


def date_of(moment: str, zone: str) -> str:
    """The date of a moment in a time zone."""
    return f"({moment} AT TIME ZONE {zone})::date"


def _end_of(date: str, zone: str) -> str:
    """The last microsecond of a date in a time zone."""
    return f"((({date}) + 1)::timestamp AT TIME ZONE {zone} - interval '1 microsecond')"
