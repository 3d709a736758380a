"""Requests refused before they reach the application are counted and logged."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.operations.health import Health
from config import Settings
from main import create_app
from tests.support.application import container_of
from tests.support.events import eventually
from tests.support.metrics import metric_value
from tests.support.serving import port_of, serving

COUNT = "bounded_http_refusals_total"


class HeldHealth(Health):
    """A report that waits for ``release``, so that probes, always admitted, fill the process."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.release = asyncio.Event()

    async def report(self) -> dict[str, Any]:
        self.waiting += 1
        await self.release.wait()
        return {"status": "healthy", "checks": {}}


@pytest.fixture
def held() -> HeldHealth:
    return HeldHealth()


@pytest.fixture
def app(dsn: str, base_settings: Settings, held: HeldHealth) -> FastAPI:
    changes = {"metrics_enabled": True, "max_requests_at_once": 1, "log_level": "INFO"}
    settings = base_settings.model_copy(update={"database_url": dsn, **changes})
    container = container_of(settings)
    container.health.override(held)
    return create_app(container)


class Lines(logging.Handler):
    """Records the log lines about requests."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(record.msg)


@pytest.fixture
def lines(app: FastAPI) -> Iterator[Lines]:
    names = ("access", "BE.core.server.refusals", "uvicorn.error")
    lines, loggers = Lines(), [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(lines)
    yield lines
    for logger in loggers:
        logger.removeHandler(lines)
    logging.getLogger().setLevel("WARNING")  # the application has changed it


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as server:
        url = f"http://127.0.0.1:{port_of(server)}"
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield client


async def test_an_invalid_request_is_counted_and_logged(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    answer = await client.get(
        "/canary", headers={f"x-canary-{number}": "" for number in range(101)}
    )

    [report] = [line for line in lines.logged if line["event"] == "request"]
    assert report["status"] == 431
    assert report["event"] == "request"
    assert report["method"] == "GET"
    assert report["route"] is None
    assert report["request_id"] == answer.headers["x-request-id"]
    assert "canary" not in repr(report)
    assert await metric_value(client, COUNT, status="431") == 1


async def test_refusals_of_a_full_process_are_counted_and_logged_together(
    client: httpx.AsyncClient, lines: Lines, held: HeldHealth
) -> None:
    probes = [asyncio.create_task(client.get("/health")) for _ in range(2)]

    async def is_full() -> bool:
        return held.waiting == len(probes)

    await eventually(is_full)
    refused = await asyncio.gather(*(client.get("/api/v1/specimens") for _ in range(20)))

    def summaries() -> list[Any]:
        return [line for line in lines.logged if line["event"] == "requests_refused"]

    async def are_all_logged() -> bool:
        return bool(sum(summary["count"] for summary in summaries()) == len(refused))

    await eventually(are_all_logged)
    held.release.set()
    await asyncio.gather(*probes)

    assert {answer.status_code for answer in refused} == {503}
    assert await metric_value(client, COUNT, status="503") == len(refused)
    assert len(summaries()) < len(refused)
    assert {summary["status"] for summary in summaries()} == {503}
