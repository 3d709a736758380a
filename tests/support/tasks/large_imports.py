"""Imports that run as jobs, and an application in which they pause half way."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.modules.tasks.repository import TaskRepository
from tests.support.client import Person
from tests.support.events import eventually
from tests.support.tasks.api import TASKS

JOBS = "/api/v1/jobs"
CSV, JSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/json"}
LARGE = "title\n" + "".join(f"Task {number}\n" for number in range(1200))


async def start_import(
    client: httpx.AsyncClient,
    person: Person,
    body: str | bytes = LARGE,
    *,
    path: str = TASKS,
    kind: dict[str, str] = CSV,
    **query: Any,
) -> Any:
    """Start a large import, and return its job."""
    answer = await client.post(
        f"{path}/import", content=body, headers=person.headers | kind, params=query
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


async def read_job(client: httpx.AsyncClient, person: Person, job_id: str) -> Any:
    return (await client.get(f"{JOBS}/{job_id}", headers=person.headers)).json()


async def finished_job(client: httpx.AsyncClient, person: Person, job_id: str) -> Any:
    """The job, once it has ended."""

    async def has_ended() -> bool:
        return (await read_job(client, person, job_id))["ended_at"] is not None

    await eventually(has_ended)
    return await read_job(client, person, job_id)


async def stored_counts(database: Database) -> tuple[int, int]:
    """The number of tasks, and of pieces of files."""
    return tuple(
        await database.fetchrow(
            """
            SELECT (SELECT count(*) FROM tasks.task), (SELECT count(*) FROM tasks.import_piece)
            """
        )
    )


class PausedApplication:
    """An application in which imports pause half way."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app, self.client = app, client
        self.database: Database = app.state.container.database()
        self.resume = asyncio.Event()
        repository: TaskRepository = app.state.container.task_repository()
        self._add = repository.add
        self._batches: Counter[asyncio.Task[Any] | None] = Counter()
        repository.add = self._add_slowly  # type: ignore[method-assign]

    async def until_reached(self, *, imports: int = 1) -> None:
        """Wait until so many imports are paused, each with its first batch inserted."""

        async def are_paused() -> bool:
            return sum(batches > 1 for batches in self._batches.values()) == imports

        await eventually(are_paused)

    async def _add_slowly(self, *arguments: Any, **options: Any) -> Any:
        importing = asyncio.current_task()
        self._batches[importing] += 1
        if self._batches[importing] > 1:
            await self.resume.wait()
        return await self._add(*arguments, **options)


async def clean_up(paused: PausedApplication) -> None:
    """Run the hourly clean-up."""
    service = paused.app.state.container.task_import_service()
    await service.on_hour_passed(HourPassed(began_at=datetime.now(UTC)))
