"""What the tests of plans share, and what a context declares for them in its plans.py.

``FILLED``: what each of its tables holds of the numbers ``n``, as the end of an INSERT. Where there
are any: ``INDEXES`` without which a statement would read a whole table, ``SMALL`` tables that do
not grow, and ``WHOLE``, statements that may read a whole table, by how they begin.
"""

from collections.abc import Iterator
from typing import Any

MOMENT = "now() - n * interval '5 seconds'"
"""So the oldest are of a day and some hours ago."""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan, as ``EXPLAIN (FORMAT JSON)`` returns it, and all below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
