"""Requests and responses, and the files of an import and an export."""
