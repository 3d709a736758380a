import dataclasses
import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from commands.output import AsJson, print_json, table, text
from commands.running import on_container

if TYPE_CHECKING:
    from BE.core.jobs.stored_jobs import JobInFull, StoredJobs
    from container import Container

jobs = typer.Typer(
    help="Jobs in the background: list those that are not done, show, cancel, retry.",
    no_args_is_help=True,
)

JobId = Annotated[UUID, typer.Argument(help="The ID that `jobs list` shows.")]


class Unfinished(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"


@jobs.command("list")
def list_jobs(
    *,
    state: Annotated[Unfinished | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the jobs that are queued, run, or have used up their attempts, newest first."""

    async def find(container: "Container") -> list["JobInFull"]:
        return await _jobs_of(container).newest(state.value if state else None, limit=limit)

    found = on_container(find)
    if as_json:
        print_json([dataclasses.asdict(job) for job in found])
    elif not found:
        typer.echo("No job is queued, running or failed.")
    else:
        titles = ("ID", "KIND", "STATE", "ATTEMPTS", "PROGRESS", "DUE", "LAST ERROR")
        typer.echo(table([titles, *map(_row, found)]))


@jobs.command()
def show(job_id: JobId, *, as_json: AsJson = False) -> None:
    """Show a job in full."""

    async def find(container: "Container") -> "JobInFull":
        return await _jobs_of(container).get(job_id)

    _print(dataclasses.asdict(on_container(find)), as_json=as_json)


@jobs.command()
def cancel(job_id: JobId, *, as_json: AsJson = False) -> None:
    """Cancel a job. A running one is asked to stop, and forced to after ten seconds.

    One that used up its attempts is then deleted in time, instead of waiting for an operator.
    """

    async def ask(container: "Container") -> "JobInFull":
        return await _jobs_of(container).cancel(job_id)

    _print(dataclasses.asdict(on_container(ask)), as_json=as_json)


@jobs.command()
def retry(
    job_id: Annotated[UUID | None, typer.Argument(help="The ID that `jobs list` shows.")] = None,
    *,
    kind: Annotated[str | None, typer.Option(help="All failed jobs of this kind.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed jobs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Queue failed jobs again: one by its ID, all of a --kind, or --all."""
    if [job_id is not None, kind is not None, everything].count(True) != 1:
        raise typer.BadParameter("give the ID of a job, --kind or --all")

    async def revive(container: "Container") -> int:
        stored = _jobs_of(container)
        if job_id is None:
            return await stored.retry_all(kind)
        await stored.retry(job_id)
        return 1

    retried = on_container(revive)
    if as_json:
        print_json({"retried": retried})
    else:
        typer.echo(f"Queued again: {retried}.")


def _jobs_of(container: "Container") -> "StoredJobs":
    from BE.core.wiring.core import CORE

    return container.objects_of(CORE).stored_jobs


def _print(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(fields)
    else:
        shown = [(name, text(value)) for name, value in fields.items() if value is not None]
        typer.echo(table(shown))


def _row(job: "JobInFull") -> tuple[str, ...]:
    return (
        str(job.id),
        job.kind,
        job.state,
        str(job.attempts),
        "" if job.progress is None else f"{job.progress:.0%}",
        text(job.due_at),
        textwrap.shorten(job.last_error or "", 60, placeholder=" …"),
    )
