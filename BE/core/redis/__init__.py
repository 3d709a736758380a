"""What all processes share in Redis, or each keeps for itself without one: counters and a cache."""
