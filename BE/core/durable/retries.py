"""How often something is tried, and how long it waits in between."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retries:
    """How many attempts there are, and the wait between two of them: full jitter.

    The wait is random, from zero to a bound: ``first`` after the first attempt, four times as much
    after each further one, at most ``longest``.
    """

    attempts: int = 10
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)


NO_RETRIES = Retries(attempts=0)


def wait_after(attempts: str, *, first: str, longest: str) -> str:
    """The SQL of that wait, from the column ``attempts`` and two parameters."""
    bound = f"least({first}::interval * 4 ^ least({attempts} - 1, 30), {longest}::interval)"
    return f"random() * {bound}"
