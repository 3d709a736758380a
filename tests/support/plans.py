"""Shared parts of the tests of query plans, and what a context declares for them in its plans.py.

``FILLED``: how each table is filled from the numbers ``n``, as the end of an INSERT. If any:
``INDEXES`` without which a statement would read a whole table, ``SMALL`` tables that do not grow,
and ``FULL_SCANS``, statements that may read a whole table, by how they begin.
"""

from collections.abc import Iterator
from typing import Any

MOMENT = "now() - n * interval '5 seconds'"
"""The oldest rows are a day and some hours old."""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan from ``EXPLAIN (FORMAT JSON)``, and all nodes below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
