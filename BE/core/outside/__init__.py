"""Calls to other systems: with deadlines, careful retries, and only to allowed addresses."""
