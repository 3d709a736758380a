"""Accounts and how they sign in: passwords, sessions, tokens, links in mails."""
