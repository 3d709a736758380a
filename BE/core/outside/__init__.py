"""Calls to other systems: in time or not at all, repeated with care, and only where they may go."""
