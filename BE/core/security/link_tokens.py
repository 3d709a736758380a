"""The tokens of links in mails. Only their digests are stored, which are useless to a thief."""

import hashlib
import secrets


def new_link_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def link_digest(token: str) -> bytes:
    """No salt and no stretching: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()
