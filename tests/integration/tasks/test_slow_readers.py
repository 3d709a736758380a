"""Clients that read an export of tasks slowly or not at all."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from BE.core.database.row_scope import rows_of
from BE.modules.tasks.models import Owner, TaskDraft
from tests.support.application import AppFactory
from tests.support.client import Person, user_without_account
from tests.support.slow_readers import (
    END_OF_CHUNKS,
    ImpatientProtocol,
    cut_off,
    logged_lines,
    reader,
    served,
    until_logged,
    until_streams_end,
)
from tests.support.tasks.api import TASKS

EXPORT = f"{TASKS}/export"
COUNT = 600
PER_STATEMENT = 50
"""A busy machine must store them within the timeout of a statement."""
LARGE = TaskDraft(
    title="Write",
    description="x" * 10_000,
    status="todo",
    priority="medium",
    due_at=None,
    due_on=None,
    tags=[],
)

forms = pytest.mark.parametrize("form", ["csv", "json"])


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    with logged_lines() as lines:
        yield lines


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    async with build_app() as app:
        yield app


@pytest.fixture
async def ada(app: FastAPI) -> Person:
    """A user with six megabytes of tasks: more than any buffer in between holds."""
    person = user_without_account(app)
    owner = Owner(UUID(person.id))
    with rows_of(owner.id):
        for _ in range(COUNT // PER_STATEMENT):
            await app.state.container.task_service().create_all(owner, [LARGE] * PER_STATEMENT)
    return person


@forms
@pytest.mark.parametrize("times", [1, 3])
async def test_an_export_that_is_not_read_is_cut_off(
    app: FastAPI, ada: Person, form: str, times: int, lines: list[dict[str, Any]]
) -> None:
    async with served(app, protocol=ImpatientProtocol) as server:
        async with reader(server, ada, f"{EXPORT}?format={form}", times=times) as slow:
            await until_logged(lines)
            await slow.read_all()
        await until_streams_end(app)

    line = cut_off(lines, EXPORT)
    assert (line["reason"], line["level"]) == ("not_taken", "warning")
    assert not slow.received.endswith(END_OF_CHUNKS)


@forms
async def test_no_more_tasks_are_loaded_than_the_client_reads(
    app: FastAPI, ada: Person, form: str, lines: list[dict[str, Any]]
) -> None:
    repository = app.state.container.task_repository()
    find, batches = repository.find, 0

    async def find_and_count(*arguments: Any, **options: Any) -> Any:
        nonlocal batches
        batches += 1
        return await find(*arguments, **options)

    repository.find = find_and_count
    async with (
        served(app, protocol=ImpatientProtocol) as server,
        reader(server, ada, f"{EXPORT}?format={form}"),
    ):
        await until_logged(lines)

    assert 1 <= batches <= 4
    assert cut_off(lines, EXPORT)["bytes"] < 1_000_000


@forms
async def test_a_slow_reader_receives_every_task(app: FastAPI, ada: Person, form: str) -> None:
    async with served(app) as server, reader(server, ada, f"{EXPORT}?format={form}") as slow:
        while not slow.received.endswith(END_OF_CHUNKS):
            await slow.read()

    assert slow.received.count(b"Write") == COUNT
