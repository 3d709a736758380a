"""Servers that are replaced while in use lose no request.

``RESTARTS=20`` replaces as many as a release needs.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from BE.core.database.connections import connect
from tests.support.postgres import fresh_database
from tests.support.processes.load import ADMIN, Load
from tests.support.processes.proxy import Proxy
from tests.support.processes.server import (
    PATIENCE,
    ForkedServer,
    ImpatientServer,
    Server,
    is_alive,
    wait_for,
)
from tests.support.processes.workers import PASSWORD, SECRET

RESTARTS = int(os.environ.get("RESTARTS", "2"))


@pytest.fixture
async def database(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


def start(
    directory: Path, dsn: str, kind: type[ForkedServer] = ForkedServer, **options: Any
) -> Server:
    settings = {
        "DATABASE_URL": dsn,
        "JWT_SECRET": SECRET,
        "FIRST_ADMIN_EMAIL": ADMIN,
        "FIRST_ADMIN_PASSWORD": PASSWORD,
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT_ENABLED": False,
        "SHUTDOWN_NOTICE_SECONDS": 2,
    }
    return kind(directory / "data", **settings | options)


async def assert_each_was_created_once(load: Load, dsn: str) -> None:
    assert set(load.answers) == {"201"}, load.answers
    assert load.answers["201"] == 2 * len(load.created)
    connection = await connect(dsn)
    try:
        rows = await connection.fetch("SELECT id FROM users.profile WHERE email <> $1", ADMIN)
    finally:
        await connection.close()
    assert {row[0] for row in rows} == load.created


async def test_behind_a_proxy_servers_are_replaced_one_by_one(
    database: str, tmp_path: Path
) -> None:
    proxy = Proxy()
    # long enough that the proxy notices even on a busy machine
    notice: dict[str, Any] = {"SHUTDOWN_NOTICE_SECONDS": 5}
    servers = [start(tmp_path, database, **notice) for _ in range(2)]
    try:
        async with proxy.running():
            for server in servers:
                proxy.add(server.port)
                await proxy.until_ready(server.port)
            async with Load(f"http://127.0.0.1:{proxy.port}") as load:
                for _ in range(RESTARTS):
                    await load.more(20)
                    servers.append(start(tmp_path, database, **notice))
                    proxy.add(servers[-1].port)
                    await proxy.until_ready(servers[-1].port)
                    leaving = servers.pop(0)
                    code = await asyncio.to_thread(leaving.stop)
                    await proxy.remove(leaving.port)
                    leaving.clean_up()
                    assert code == 0, leaving.output
                await load.more(20)
    finally:
        for server in servers:
            server.clean_up()

    await assert_each_was_created_once(load, database)


async def test_on_sighup_the_workers_are_replaced_in_place(database: str, tmp_path: Path) -> None:
    server = start(tmp_path, database, WEB_CONCURRENCY=2, METRICS_ENABLED=True)
    try:
        await asyncio.to_thread(server.wait_until)
        await asyncio.to_thread(wait_for, lambda: len(server.workers) == 2, "both workers")
        before = {worker.pid for worker in server.workers}
        async with Load(f"http://127.0.0.1:{server.port}") as load:
            await load.more(50)
            server.serving.send_signal(signal.SIGHUP)

            def are_replaced() -> bool:
                now = {worker.pid for worker in server.workers}
                return len(now) == 2 and not before & now

            async with asyncio.timeout(PATIENCE):
                while not are_replaced():
                    await load.more(1)
            await load.more(50)
        await assert_each_was_created_once(load, database)
        # summed over all workers, including the replaced ones; a request counts once answered
        wait_for(lambda: counted(server) == load.answers["201"], "every answer to be counted")
        code = server.stop()
    finally:
        server.clean_up()

    assert code == 0, server.output


async def test_a_hanging_worker_does_not_prevent_a_stop(database: str, tmp_path: Path) -> None:
    server = start(tmp_path, database, ImpatientServer, WEB_CONCURRENCY=2)
    try:
        await asyncio.to_thread(server.wait_until)
        await asyncio.to_thread(wait_for, lambda: len(server.workers) == 2, "both workers")
        hanging = server.workers[0]
        hanging.send_signal(signal.SIGSTOP)

        code = await asyncio.to_thread(server.stop)
    finally:
        server.clean_up()

    assert code == 0, server.output
    assert not is_alive(hanging)


async def test_a_dead_worker_is_replaced_and_logged(database: str, tmp_path: Path) -> None:
    server = start(tmp_path, database, WEB_CONCURRENCY=2, LOG_FORMAT="json")
    try:
        await asyncio.to_thread(server.wait_until)
        await asyncio.to_thread(wait_for, lambda: len(server.workers) == 2, "both workers")
        died = server.workers[0]
        died.kill()
        # on a busy machine the other may be replaced too, as it does not answer in time
        await asyncio.to_thread(wait_for, lambda: died.pid in replaced(server), "the log")
        await asyncio.to_thread(wait_for, lambda: len(server.workers) == 2, "another worker")
    finally:
        server.clean_up()

    assert replaced(server)[died.pid] == -signal.SIGKILL


def replaced(server: Server) -> dict[int, int]:
    """The exit codes of the replaced workers, by their ids in the server's log."""
    whole = server.output.rpartition("\n")[0]
    lines = [json.loads(line) for line in whole.splitlines() if "worker_replaced" in line]
    return {line["pid"]: line["exit_code"] for line in lines}


def counted(server: Server) -> float:
    """The number of requests to create users, by the server's metrics."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(server.client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "bounded_http_request_duration_seconds_count"
        and sample.labels["route"] == "/api/v1/users"
    )
