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


class FakeClock:
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
def clock() -> FakeClock:
    return FakeClock()


@asynccontextmanager
async def remote(
    server: KeyServer,
    clock: FakeClock,
    algorithms: Sequence[str] = ("EdDSA",),
    *,
    patience: float = 60,
) -> AsyncIterator[RemoteKeys]:
    async with calling() as outside:
        bounds = Bounds(deadline=patience, patience=patience, attempts=1)
        client = outside.operators_client("tests", bounds)
        keys = RemoteKeys(server.url, algorithms, client, clock=clock)
        yield keys
        await keys.close()


@pytest.fixture
async def keys(server: KeyServer, clock: FakeClock) -> AsyncIterator[RemoteKeys]:
    async with remote(server, clock) as keys:
        yield keys


async def has_key(keys: RemoteKeys, kid: str | None) -> bool:
    return await keys.find(kid, "EdDSA") is not None


async def test_concurrent_lookups_share_one_fetch(keys: RemoteKeys, server: KeyServer) -> None:
    found = await asyncio.gather(*(has_key(keys, "first") for _ in range(100)))

    assert all(found)
    assert server.fetches == 1


async def test_keys_are_fetched_again_after_five_minutes(
    keys: RemoteKeys, server: KeyServer, clock: FakeClock
) -> None:
    await has_key(keys, "first")
    server.keys = [SECOND.public]
    clock.now += 299

    assert await has_key(keys, "first")
    clock.now += 1

    assert not await has_key(keys, "first")
    assert server.fetches == 2


async def test_unknown_keys_cause_at_most_two_fetches_a_minute(
    keys: RemoteKeys, server: KeyServer, clock: FakeClock
) -> None:
    assert not any([await has_key(keys, f"unknown {n}") for n in range(20)])
    assert server.fetches == 1
    server.keys.append(SECOND.public)
    clock.now += 30

    found = await asyncio.gather(*(has_key(keys, "second") for _ in range(20)))

    assert all(found)
    assert not any([await has_key(keys, f"unknown {n}") for n in range(20)])
    assert server.fetches == 2


async def test_a_cancelled_lookup_does_not_cancel_the_others(
    keys: RemoteKeys, server: KeyServer
) -> None:
    requested, resume = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        requested.set()
        await resume.wait()
        await server.publish(writer)

    server.answer = slow
    cancelled = asyncio.create_task(has_key(keys, "first"))
    await requested.wait()
    waiting = asyncio.create_task(has_key(keys, "first"))
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    resume.set()

    assert await waiting
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


def respond_with(body: str) -> Callable[[asyncio.StreamWriter], Any]:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await respond(writer, body.encode())

    return answer


FAULTS = [
    refuse,
    redirect,
    hang_up,
    flood,
    respond_with(json.dumps({"keys": [FIRST.public], "padding": "x" * 65_536})),
    respond_with("<html>"),
    respond_with("[]"),
    respond_with("null"),
    respond_with("{}"),
    respond_with('{"keys": null}'),
    respond_with('{"keys": {}}'),
    respond_with("[" * 60_000),
    respond_with("\x00"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=count())
async def test_keys_never_fetched_are_unavailable_rather_than_unknown(
    keys: RemoteKeys,
    server: KeyServer,
    clock: FakeClock,
    fault: Callable[[asyncio.StreamWriter], Any],
) -> None:
    server.answer = fault

    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            await has_key(keys, "first")
    fetched_in_outage = server.fetches
    server.answer = server.publish
    clock.now += 5

    assert await has_key(keys, "first")
    assert not await has_key(keys, "unknown")
    assert fetched_in_outage == 1


async def test_a_server_that_never_answers_is_unreachable(
    server: KeyServer, clock: FakeClock
) -> None:
    server.answer = never_answer

    async with remote(server, clock, patience=0.1) as keys:
        for _ in range(2):
            with pytest.raises(KeysUnavailable):
                await has_key(keys, "first")
    assert server.fetches <= 1  # on a busy machine the time may be over before it arrives


async def test_known_keys_survive_an_outage_for_a_day(
    keys: RemoteKeys, server: KeyServer, clock: FakeClock
) -> None:
    await has_key(keys, "first")
    server.answer = refuse
    clock.now += 300

    assert await has_key(keys, "first")
    with pytest.raises(KeysUnavailable):  # it may be a new key
        await has_key(keys, "second")
    assert server.fetches == 2
    clock.now += 86_400

    with pytest.raises(KeysUnavailable):
        await has_key(keys, "first")


async def test_keys_of_an_unreachable_server_are_unavailable(clock: FakeClock) -> None:
    async with key_server() as server:
        pass
    async with remote(server, clock) as keys:
        with pytest.raises(KeysUnavailable):
            await has_key(keys, "first")


async def test_withdrawn_keys_are_unknown(
    keys: RemoteKeys, server: KeyServer, clock: FakeClock
) -> None:
    await has_key(keys, "first")
    server.keys = []
    clock.now += 300

    assert not await has_key(keys, "first")


async def test_a_token_without_a_key_id_uses_the_only_key(
    keys: RemoteKeys, server: KeyServer, clock: FakeClock
) -> None:
    assert await has_key(keys, None)
    server.keys = [FIRST.public, SECOND.public]
    clock.now += 300

    assert not await has_key(keys, None)


async def test_keys_with_the_same_id_are_refused(keys: RemoteKeys, server: KeyServer) -> None:
    server.keys = [FIRST.public, SECOND.public | {"kid": "first"}]

    assert not await has_key(keys, "first")


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
async def test_an_invalid_key_is_skipped(server: KeyServer, clock: FakeClock, odd: Any) -> None:
    server.keys = [odd, FIRST.public]

    async with remote(server, clock, ("EdDSA", "ES256")) as keys:
        assert await has_key(keys, "first")
        for algorithm in ("EdDSA", "ES256"):
            assert await keys.find("third", algorithm) is None


async def test_a_key_without_an_algorithm_serves_all_configured_ones(
    server: KeyServer, clock: FakeClock
) -> None:
    server.keys = [SigningKey("big", "RS256").public]

    async with remote(server, clock, ("RS256", "PS256", "EdDSA")) as keys:
        for algorithm in ("RS256", "PS256"):
            found = await keys.find("big", algorithm)
            assert found is not None
            assert found.algorithm_name == algorithm
        assert await keys.find("big", "EdDSA") is None
