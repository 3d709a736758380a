"""Imports that run as jobs: all of a file or nothing, whatever happens meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, delete_account, sign_up
from tests.support.events import eventually
from tests.support.tasks.api import TASKS
from tests.support.tasks.large_imports import (
    CSV,
    JOBS,
    JSON,
    LARGE,
    PausedApplication,
    clean_up,
    finished_job,
    read_job,
    start_import,
    stored_counts,
)
from tests.support.teams.api import create as create_team
from tests.support.teams.api import join, path_of


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (LARGE, CSV),
        (LARGE.encode("utf-16"), CSV),
        (json.dumps({"items": [{"title": f"Task {number}"} for number in range(1200)]}), JSON),
        (json.dumps({"items": [{"title": "a"}] * 30_000}), JSON),
    ],
    ids=["csv", "utf-16", "json", "json of many values"],
)
async def test_an_import_of_more_than_a_thousand_tasks_creates_them_all(
    client: httpx.AsyncClient,
    ada: Person,
    database: Database,
    body: str | bytes,
    kind: dict[str, str],
) -> None:
    if len(body) > 400_000:
        assert len(body) < 1024 * 1024
    queued = await start_import(client, ada, body, kind=kind)
    job = await finished_job(client, ada, queued["id"])
    rows = 30_000 if len(body) > 400_000 else 1200

    assert (queued["kind"], queued["result"]) == ("import", None)
    assert (job["state"], job["error"]) == ("done", None)
    assert job["result"] == {"rows": rows, "imported": rows}
    assert await stored_counts(database) == (rows, 0)


async def test_an_import_above_the_size_of_other_requests_is_stored_in_pieces(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    """Some letters of two bytes are split between pieces."""
    body = "title,description\n" + "".join(f"{n},{'für alle ' * 1_000}\n" for n in range(150))
    assert len(body.encode()) > 1024 * 1024
    queued = await start_import(client, ada, body)
    job = await finished_job(client, ada, queued["id"])
    lengths = await database.fetchval(
        "SELECT array_agg(DISTINCT length(description)) FROM tasks.task"
    )

    assert (job["error"], job["result"]) == (None, {"rows": 150, "imported": 150})
    assert lengths == [9_000]
    assert await stored_counts(database) == (150, 0)


async def test_an_import_or_another_body_above_its_limit_is_refused(
    build_app: AppFactory,
) -> None:
    mib = 1024 * 1024
    async with build_app(max_import_bytes=2 * mib) as app, client_of(app) as client:
        ada = await sign_up(client)
        headers = ada.headers | CSV
        too_large = await client.post(
            f"{TASKS}/import", content=b"x" * (2 * mib + 1), headers=headers
        )
        anonymous = await client.post(f"{TASKS}/import", content=b"x" * (mib + 1), headers=CSV)
        elsewhere = await client.post(TASKS, content=b"x" * (mib + 1), headers=ada.headers | JSON)

    assert [answer.status_code for answer in (too_large, anonymous, elsewhere)] == [413, 401, 413]


async def test_an_import_keeps_the_order_of_the_file_and_publishes_each_task(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    await finished_job(client, ada, (await start_import(client, ada))["id"])
    rows = await database.fetch("SELECT title FROM tasks.task ORDER BY position")
    published = await database.fetchval(
        "SELECT count(*) FROM events.change WHERE name = 'task.created'"
    )

    assert [title for (title,) in rows] == [f"Task {number}" for number in range(1200)]
    assert published == 1200


async def test_a_dry_run_only_checks_the_file(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    job = await finished_job(client, ada, (await start_import(client, ada, dry_run=True))["id"])

    assert job["result"] == {"rows": 1200, "imported": 0}
    assert await stored_counts(database) == (0, 0)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (LARGE + " \u200b\n" + "a\n", CSV, "row 1202, title"),
        (LARGE.encode() + b'"a', CSV, "Line 1202 is not valid CSV"),
        ("title\n" + "a\n" * 100_001, CSV, "At most 100000 tasks"),
        (json.dumps({"items": [{"title": "a"}] * 1200 + [{}]}), JSON, "items 1200, title"),
    ],
    ids=["row", "csv", "too many", "item"],
)
async def test_a_fault_is_reported_with_its_place_and_nothing_is_imported(
    client: httpx.AsyncClient,
    ada: Person,
    database: Database,
    body: str | bytes,
    kind: dict[str, str],
    error: str,
) -> None:
    job = await finished_job(client, ada, (await start_import(client, ada, body, kind=kind))["id"])

    assert job["state"] == "failed"
    assert error.casefold() in job["error"].casefold().replace("an import has at", "at")
    assert await stored_counts(database) == (0, 0)


async def test_the_same_idempotency_key_returns_the_same_job(
    client: httpx.AsyncClient, ada: Person
) -> None:
    keyed = CSV | {"Idempotency-Key": "once"}
    first = await start_import(client, ada, kind=keyed)
    await finished_job(client, ada, first["id"])
    second = await start_import(client, ada, kind=keyed)

    assert second == first


async def test_an_import_by_an_admin_is_their_job_and_creates_tasks_of_the_user(
    client: httpx.AsyncClient, root: Person, ada: Person, database: Database
) -> None:
    queued = await start_import(client, root, path=f"/api/v1/users/{ada.id}/tasks")
    job = await finished_job(client, root, queued["id"])
    of_ada = await client.get(f"{JOBS}/{job['id']}", headers=ada.headers)
    owners = await database.fetch("SELECT DISTINCT owner_id, team_id FROM tasks.task")

    assert job["state"] == "done"
    assert of_ada.status_code == 404
    assert [tuple(row) for row in owners] == [(UUID(ada.id), None)]


@pytest.fixture
async def paused(build_app: AppFactory, own_dsn: str) -> AsyncIterator[PausedApplication]:
    async with build_app(database_url=own_dsn) as app, client_of(app) as client:
        yield PausedApplication(app, client)


async def test_an_import_reports_progress_and_is_invisible_until_it_is_done(
    paused: PausedApplication,
) -> None:
    ada = await sign_up(paused.client)
    job = await start_import(paused.client, ada)
    await paused.until_reached()

    async def has_begun() -> bool:
        return bool((await read_job(paused.client, ada, job["id"]))["progress"])

    await eventually(has_begun)
    running = await read_job(paused.client, ada, job["id"])
    seen = await stored_counts(paused.database)
    paused.resume.set()
    done = await finished_job(paused.client, ada, job["id"])

    assert (running["note"], round(running["progress"], 2)) == ("500 of 1200 tasks", 0.42)
    assert seen[0] == 0
    assert done["state"] == "done"
    assert await stored_counts(paused.database) == (1200, 0)


async def test_a_cancelled_import_creates_nothing(paused: PausedApplication) -> None:
    ada = await sign_up(paused.client)
    job = await start_import(paused.client, ada)
    await paused.until_reached()
    answer = await paused.client.delete(f"{JOBS}/{job['id']}", headers=ada.headers)
    end = await finished_job(paused.client, ada, job["id"])
    tasks, pieces = await stored_counts(paused.database)
    await clean_up(paused)

    assert (answer.status_code, end["state"]) == (204, "cancelled")
    assert (tasks, pieces) == (0, 1)
    assert await stored_counts(paused.database) == (0, 0)


async def test_a_second_import_is_refused_until_the_first_has_ended(
    paused: PausedApplication,
) -> None:
    ada = await sign_up(paused.client)
    job = await start_import(paused.client, ada)
    await paused.until_reached()
    refused = await paused.client.post(f"{TASKS}/import", content=LARGE, headers=ada.headers | CSV)
    await clean_up(paused)
    paused.resume.set()
    first = await finished_job(paused.client, ada, job["id"])
    second = await start_import(paused.client, ada)

    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    assert first["state"] == "done"
    assert (await finished_job(paused.client, ada, second["id"]))["state"] == "done"


@asynccontextmanager
async def _paused_team_import(
    paused: PausedApplication,
) -> AsyncIterator[tuple[Any, Person, Person, Any]]:
    """Pause an import into Ada's team by Bob, a member, half way."""
    ada, bob = await sign_up(paused.client), await sign_up(paused.client)
    team = await create_team(paused.client, ada)
    await join(paused.database, team, bob, "member")
    job = await start_import(paused.client, bob, path=f"{path_of(team)}/tasks")
    await paused.until_reached()
    yield team, ada, bob, job
    paused.resume.set()


