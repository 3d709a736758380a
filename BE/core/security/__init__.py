"""How callers authenticate: keys, tokens, passwords."""
