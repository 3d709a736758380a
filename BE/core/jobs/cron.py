"""Recurring times: a cron expression, by the clock of a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_FIELDS = 5
_LONGEST_CHANGE = timedelta(hours=3)
"""No clock is put forward or back by more."""


@dataclass(frozen=True, slots=True)
class Every:
    """Minute, hour, day of the month, month, day of the week: ``0 3 * * *`` is each day at three.

    Where the clock is put forward, times in the skipped hour are due when it ends; where it is put
    back, they are due once. Times due each hour, or more often, follow real time. Raises
    :class:`ValueError` for an invalid expression or zone.
    """

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            first = next(self.after(datetime.now(UTC)), None)
        except (CronSimError, ValueError, KeyError, OSError) as error:
            raise ValueError(f"{self.expression!r} in {self.zone} says no times: {error}") from None
        if first is None or len(self.expression.split()) != _FIELDS:
            raise ValueError(f"{self.expression!r} says no times by five fields")

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The due times after ``moment``, in order and in UTC, without an end."""
        last = moment
        for due in self._moments(moment):
            if due > last:  # cronsim uses the first of two equal hours, even from the second
                yield due
                last = due

    def latest(self, moment: datetime) -> datetime:
        """The last due time before ``moment``."""
        near = next(self._moments(moment, reverse=True))
        since = min(near, moment) - _LONGEST_CHANGE
        *_, last = takewhile(lambda due: due < moment, self.after(since))
        return last

    def _moments(self, moment: datetime, *, reverse: bool = False) -> Iterator[datetime]:
        here = moment.astimezone(ZoneInfo(self.zone))
        return (due.astimezone(UTC) for due in CronSim(self.expression, here, reverse=reverse))
