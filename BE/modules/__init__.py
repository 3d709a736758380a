"""The bounded contexts, a folder each."""
