"""Streams in the access log and the metrics."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from BE.core.live.exceptions import ReaderTooSlow
from tests.support.client import sign_up
from tests.support.events import eventually
from tests.support.metrics import metric_value
from tests.support.streams.feed import FakeFeed, change
from tests.support.streams.readers import open_websocket, reading, receive
from tests.support.streams.service import Serve


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The lines of the access log."""
    logger = CapturingLogger()
    monkeypatch.setattr("main.access_logger", lambda **_: logger)
    return _Lines(logger)


class _Lines(list[dict[str, Any]]):
    def __init__(self, logger: CapturingLogger) -> None:
        super().__init__()
        self._logger = logger

    def named(self, event: str) -> list[dict[str, Any]]:
        return [call.kwargs for call in self._logger.calls if event in call.args]


async def test_the_log_has_the_start_and_the_end_of_a_stream(
    serve: Serve, lines: _Lines, feed: FakeFeed
) -> None:
    async with serve() as service:
        ada = await sign_up(service.client)
        async with reading(service.client, ada.headers) as events:
            await events.next()
            [opened] = lines.named("stream_opened")
            feed.send(change(1))
            await events.next()

        async def has_ended() -> bool:
            return bool(lines.named("stream_ended"))

        await eventually(has_ended)
        [ended] = lines.named("stream_ended")

    assert opened["route"] == ended["route"] == "/api/v1/changes"
    assert opened["user_id"] == ended["user_id"] == ada.id
    assert (opened["status"], opened["events"]) == (200, 0)
    assert ended["events"] == 2
    assert ended["duration_ms"] > opened["duration_ms"]
    assert not [call for call in lines.named("request") if call["route"] == opened["route"]]


async def test_the_log_has_the_start_and_the_end_of_a_web_socket(
    serve: Serve, lines: _Lines
) -> None:
    async with serve() as service:
        ada = await sign_up(service.client)
        async with open_websocket(service.client) as socket:
            [opened] = lines.named("stream_opened")
            await socket.send(json.dumps({"token": ada.token}))
            await receive(socket)

        async def has_ended() -> bool:
            return bool(lines.named("stream_ended"))

        await eventually(has_ended)
        [ended] = lines.named("stream_ended")

    assert opened["route"] == ended["route"] == "/api/v1/changes"
    assert opened["status"] == ended["status"] == 101
    assert ended["user_id"] == ada.id
    assert ended["events"] == 1


async def test_the_metrics_count_streams_and_their_events(serve: Serve, feed: FakeFeed) -> None:
    async with serve(metrics_enabled=True) as service:
        client = service.client
        ada = await sign_up(client)
        async with (
            reading(client, ada.headers, "forged") as events,
            open_websocket(client) as socket,
        ):
            await events.next()
            await events.next()
            await socket.send(json.dumps({"token": ada.token}))
            await receive(socket)
            now = datetime.now(UTC) + timedelta(seconds=1)
            feed.send(change(1, at="2026-01-31T12:00:00Z"))
            feed.send(change(2, at=now.isoformat()))
            for _ in range(2):
                await events.next()
                await receive(socket)
            open_streams = [
                await metric_value(client, "bounded_streams", transport=transport)
                for transport in ("sse", "websocket")
            ]
            feed.send(ReaderTooSlow())
            await events.rest()
        found = {
            name: await metric_value(client, f"bounded_{name}")
            for name in (
                "stream_events_total",
                "stream_resumes_total",
                "stream_resets_total",
                "stream_cut_offs_total",
                "stream_lag_seconds_count",
                "streams",
            )
        }

    assert open_streams == [1, 1]
    assert found == {
        "stream_events_total": 7,
        "stream_resumes_total": 1,
        "stream_resets_total": 1,
        "stream_cut_offs_total": 2,
        "stream_lag_seconds_count": 2,
        "streams": 0,
    }
