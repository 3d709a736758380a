"""The text of a task stays in its row: no log line, error or event repeats it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.postgres import execute, fresh_database
from tests.support.processes.canaries import Visit, altered, found_in_tables
from tests.support.processes.workers import API, running_workers

TASKS = "/tasks"
KEPT = {"tasks.task.title", "tasks.task.description", "tasks.task.tags"}
REPLAYED = {"idempotency.answer.body"}
"""The answer to a request with a key is stored for a day, to be replayed."""


@pytest.mark.parametrize("style", ["console", "json"])
async def test_the_text_of_a_task_is_nowhere_else(
    server: str, migrated: str, tmp_path: Path, style: str
) -> None:
    async with fresh_database(server, migrated) as dsn:
        settings = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": style}
        async with running_workers(tmp_path, dsn, count=1, **settings) as (worker,):
            visit = Visit(worker)
            headers = await sign_up(visit)
            await use_every_route(visit, headers)
            assert max(visit.statuses) < 500
            await use_with_a_broken_database(visit, dsn, headers)
            assert max(visit.statuses) == 500
            worker.server.stop()
            logged = worker.server.output
        stored = {table async for table in found_in_tables(dsn, visit.canaries)}

    assert logged.count("unexpected_error") >= 2
    assert visit.canaries.in_text(logged) == set()
    assert visit.leaks == {}
    assert stored == KEPT | REPLAYED


async def sign_up(visit: Visit) -> dict[str, str]:
    person = {"email": f"{uuid4().hex}@example.com", "password": visit.canaries.new()}
    return visit.signed_in(await visit.post("/auth/register", person | {"full_name": "Ada"}))


def new_task(visit: Visit) -> dict[str, Any]:
    new = visit.canaries.new
    return {"title": new(), "description": new(), "tags": [new()]}


async def use_every_route(visit: Visit, headers: dict[str, str]) -> None:
    """Use tasks correctly and incorrectly."""
    made = await visit.post(TASKS, new_task(visit), headers=headers)
    assert made.status_code == 201
    path = f"{TASKS}/{made.json()['id']}"
    with_key = headers | {"Idempotency-Key": "key"}
    for _ in range(2):
        await visit.post(TASKS, new_task(visit), headers=with_key)
    wrong: list[dict[str, Any]] = [
        {"title": visit.canaries.new() + "\x00"},
        {"title": visit.canaries.new() * 10},
        {"status": visit.canaries.new()},
        {"due_at": visit.canaries.new()},
        {"tags": [visit.canaries.new() * 5]},
        {visit.canaries.new(): visit.canaries.new()},
    ]
    for fault in wrong:
        refused = await visit.post(TASKS, new_task(visit) | fault, headers=headers)
        assert refused.status_code == 422
    await visit.call("PATCH", API + path, json=new_task(visit), headers=headers)
    await visit.call("PATCH", API + path, json=new_task(visit) | wrong[0], headers=headers)
    stale = headers | {"If-Match": '"99"'}
    await visit.call("PATCH", API + path, json=new_task(visit), headers=stale)
    await add_many(visit, headers)
    for query in ("q", "tag", "status", "cursor", "sort_by", "due_before"):
        params = {query: visit.canaries.new()}
        await visit.call("GET", API + TASKS, params=params, headers=headers)
    for form in ("csv", "json"):
        await visit.call("GET", f"{API}{TASKS}/export", params={"format": form}, headers=headers)
    await visit.call("DELETE", API + path, headers=headers)
    await visit.call("GET", f"{API}{TASKS}/trash", headers=headers)
    assert (await visit.post(f"{path}/restore", None, headers=headers)).is_success


async def add_many(visit: Visit, headers: dict[str, str]) -> None:
    new = visit.canaries.new
    for operations in (
        [{"op": "create", "task": new_task(visit)}],
        [{"op": "create", "task": new_task(visit) | {"status": new()}}],
        [{"op": new(), "task": new_task(visit)}],
    ):
        await visit.post(f"{TASKS}/bulk", {"operations": operations}, headers=headers)
    for items in ([new_task(visit)], [new_task(visit), {"title": ""}]):
        await visit.post(f"{TASKS}/import", {"items": items}, headers=headers)
    for kind, content in (
        ("text/csv", f"title,description\n{new()},{new()}\n"),
        ("text/csv", f"title,status\n{new()},{new()}\n"),
        ("text/csv", f"{new()},{new()}\n{new()}\n"),
        ("application/json", json.dumps({"items": [new_task(visit)]})[:-1]),
        (new(), new()),
    ):
        given = headers | {"Content-Type": kind}
        await visit.call("POST", f"{API}{TASKS}/import", content=content, headers=given)


async def use_with_a_broken_database(visit: Visit, dsn: str, headers: dict[str, str]) -> None:
    async with altered(dsn, "tasks.task RENAME title TO broken"):
        await try_to_write(visit, headers)
    # PostgreSQL's error for a refused row contains the whole row
    await execute(dsn, "ALTER TABLE tasks.task ADD CONSTRAINT broken CHECK (false) NOT VALID")
    await try_to_write(visit, headers)


async def try_to_write(visit: Visit, headers: dict[str, str]) -> None:
    await visit.post(TASKS, new_task(visit), headers=headers)
    await visit.post(f"{TASKS}/import", {"items": [new_task(visit)]}, headers=headers)
    await visit.call("GET", API + TASKS, params={"q": visit.canaries.new()}, headers=headers)
