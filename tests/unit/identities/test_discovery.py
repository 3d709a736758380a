from collections.abc import AsyncIterator
from typing import Any

import pytest

from BE.core.outside.answers import CallFailed
from BE.core.outside.client import Bounds, OutsideClient
from BE.modules.identities.security.discovery import Discovery
from tests.support.calls import calling
from tests.support.identities.provider import FakeProvider, fake_provider

METADATA = "/.well-known/openid-configuration"


class FakeClock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as provider:
        yield provider


@pytest.fixture
async def client() -> AsyncIterator[OutsideClient]:
    async with calling() as outside:
        yield outside.operators_client("tests", Bounds(attempts=1))


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://"},
        {"userinfo_endpoint": 7},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"token_endpoint_auth_methods_supported": 7},
    ],
)
async def test_invalid_metadata_is_refused(
    provider: FakeProvider, client: OutsideClient, change: dict[str, Any]
) -> None:
    provider.metadata |= change

    with pytest.raises(CallFailed):
        await Discovery(provider.issuer, client).find()


@pytest.mark.parametrize("content", [b"<html>", b"[" * 60_000, b"a" * 70_000, []])
async def test_a_malformed_document_is_refused(
    provider: FakeProvider, client: OutsideClient, content: Any
) -> None:
    provider.answers[METADATA] = (200, content)

    with pytest.raises(CallFailed):
        await Discovery(provider.issuer, client).find()


async def test_metadata_is_fetched_hourly_and_survives_an_outage(
    provider: FakeProvider, client: OutsideClient
) -> None:
    clock = FakeClock()
    discovery = Discovery(provider.issuer, client, clock=clock)
    first = await discovery.find()
    assert await discovery.find() == first
    assert len(provider.requests) == 1

    provider.answers[METADATA] = (503, {})
    clock.now += 3600
    assert await discovery.find() == first
    assert await discovery.find() == first
    assert len(provider.requests) == 2

    clock.now += 86_400
    with pytest.raises(CallFailed):
        await discovery.find()


async def test_a_failed_fetch_is_not_retried_at_once(
    provider: FakeProvider, client: OutsideClient
) -> None:
    clock = FakeClock()
    provider.answers[METADATA] = (302, {})
    discovery = Discovery(provider.issuer, client, clock=clock)
    for _ in range(3):
        with pytest.raises(CallFailed):
            await discovery.find()
    assert len(provider.requests) == 1

    provider.answers.clear()
    clock.now += 5
    assert (await discovery.find()).token_endpoint == f"{provider.issuer}/token"
