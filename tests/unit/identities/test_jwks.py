import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

from BE.core.outside.client import Bounds
from BE.modules.identities.security.jwks import KeysUnavailable, RemoteKeys
from tests.support.calls import calling
from tests.support.identities.issuer import KeyServer, SigningKey, key_server, respond

FIRST, SECOND, THIRD = SigningKey("first"), SigningKey("second"), SigningKey("third")


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[KeyServer]:
    async with key_server() as server:
        server.keys = [FIRST.public]
        yield server


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@asynccontextmanager
async def remote(
    server: KeyServer, clock: Seconds, algorithms: Sequence[str] = ("EdDSA",)
) -> AsyncIterator[RemoteKeys]:
    async with calling() as outside:
        client = outside.operators_client("tests", Bounds(patience=1, attempts=1))
        keys = RemoteKeys(server.url, algorithms, client, clock=clock)
        yield keys
        await keys.close()


@pytest.fixture
async def keys(server: KeyServer, clock: Seconds) -> AsyncIterator[RemoteKeys]:
    async with remote(server, clock) as keys:
        yield keys


async def knows(keys: RemoteKeys, kid: str | None) -> bool:
    return await keys.find(kid, "EdDSA") is not None


async def test_are_fetched_once_for_many_who_ask_at_once(
    keys: RemoteKeys, server: KeyServer
) -> None:
    found = await asyncio.gather(*(knows(keys, "first") for _ in range(100)))

    assert all(found)
    assert server.fetches == 1


async def test_are_fetched_again_after_five_minutes(
    keys: RemoteKeys, server: KeyServer, clock: Seconds
) -> None:
    await knows(keys, "first")
    server.keys = [SECOND.public]
    clock.now += 299

    assert await knows(keys, "first")
    clock.now += 1

    assert not await knows(keys, "first")
    assert server.fetches == 2


async def test_an_unknown_one_makes_them_be_fetched_twice_a_minute_at_most(
    keys: RemoteKeys, server: KeyServer, clock: Seconds
) -> None:
    assert not any([await knows(keys, f"unknown {n}") for n in range(20)])
    assert server.fetches == 1
    server.keys.append(SECOND.public)
    clock.now += 30

    found = await asyncio.gather(*(knows(keys, "second") for _ in range(20)))

    assert all(found)
    assert not any([await knows(keys, f"unknown {n}") for n in range(20)])
    assert server.fetches == 2


