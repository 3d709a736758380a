"""The changes as server-sent events, over real sockets."""

import asyncio
import socket

import httpx
import pytest

from BE.core.exceptions import UnavailableError
from BE.core.live.exceptions import ReaderTooSlow
from tests.support.client import Person, sign_up
from tests.support.events import eventually
from tests.support.serving import port_of
from tests.support.slow_readers import END_OF_CHUNKS, reader
from tests.support.streams.feed import FakeFeed, change
from tests.support.streams.readers import CHANGES, reading
from tests.support.streams.service import Serve, Service


async def wait_until_readers(feed: FakeFeed, number: int) -> None:
    async def is_reached() -> bool:
        return feed.readers == number

    await eventually(is_reached)


async def test_the_first_event_is_ready_and_changes_follow(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    async with reading(client, ada.headers) as events:
        ready = await events.next()
        feed.send(change(1))
        changed = await events.next()

    assert (ready.event, ready.id, ready.data) == ("ready", "cursor-0", {})
    assert (changed.event, changed.id) == ("task.changed", "cursor-1")
    assert changed.data == {"id": "1", "version": 1, "at": "2026-01-31T12:00:00Z"}
    assert [str(user) for user, _ in feed.opened] == [ada.id]


async def test_headers_forbid_proxies_to_cache_buffer_or_compress(
    client: httpx.AsyncClient, ada: Person
) -> None:
    async with reading(client, ada.headers | {"Accept-Encoding": "gzip"}) as events:
        headers = events.answer.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers.get_list("cache-control") == ["no-cache, no-transform"]
    assert headers["x-accel-buffering"] == "no"
    assert not {"etag", "content-encoding", "content-length"} & set(headers)


@pytest.mark.parametrize(
    ("header", "query", "since"),
    [(None, {}, None), ("a", {}, "a"), (None, {"since": "b"}, "b"), ("a", {"since": "b"}, "a")],
    ids=["from now", "by the header", "by the query", "the header is the newer one"],
)
async def test_a_stream_resumes_after_a_cursor(
    client: httpx.AsyncClient,
    ada: Person,
    feed: FakeFeed,
    header: str | None,
    query: dict[str, str],
    since: str | None,
) -> None:
    async with reading(client, ada.headers, header, **query) as events:
        await events.next()

    assert [cursor for _, cursor in feed.opened] == [since]


async def test_an_unknown_cursor_resets(client: httpx.AsyncClient, ada: Person) -> None:
    async with reading(client, ada.headers, "forged") as events:
        received = [await events.next() for _ in range(2)]

    assert [event.event for event in received] == ["ready", "reset"]


async def test_comments_are_sent_while_nothing_changes(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.live.sse._BEAT", 0.01)
    async with reading(client, ada.headers) as events:
        await events.next()
        comments = [await events.block() for _ in range(2)]
        feed.send(change(1))

        assert (await events.next()).event == "task.changed"
    assert [[*comment] for comment in comments] == [[""], [""]]


async def test_a_token_in_the_address_is_refused(client: httpx.AsyncClient, ada: Person) -> None:
    refused = await client.get(CHANGES, params={"token": ada.token}, headers=ada.headers)
    only = await client.get(CHANGES, params={"access_token": ada.token})

    assert (refused.status_code, only.status_code) == (422, 401)


async def test_head_returns_headers_and_opens_no_stream(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    answer = await client.head(CHANGES, headers=ada.headers)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert feed.opened == []


async def test_an_unavailable_feed_gets_503(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    feed.fault = UnavailableError()

    answer = await client.get(CHANGES, headers=ada.headers)

    assert answer.status_code == 503
    assert answer.json()["code"] == "UNAVAILABLE"


@pytest.mark.parametrize("fault", [ReaderTooSlow(), UnavailableError()])
async def test_a_failed_stream_ends_with_a_delay_to_retry(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed, fault: Exception
) -> None:
    async with reading(client, ada.headers) as events:
        await events.next()
        feed.send(fault)
        rest = await events.rest()

    assert [[*block] for block in rest] == [["retry"]]
    assert 500 <= int(rest[0]["retry"]) <= 5000


async def test_the_end_of_a_stream_ends_the_answer_and_the_connection(
    service: Service, ada: Person, feed: FakeFeed
) -> None:
    async with reader(service.server, ada, CHANGES) as client:
        feed.send(ReaderTooSlow())
        received = await client.read_all()

    assert received.endswith(END_OF_CHUNKS)


async def test_a_reader_that_disconnects_frees_its_place_immediately(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    async with reading(client, ada.headers) as events:
        await events.next()
        assert feed.readers == 1

    await wait_until_readers(feed, 0)


async def test_an_open_stream_is_not_a_concurrent_request_and_has_no_deadline(
    serve: Serve, feed: FakeFeed
) -> None:
    limits = {"max_requests_at_once": 1, "max_requests_at_once_per_caller": 1}
    async with serve(rate_limit_enabled=True, request_timeout_seconds=5, **limits) as service:
        ada = await sign_up(service.client)
        async with reading(service.client, ada.headers) as events:
            await events.next()
            async with reading(service.client, ada.headers) as others:
                await others.next()
                opened = asyncio.get_running_loop().time()
                me = await service.client.get("/api/v1/auth/me", headers=ada.headers)

                async def is_past_the_deadline() -> bool:
                    return asyncio.get_running_loop().time() - opened > 5.5

                await eventually(is_past_the_deadline)
                feed.send(change(1))
                later = await events.next()

    assert me.status_code == 200
    assert later.event == "task.changed"


async def test_a_reader_that_does_not_read_is_cut_off(
    service: Service, ada: Person, feed: FakeFeed
) -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)  # noqa: FBT003
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port_of(service.server)))
        head = (
            f"GET {CHANGES} HTTP/1.1\r\nHost: a\r\n"
            f"Authorization: {ada.headers['Authorization']}\r\n\r\n"
        )
        await loop.sock_sendall(sock, head.encode())
        await wait_until_readers(feed, 1)
        for number in range(2000):
            feed.send(change(number))

        await wait_until_readers(feed, 0)
