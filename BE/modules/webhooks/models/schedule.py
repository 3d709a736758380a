"""When a message is retried: over three days, at random, less and less often."""

from datetime import timedelta

from BE.core.durable.retries import Retries

RETRIES = Retries(attempts=19, first=timedelta(seconds=5), longest=timedelta(hours=12))
FAILING_FOR_LONG = timedelta(days=5)
"""How long it may fail before a webhook is switched off."""


def wait_after(attempts: int, share: float) -> timedelta | None:
    """How long to wait after so many attempts; ``None`` after the last one.

    ``share``, from 0 to 1, is chosen at random, so that messages that failed together spread out.
    """
    if attempts >= RETRIES.attempts:
        return None
    bound: timedelta = min(RETRIES.first * 4 ** min(attempts - 1, 20), RETRIES.longest)
    return share * bound
