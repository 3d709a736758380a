"""Flags: what admins set, for some or for all users, and each process sees at once."""