async def test_an_import_by_a_member_creates_tasks_of_the_team(paused: PausedApplication) -> None:
    async with _paused_team_import(paused) as (team, _, bob, job):
        pass
    end = await finished_job(paused.client, bob, job["id"])
    owners = await paused.database.fetchval(
        "SELECT array_agg(DISTINCT ARRAY[owner_id, team_id]) FROM tasks.task"
    )

    assert end["state"] == "done"
    assert owners == [[UUID(team["id"])] * 2]


@pytest.mark.parametrize("lost", ["membership", "role", "team"])
async def test_an_import_by_a_member_who_is_removed_meanwhile_creates_nothing(
    paused: PausedApplication, lost: str
) -> None:
    """Nor does the import block the removal."""
    async with _paused_team_import(paused) as (team, ada, bob, job):
        request = paused.client.build_request
        change = {
            "membership": request("DELETE", path_of(team, bob), headers=ada.headers),
            "role": request(
                "PATCH", path_of(team, bob), json={"role": "viewer"}, headers=ada.headers
            ),
            "team": request("DELETE", path_of(team), headers=ada.headers),
        }[lost]
        answer = await paused.client.send(change)
    end = await finished_job(paused.client, bob, job["id"])

    assert answer.is_success, answer.text
    assert end["state"] == "failed"
    assert end["error"]
    assert await stored_counts(paused.database) == (0, 0)


