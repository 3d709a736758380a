"""Profiles, and what admins do with users."""
