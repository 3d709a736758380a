"""What a process knows of the server that runs it."""

import signal
from collections.abc import Iterator

import pytest
import uvicorn

from BE.core.server.process import leaving

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    handlers = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in handlers.items():
        signal.signal(each, handler)


async def test_uvicorn_is_known_by_who_hears_its_signals() -> None:
    server = uvicorn.Server(uvicorn.Config("an:app", log_config=None))
    for each in SIGNALS:
        signal.signal(each, server.handle_exit)

    async with leaving(lambda: None, notice=0) as is_server:
        assert is_server


async def test_without_a_server_signals_are_left_alone() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]

    async with leaving(lambda: None, notice=0) as is_server:
        assert not is_server
        assert [signal.getsignal(each) for each in SIGNALS] == before
