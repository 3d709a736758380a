"""PostgreSQL's refusals, each as one sentence."""

from BE.core.exceptions import UnavailableError


class MigrationRefused(UnavailableError):
    """PostgreSQL, or the data, do not allow a revision; the message says what to do."""


def message_of(error: BaseException) -> str:
    """PostgreSQL's own sentence."""
    return str(error).partition("\n")[0]