async def test_an_import_is_deleted_with_the_account(paused: PausedApplication) -> None:
    ada = await sign_up(paused.client)
    await start_import(paused.client, ada)
    await paused.until_reached()
    await delete_account(paused.client, ada)
    paused.resume.set()

    async def is_deleted() -> bool:
        jobs = await paused.database.fetchval("SELECT count(*) FROM jobs.job")
        return (jobs, *await stored_counts(paused.database)) == (0, 0, 0)

    await eventually(is_deleted)


async def test_an_import_beyond_the_quota_is_refused(build_app: AppFactory, own_dsn: str) -> None:
    async with (
        build_app(database_url=own_dsn, max_tasks_per_user=1100) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)
        job = await finished_job(client, ada, (await start_import(client, ada))["id"])

        assert job["state"] == "failed"
        assert "There may be 1100 tasks" in job["error"]
        assert await stored_counts(app.state.container.database()) == (0, 0)


async def test_concurrent_imports_of_two_members_stay_within_the_quota_of_their_team(
    build_app: AppFactory, own_dsn: str
) -> None:
    """Neither import sees the tasks of the other before they are committed."""
    async with (
        build_app(database_url=own_dsn, max_tasks_per_team=2300) as app,
        client_of(app) as client,
    ):
        paused = PausedApplication(app, client)
        ada, bob = await sign_up(client), await sign_up(client)
        team = await create_team(client, ada)
        await join(paused.database, team, bob, "member")
        path = f"{path_of(team)}/tasks"
        jobs = [(person, await start_import(client, person, path=path)) for person in (ada, bob)]
        await paused.until_reached(imports=2)
        paused.resume.set()
        ends = [await finished_job(client, person, job["id"]) for person, job in jobs]

        assert sorted(end["state"] for end in ends) == ["done", "failed"]
        assert await stored_counts(paused.database) == (1200, 0)


async def test_an_import_in_reception_blocks_only_other_large_ones(
    build_app: AppFactory,
) -> None:
    limits = {"max_body_bytes": 10_000, "max_import_bytes": 12_000}
    body = LARGE.encode()
    assert 10_000 < len(body) < 12_000
    arrived, may_end = asyncio.Event(), asyncio.Event()

    async def send_slowly() -> AsyncIterator[bytes]:
        yield body[:9_000]
        yield body[9_000:-1]
        arrived.set()
        await may_end.wait()
        yield body[-1:]

    async with (
        build_app(max_bytes_in_reception_per_address=19_000, **limits) as app,
        client_of(app) as client,
    ):
        ada, bob = await sign_up(client), await sign_up(client)
        first = asyncio.create_task(
            client.post(f"{TASKS}/import", content=send_slowly(), headers=ada.headers | CSV)
        )
        await arrived.wait()
        created = await client.post(
            TASKS, json={"title": "a", "description": "b" * 9000}, headers=bob.headers
        )
        small = await client.post(f"{TASKS}/import", content="title\na", headers=bob.headers | CSV)
        large = await client.post(f"{TASKS}/import", content=LARGE, headers=bob.headers | CSV)
        may_end.set()
        answer = await first
        again = await start_import(client, bob)

    assert (created.status_code, small.status_code, large.status_code) == (201, 200, 429)
    assert answer.status_code == 202
    assert again["state"] == "queued"
