"""What holds across the schemas of contexts, where no foreign key sees to it."""

from container import CONTEXTS

INVARIANTS = {
    sentence: query for context in CONTEXTS for sentence, query in context.invariants.items()
}
