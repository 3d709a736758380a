"""How a process detects the server that runs it."""

import signal
from collections.abc import Iterator

import pytest
import uvicorn

from BE.core.server.process import leaving

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def restored_handlers() -> Iterator[None]:
    handlers = {signal_: signal.getsignal(signal_) for signal_ in SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


async def test_uvicorn_is_recognised_by_its_signal_handlers() -> None:
    server = uvicorn.Server(uvicorn.Config("an:app", log_config=None))
    for signal_ in SIGNALS:
        signal.signal(signal_, server.handle_exit)

    async with leaving(lambda: None, notice=0) as is_server:
        assert is_server


async def test_without_a_server_signals_are_left_alone() -> None:
    before = [signal.getsignal(signal_) for signal_ in SIGNALS]

    async with leaving(lambda: None, notice=0) as is_server:
        assert not is_server
        assert [signal.getsignal(signal_) for signal_ in SIGNALS] == before
