"""What a caller is answered while the process has more to do than it can."""

import random

from BE.core.exceptions import UnavailableError

RETRY_AFTER = (1, 4)
"""Seconds after which a refused caller may come again, at least and at most."""


def retry_after() -> int:
    """Seconds, drawn at random: or all refused callers come back at once."""
    return random.randint(*RETRY_AFTER)  # noqa: S311 - no secret


class Overloaded(UnavailableError):
    """The service is busy, try again in a moment"""

    def __init__(self) -> None:
        super().__init__(retry_after=retry_after())
