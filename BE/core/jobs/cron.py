"""When something is due again and again: a cron expression, by the clock of a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


@dataclass(frozen=True, slots=True)
class Every:
    """Minute, hour, day of the month, month, day of the week: ``0 3 * * *`` is each day at three.

    Where the clock is put forward, what falls into the hour that is left out is due when it ends;
    where it is put back, it is due once. What is due each hour, or more often, goes by real time.
    Raises :class:`ValueError` for what is no such expression or zone.
    """

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        next(self.after(datetime.now(UTC)))

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The moments when it is due, in UTC; without an end."""
        return self._moments(moment, reverse=False)

    def latest(self, moment: datetime) -> datetime:
        """The last time that it was due before ``moment``."""
        return next(self._moments(moment, reverse=True))

    def _moments(self, moment: datetime, *, reverse: bool) -> Iterator[datetime]:
        try:
            here = moment.astimezone(ZoneInfo(self.zone))
            moments = CronSim(self.expression, here, reverse=reverse)
        except (CronSimError, ValueError, KeyError, OSError) as error:
            raise ValueError(f"{self.expression!r} in {self.zone} says no times: {error}") from None
        return (due.astimezone(UTC) for due in moments)
