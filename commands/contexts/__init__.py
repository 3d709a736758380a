"""Adds a context, and removes one: its files, and its lines in shared files."""
