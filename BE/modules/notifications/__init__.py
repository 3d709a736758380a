"""Mails to the owners of accounts."""
