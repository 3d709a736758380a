"""The tokens of links in mails. Only their digests are stored, which open nothing."""

import hashlib
import secrets


def new_link_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def link_digest(token: str) -> bytes:
    """No salt and no stretching: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).digest()
