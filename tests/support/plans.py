"""What a context declares for the tests of plans, in tests/support/<context>/plans.py.

``FILLED``: what each of its tables holds of the numbers ``n``, as the end of an INSERT. Where there
are any: ``INDEXES`` without which a statement would read a whole table, ``SMALL`` tables that do
not grow, and ``WHOLE``, statements that may read a whole table, by how they begin.
"""

MOMENT = "now() - n * interval '5 seconds'"
"""So the oldest are of a day and some hours ago."""
