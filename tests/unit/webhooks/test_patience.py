"""A receiver has a time limit for its whole answer, even if it sends it slowly."""

import asyncio
from itertools import repeat

import pytest

from BE.core.outside.answers import NoAnswer
from BE.modules.webhooks.service.deliveries import client_of
from tests.support.calls import Respond, calling, other_system


async def never_answer(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for line in repeat(b"X: y\r\n"):
        writer.write(line)
        await asyncio.sleep(0.01)


async def drip_a_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for byte in repeat(b"x"):
        writer.write(byte)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("respond", [never_answer, drip_headers, drip_a_body])
async def test_an_answer_over_the_time_limit_is_refused(respond: Respond) -> None:
    async with calling() as outside, other_system() as slow:
        slow.respond = respond
        client = client_of(outside, allows_private=True, patience=0.3)
        with pytest.raises(NoAnswer, match=r"no answer in 0\.3 seconds"):
            await client.send("POST", slow.url, content=b"{}")

    assert len(slow.requests) <= 1  # on a busy machine the time may be over before it arrives
