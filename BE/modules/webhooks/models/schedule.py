"""When a message is tried again: over three days, at random, ever more rarely."""

from datetime import timedelta

from BE.core.durable.retries import Retries

RETRIES = Retries(attempts=19, first=timedelta(seconds=5), longest=timedelta(hours=12))
FAILING_FOR_LONG = timedelta(days=5)
"""After which a webhook is switched off."""


def wait_after(attempts: int, share: float) -> timedelta | None:
    """How long to wait after so many attempts; ``None`` after the last one.

    ``share``, from 0 to 1, is chosen at random: what failed together does not return together.
    """
    if attempts >= RETRIES.attempts:
        return None
    bound: timedelta = min(RETRIES.first * 4 ** min(attempts - 1, 20), RETRIES.longest)
    return share * bound
