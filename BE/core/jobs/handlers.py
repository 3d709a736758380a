from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from BE.core.durable.retries import Retries
from BE.core.jobs.cron import Every
from BE.core.jobs.job import Job, Priority
from BE.core.jobs.run import Run

type JobHandler[J: Job] = Callable[[J, Run], Awaitable[Mapping[str, Any] | None]]
"""Does the job, and returns its result, a JSON value."""


@dataclass(frozen=True, slots=True)
class Handled:
    """A kind of jobs, and how they are run."""

    job_type: type[Job]
    handler: JobHandler[Any]
    at_once: int | None
    places: int | None
    kept: timedelta
    retries: Retries

    @property
    def kind(self) -> str:
        return self.job_type.kind


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job that is enqueued again and again."""

    every: Every
    job: Job
    priority: Priority
    of_several: str

    @property
    def name(self) -> str:
        """Another expression is another schedule, which begins when it is first seen."""
        return f"{self.job.kind} {self.of_several} {self.every.expression} {self.every.zone}"


class JobHandlers:
    """The handlers of each kind of jobs, as the contexts declare them."""

    def __init__(self, *, kept: timedelta) -> None:
        """``kept`` is how long a job that has ended is kept, with its result."""
        self.kept = kept
        self._by_kind: dict[str, Handled] = {}
        self._recurring: dict[str, Recurring] = {}

    def handle[J: Job](
        self,
        job_type: type[J],
        handler: JobHandler[J],
        *,
        at_once: int | None = None,
        places: int | None = None,
        kept: timedelta | None = None,
        retries: Retries | None = None,
    ) -> None:
        """Run jobs of this type by ``handler``, at most ``at_once`` of them over all processes.

        Jobs that mostly wait for others get ``places`` of their own in each process: however long
        they wait, they delay no other kind.

        ``kept`` is for jobs whose results last shorter or longer than usual. Raises
        :class:`ValueError` for a kind that already has a handler.
        """
        if job_type.kind in self._by_kind:
            raise ValueError(f"jobs of the kind {job_type.kind} are handled already")
        if at_once is not None and places is not None:
            raise ValueError(f"{job_type.kind} has a limit over all processes or places in each")
        self._by_kind[job_type.kind] = Handled(
            job_type, handler, at_once, places, kept or self.kept, retries or Retries()
        )

    def every(
        self, every: Every, job: Job, *, name: str = "", priority: Priority = "normal"
    ) -> None:
        """Enqueue ``job`` whenever it is due, whether or not the previous one has ended.

        With ``at_once=1`` for its kind they run one after the other. A ``name`` distinguishes jobs
        of one kind that are due at the same times. Raises :class:`ValueError` for a duplicate.
        """
        recurring = Recurring(every, job, priority, name)
        if recurring.name in self._recurring:
            raise ValueError(f"{recurring.name} recurs already")
        self._recurring[recurring.name] = recurring

    @property
    def recurring(self) -> tuple[Recurring, ...]:
        return tuple(self._recurring.values())

    @property
    def all(self) -> tuple[Handled, ...]:
        return tuple(self._by_kind.values())

    def of(self, kind: str) -> Handled:
        return self._by_kind[kind]
