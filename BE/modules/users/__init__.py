"""Profiles, and the administration of users."""
