"""What must be true across the schemas of contexts, where there is no foreign key."""

from container import CONTEXTS

INVARIANTS = {
    sentence: query for context in CONTEXTS for sentence, query in context.invariants.items()
}
