"""What the contexts say of all their data: what must be true of it, and what a backup omits."""

from BE.core.wiring.core import CORE
from container import CONTEXTS

INVARIANTS = {
    sentence: query for context in CONTEXTS for sentence, query in context.invariants.items()
}
"""What must be true across the schemas of contexts, where there is no foreign key."""

PASSING = [table for context in (CORE, *CONTEXTS) for table in context.passing]
"""Tables whose rows mean nothing in another database."""
