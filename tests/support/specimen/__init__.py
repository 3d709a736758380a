"""A context that belongs to the tests: the core is tested on it, whatever other contexts exist."""
