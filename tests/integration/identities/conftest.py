from collections.abc import AsyncIterator

import pytest

from tests.support.identities.provider import FakeProvider, fake_provider


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as provider:
        yield provider
