"""A context of the tests' own: what the core does is tested on it, whatever contexts there are."""
