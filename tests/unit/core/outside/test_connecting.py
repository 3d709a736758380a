"""A name is resolved once, and the connection goes to the address that was checked."""

import ssl

import httpx
import pytest

from BE.core.outside.answers import AddressRefused, NoAnswer
from BE.core.outside.client import Bounds, OutsideClient
from BE.core.outside.connecting import GuardedTransport, resolve
from tests.support.calls import CountedCalls, other_system, respond_with

GOOD, BAD = "127.0.0.2", "127.0.0.1"


class RebindingName:
    """A name that resolves to another address each time, as in DNS rebinding."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = iter(answers)
        self.lookups = 0

    async def resolve(self, _host: str, _port: int) -> list[str]:
        self.lookups += 1
        return next(self._answers)


def client_of(name: RebindingName) -> OutsideClient:
    transport = GuardedTransport(
        ssl.create_default_context(), name.resolve, is_allowed=lambda address: address == GOOD
    )
    http = httpx.AsyncClient(transport=transport)
    return OutsideClient("hooks", http, Bounds(attempts=1), CountedCalls(), None)


async def test_dns_rebinding_is_refused() -> None:
    name = RebindingName([GOOD], [BAD], [BAD])
    client = client_of(name)
    async with other_system(GOOD) as outside, other_system(BAD, outside.port) as inside:
        url = f"http://moving.example:{outside.port}/"
        first = await client.get(url)
        with pytest.raises(AddressRefused):
            await client.get(url)
    await client.close()

    assert first.status == 200
    assert len(outside.requests) == 1
    assert b"Host: moving.example" in outside.requests[0]
    assert not inside.requests
    assert name.lookups == 2  # once for each connection


async def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    client = client_of(RebindingName([GOOD, GOOD]))
    async with other_system(GOOD) as stopped:
        pass
    with pytest.raises(NoAnswer):
        await client.get(f"http://example.com:{stopped.port}/")
    await client.close()


async def test_an_unknown_name_is_reported_as_no_answer() -> None:
    with pytest.raises(NoAnswer):
        await resolve("nowhere.invalid", 80)


async def test_a_redirect_is_not_followed() -> None:
    client = client_of(RebindingName([GOOD]))

    async with other_system(GOOD) as outside, other_system(BAD) as inside:
        outside.respond = respond_with(f"302 Found\r\nLocation: {inside.url}")
        answer = await client.get(f"http://example.com:{outside.port}/")
    await client.close()

    assert answer.status == 302
    assert not inside.requests
