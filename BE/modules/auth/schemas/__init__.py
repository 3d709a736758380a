"""Requests and answers of auth, a file per subject."""
