"""The contexts' invariants of all data, and the tables that a backup omits."""

from BE.core.wiring.core import CORE
from container import CONTEXTS

INVARIANTS = {
    sentence: query for context in CONTEXTS for sentence, query in context.invariants.items()
}
"""Invariants across the schemas of contexts, where there is no foreign key."""

PASSING = [table for context in (CORE, *CONTEXTS) for table in context.passing]
"""Tables whose rows are meaningless in another database."""
