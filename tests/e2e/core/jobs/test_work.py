"""Processes that run jobs beside the servers, one of which is killed."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from BE.core.database.connections import connect
from BE.core.database.database import Database
from config import Settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import client_of, running, sign_up, until_ready
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.exports.api import contents, download, request
from tests.support.job_nodes import end_job_leases
from tests.support.processes.forked import Forked
from tests.support.processes.forked import manage as run_manage
from tests.support.processes.server import PATIENCE, environment, manage

pytestmark = needs("exports")

SECRET = "a-secret-of-more-than-thirty-two-bytes"


def start_worker(dsn: str, log: Path) -> Forked:
    settings = {"DATABASE_URL": dsn, "ENVIRONMENT": "test", "JWT_SECRET": SECRET}
    return Forked(run_manage, "work", env=environment(**settings), output=log)


async def end(process: Forked, by: signal.Signals) -> int:
    process.send_signal(by)
    return await asyncio.to_thread(process.wait, PATIENCE)


@pytest.fixture
async def app(empty_dsn: str, base_settings: Settings) -> AsyncIterator[FastAPI]:
    """A server that leaves the jobs to other processes."""
    await Schema(empty_dsn).migrate()
    settings = base_settings.model_copy(update={"database_url": empty_dsn, "run_jobs": False})
    async with running(create_app(Container(settings))) as app:
        yield app


async def test_a_job_survives_the_process_that_runs_it(
    app: FastAPI, empty_dsn: str, tmp_path: Path
) -> None:
    database: Database = app.state.container.database()

    async def runs() -> bool:
        found: bool = await database.fetchval(
            "SELECT EXISTS (SELECT FROM jobs.job WHERE state = 'running')"
        )
        return found

    async with client_of(app) as client:
        await until_ready(client)
        ada = await sign_up(client)
        blocker = await connect(empty_dsn)
        await blocker.execute("BEGIN; LOCK exports.piece IN EXCLUSIVE MODE")
        job = await request(client, ada)
        doomed = start_worker(empty_dsn, tmp_path / "log")
        await eventually(runs)
        assert await end(doomed, signal.SIGKILL) == -signal.SIGKILL
        await blocker.close()
        await end_job_leases(database)
        other = start_worker(empty_dsn, tmp_path / "log")
        found = contents((await download(client, ada, job["id"])).content)
        attempts = await database.fetchval("SELECT attempts FROM jobs.job")
        assert await end(other, signal.SIGTERM) == 0

    assert "profile" in found
    assert attempts >= 2


async def test_an_operator_lists_cancels_and_shows_jobs(app: FastAPI, empty_dsn: str) -> None:
    def manage_jobs(*arguments: str) -> Any:
        run = manage("jobs", *arguments, "--json", DATABASE_URL=empty_dsn, ENVIRONMENT="test")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    async with client_of(app) as client:
        await until_ready(client)
        job = await request(client, await sign_up(client))
    [listed] = await asyncio.to_thread(manage_jobs, "list")
    cancelled = await asyncio.to_thread(manage_jobs, "cancel", job["id"])
    shown = await asyncio.to_thread(manage_jobs, "show", job["id"])
    refused = await asyncio.to_thread(
        lambda: manage("jobs", "retry", job["id"], DATABASE_URL=empty_dsn, ENVIRONMENT="test")
    )

    assert (listed["id"], listed["state"]) == (job["id"], "queued")
    assert (cancelled["state"], shown["state"]) == ("cancelled", "cancelled")
    assert (refused.returncode, "has not failed" in refused.stderr) == (1, True)
    assert await asyncio.to_thread(manage_jobs, "list") == []
