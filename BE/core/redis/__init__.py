"""Counters and a cache: shared in Redis, or per process without one."""