async def test_one_who_gives_up_does_not_stop_the_others(
    keys: RemoteKeys, server: KeyServer
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        await server.publish(writer)

    server.answer = slow
    impatient = asyncio.create_task(knows(keys, "first"))
    await asked.wait()
    patient = asyncio.create_task(knows(keys, "first"))
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    go_on.set()

    assert await patient
    assert server.fetches == 1


async def refuse(writer: asyncio.StreamWriter) -> None:
    await respond(writer, b"down", "503 Service Unavailable")


async def redirect(writer: asyncio.StreamWriter) -> None:
    await respond(writer, b"", "302 Found\r\nLocation: /jwks?again")


async def hang_up(_: asyncio.StreamWriter) -> None:
    pass


async def never_answer(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


def says(body: str) -> Callable[[asyncio.StreamWriter], Any]:
    async def say(writer: asyncio.StreamWriter) -> None:
        await respond(writer, body.encode())

    return say


FAULTS = [
    refuse,
    redirect,
    hang_up,
    never_answer,
    flood,
    says(json.dumps({"keys": [FIRST.public], "padding": "x" * 65_536})),
    says("<html>"),
    says("[]"),
    says("null"),
    says("{}"),
    says('{"keys": null}'),
    says('{"keys": {}}'),
    says("[" * 60_000),
    says("\x00"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=count())
async def test_that_were_never_had_are_unavailable_not_unknown(
    keys: RemoteKeys,
    server: KeyServer,
    clock: Seconds,
    fault: Callable[[asyncio.StreamWriter], Any],
) -> None:
    server.answer = fault

    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            await knows(keys, "first")
    fetched_in_outage = server.fetches
    server.answer = server.publish
    clock.now += 5

    assert await knows(keys, "first")
    assert not await knows(keys, "unknown")
    assert fetched_in_outage == 1


async def test_serve_through_an_outage_for_a_day(
    keys: RemoteKeys, server: KeyServer, clock: Seconds
) -> None:
    await knows(keys, "first")
    server.answer = refuse
    clock.now += 300

    assert await knows(keys, "first")
    with pytest.raises(KeysUnavailable):  # it may be new, and nobody can say
        await knows(keys, "second")
    assert server.fetches == 2
    clock.now += 86_400

    with pytest.raises(KeysUnavailable):
        await knows(keys, "first")


async def test_a_server_that_cannot_be_reached_is_unavailable(clock: Seconds) -> None:
    async with key_server() as server:
        pass
    async with remote(server, clock) as keys:
        with pytest.raises(KeysUnavailable):
            await knows(keys, "first")


async def test_that_are_all_withdrawn_are_unknown(
    keys: RemoteKeys, server: KeyServer, clock: Seconds
) -> None:
    await knows(keys, "first")
    server.keys = []
    clock.now += 300

    assert not await knows(keys, "first")


async def test_a_token_without_a_name_of_a_key_means_the_only_one(
    keys: RemoteKeys, server: KeyServer, clock: Seconds
) -> None:
    assert await knows(keys, None)
    server.keys = [FIRST.public, SECOND.public]
    clock.now += 300

    assert not await knows(keys, None)


async def test_of_the_same_name_are_none(keys: RemoteKeys, server: KeyServer) -> None:
    server.keys = [FIRST.public, SECOND.public | {"kid": "first"}]

    assert not await knows(keys, "first")


ODD: list[Any] = [
    None,
    7,
    "key",
    [],
    {},
    {"kty": "OKP"},
    {"kty": []},
    {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "third"},
    THIRD.public | {"kty": "RSA"},
    THIRD.public | {"crv": "X25519"},
    THIRD.public | {"crv": 7},
    THIRD.public | {"x": 7},
    THIRD.public | {"x": "AA"},
    THIRD.public | {"x": "*"},
    THIRD.public | {"x": "é"},
    THIRD.public | {"kid": 7},
    THIRD.public | {"use": "enc"},
    THIRD.public | {"alg": "RS256"},
    THIRD.public | {"alg": 7},
    THIRD.public | {"key_ops": ["sign"]},
    THIRD.public | {"key_ops": "verify"},
    THIRD.published_in_full,
    {"kty": "RSA", "kid": "third", "n": "AQAB", "e": "AQAB"},
    {"kty": "RSA", "kid": "third", "n": [], "e": {}},
    {"kty": "EC", "kid": "third", "crv": "P-256", "x": "AA", "y": "AA"},
]


@pytest.mark.parametrize("odd", ODD, ids=count())
async def test_an_odd_one_is_passed_over(server: KeyServer, clock: Seconds, odd: Any) -> None:
    server.keys = [odd, FIRST.public]

    async with remote(server, clock, ("EdDSA", "ES256")) as keys:
        assert await knows(keys, "first")
        for algorithm in ("EdDSA", "ES256"):
            assert await keys.find("third", algorithm) is None


async def test_without_algorithm_serves_each_that_is_configured(
    server: KeyServer, clock: Seconds
) -> None:
    server.keys = [SigningKey("big", "RS256").public]

    async with remote(server, clock, ("RS256", "PS256", "EdDSA")) as keys:
        for algorithm in ("RS256", "PS256"):
            found = await keys.find("big", algorithm)
            assert found is not None
            assert found.algorithm_name == algorithm
        assert await keys.find("big", "EdDSA") is None
