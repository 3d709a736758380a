"""The refusal of a request while the process has more work than it can do."""

import random

from BE.core.exceptions import UnavailableError

RETRY_AFTER = (1, 4)
"""The fewest and the most seconds after which a refused caller may retry."""


def retry_after() -> int:
    """A random number of seconds, so that refused callers do not all retry at once."""
    return random.randint(*RETRY_AFTER)  # noqa: S311 - no secret


class Overloaded(UnavailableError):
    """The service is busy, try again in a moment"""

    def __init__(self) -> None:
        super().__init__(retry_after=retry_after())
