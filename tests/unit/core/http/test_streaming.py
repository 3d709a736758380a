import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from BE.core.exceptions import UnavailableError
from BE.core.http.streaming import DEADLINE, ResponseCutOff, Stream, Streams
from BE.core.limits.concurrency import TooManyAtOnce
from BE.core.types import new_id

KIB = 1024


async def pieces(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


async def sent_by(stream: Stream, **scope: Any) -> list[Any]:
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        messages.append(message)

    await stream({"type": "http", **scope}, receive, send)
    return messages


async def begun(streams: Streams, *sizes: int) -> Stream:
    chunks = streams.chunks(new_id(), pieces(*sizes))
    return await Stream.begun(chunks, media_type="text/csv", headers={})


@pytest.fixture
def streams() -> Streams:
    return Streams(per_user=1, at_once=2)


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ((1,), [1]),
        ((10, 20), [30]),
        ((64 * KIB,), [64 * KIB]),
        ((64 * KIB, 1), [64 * KIB, 1]),
        ((1, 200 * KIB, 1), [64 * KIB, 64 * KIB, 64 * KIB, 8 * KIB + 2]),
    ],
)
async def test_pieces_are_joined_and_split_into_chunks(
    streams: Streams, sizes: tuple[int, ...], chunks: list[int]
) -> None:
    assert [len(chunk) async for chunk in streams.chunks(new_id(), pieces(*sizes))] == chunks


async def test_other_tasks_run_while_many_small_pieces_are_sent(streams: Streams) -> None:
    made, seen = 0, set[int]()

    async def small() -> AsyncIterator[bytes]:
        nonlocal made
        for _ in range(100):
            made += 1
            yield b"x"

    async def observe() -> None:
        while True:
            seen.add(made)
            await asyncio.sleep(0)

    observing = asyncio.create_task(observe())
    assert [len(chunk) async for chunk in streams.chunks(new_id(), small())] == [100]
    observing.cancel()

    steps = sorted(seen | {0, 100})
    assert max(after - before for before, after in pairwise(steps)) <= 10


async def test_a_stream_counts_until_its_end(streams: Streams) -> None:
    user = new_id()
    chunks = streams.chunks(user, pieces(100 * KIB))
    await anext(chunks)

    with pytest.raises(TooManyAtOnce):
        await anext(streams.chunks(user, pieces(1)))
    await chunks.aclose()

    assert [len(chunk) async for chunk in streams.chunks(user, pieces(1))] == [1]


async def test_a_process_that_is_full_refuses_every_caller(streams: Streams) -> None:
    running = [streams.chunks(new_id(), pieces(100 * KIB)) for _ in range(2)]
    for chunks in running:
        await anext(chunks)

    refused = new_id()
    for _ in range(2):  # a refused stream does not count
        with pytest.raises(UnavailableError):
            await anext(streams.chunks(refused, pieces(1)))
    await running[0].aclose()

    assert await anext(streams.chunks(refused, pieces(1)))


async def test_a_stream_is_complete_and_marks_its_end(streams: Streams) -> None:
    start, *body = await sent_by(await begun(streams, 100 * KIB))

    assert start["status"] == 200
    assert b"content-length" not in dict(start["headers"])
    assert [(len(chunk["body"]), chunk["more_body"]) for chunk in body] == [
        (64 * KIB, True),
        (36 * KIB, True),
        (0, False),
    ]


async def test_each_chunk_sent_extends_the_deadline(streams: Streams) -> None:
    async with asyncio.timeout(3600) as deadline:
        before = deadline.when()
        await sent_by(await begun(streams, 320 * KIB), **{DEADLINE: deadline})

    assert before is not None
    assert deadline.when() == pytest.approx(before + 10)


async def test_a_stream_that_fails_after_its_beginning_is_cut_off(streams: Streams) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"x" * 65 * KIB
        raise UnavailableError

    user = new_id()
    stream = await Stream.begun(streams.chunks(user, failing()), media_type="text/csv", headers={})

    with pytest.raises(ResponseCutOff) as cut_off:
        await sent_by(stream)
    assert isinstance(cut_off.value.__cause__, UnavailableError)
    assert await anext(streams.chunks(user, pieces(1)))
