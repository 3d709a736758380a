"""Composed statements, by the function that composes them, and those about any owner's tasks."""

from collections.abc import Callable, Iterator
from itertools import product

from BE.modules.tasks.repository import adding, finding
from tests.support.tasks.model import SORTS


def findings() -> Iterator[str]:
    """A page of tasks in every order: without a filter, with each one, with all."""
    filters = tuple(finding._FILTERS)
    for sort, descending, resumed in product(SORTS, (False, True), (False, True)):
        for chosen in ((), *((name,) for name in filters), filters):
            yield finding.finding(sort, descending=descending, resumed=resumed, filters=chosen)


def counts() -> Iterator[str]:
    filters = tuple(finding._FILTERS)
    for chosen in ((), *((name,) for name in filters), filters):
        yield finding.counting(chosen)


def additions() -> Iterator[str]:
    for counting in (False, True):
        yield adding.adding(counting=counting)


COMPOSED: dict[str, Callable[[], Iterator[str]]] = {
    "finding": findings,
    "adding": additions,
    "counting": counts,
}

ANY_OWNER = {
    "tasks.trash.purge": "system task: removes old trash",
    "tasks.import_files.stored_files": "system task: removes files of imports that have ended",
}

_COUNTED = "counted in a transaction: the route's owner is Counted"
_WITHIN = "in the transaction of a write"
RETURN_NO_OWNER = {
    "tasks.history.history": _COUNTED,
    "tasks.positions.beside": _WITHIN,
    "tasks.positions.last_position": _WITHIN,
    "tasks.positions.next_position": _WITHIN,
    "tasks.tasks.count_alone": _WITHIN,
    "tasks.tasks.stats": _COUNTED,
    "tasks.tasks.tags": _COUNTED,
    "tasks.trash.empty": _WITHIN,
    "tasks.trash.purge": "system task",
}
