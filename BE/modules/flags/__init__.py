"""Flags: what admins set, for some or for all, and each process knows at once."""
