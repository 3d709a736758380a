"""Runs the application under uvicorn."""

import asyncio
import errno
import gc
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn

from BE.core.server.draining import DrainedServer
from BE.core.server.protocol import StrictProtocol
from BE.core.server.signals import STOP_SIGNALS, ignore_stop_signals
from BE.core.server.supervisor import SILENCE_TIMEOUT, Supervisor

# with the notice before and what follows (handlers, pool, embedded PostgreSQL) within 25 seconds
_DRAIN_TIMEOUT = 10
# allocations between two collections: a request makes next to no cycles
_GC_THRESHOLD = 10_000

SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that prometheus-client reads when it is first imported."""

_TARGET = re.compile(
    r"(x86_64|i\d86|arm\w*|aarch64|ppc64\w*|powerpc\w*|s390x|riscv\w*)"
    r"-[\w.-]*(linux|darwin|mingw|w64)[\w.-]*"
)
"""A triple such as x86_64-conda-linux-gnu."""


class PortTaken(Exception):
    """The address cannot be listened on; the message gives the remedy."""


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything else is started. Raises :class:`PortTaken`."""
    if _TARGET.fullmatch(host):
        raise PortTaken(
            f"HOST is {host}, which names a compiler's target: conda exports it with its compilers."
            " Unset HOST, or set it to the address to listen on, such as 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except socket.gaierror as error:
        listener.close()
        raise PortTaken(
            f"HOST is {host}, which is no address of this machine ({error.strerror}): a shell or"
            " another program may export it. Set it to the address to listen on, such as 127.0.0.1."
        ) from None
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is taken: stop what listens there or set PORT."
        else:
            message = f"Cannot listen on {host}, port {port} ({error.strerror}): set HOST or PORT."
        raise PortTaken(message) from None
    return listener


def run(app: str, *, listener: socket.socket, workers: int, announce: Callable[[], None]) -> None:
    """Serve the application factory ``app`` until a signal asks to stop."""
    config = uvicorn.Config(
        app,
        factory=True,
        workers=workers,
        http=StrictProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,  # TRUSTED_PROXY_HOPS decides which proxies count
        timeout_graceful_shutdown=_DRAIN_TIMEOUT,
        timeout_worker_healthcheck=SILENCE_TIMEOUT,
    )
    if workers > 1:
        announce()
        Supervisor(config, sockets=[listener]).run()
        has_served = True
    else:
        server = _Server(config, announce)
        server.run(sockets=[listener])
        has_served = server.started
    ignore_stop_signals()
    if not has_served:
        raise SystemExit(1)


@contextmanager
def shared_figures(*, workers: int) -> Iterator[None]:
    """Give several workers a directory in which their metrics are added up."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="bounded-metrics-") as directory:
        os.environ[SHARED_FIGURES] = directory
        yield


@asynccontextmanager
async def leaving(announce: Callable[[], None], *, notice: float) -> AsyncIterator[bool]:
    """When a signal asks to stop, call ``announce`` and serve for ``notice`` more seconds.

    By then a proxy that polls readiness sends its requests elsewhere. Outside a server nothing
    happens. Yields whether this is one.
    """
    stop: Any = signal.getsignal(signal.SIGTERM)
    if not isinstance(getattr(stop, "__self__", None), uvicorn.Server):
        yield False
        return
    loop = asyncio.get_running_loop()
    is_announced = False

    def leave(signum: int, frame: FrameType | None) -> None:
        nonlocal is_announced
        if is_announced:
            return
        is_announced = True
        announce()
        StrictProtocol.is_leaving = True
        loop.call_soon_threadsafe(lambda: loop.call_later(notice, stop, signum, frame))

    for number in STOP_SIGNALS:
        if signal.getsignal(number) == stop:
            signal.signal(number, leave)
    yield True


def freeze_startup_objects() -> None:
    """Exempt objects of the start-up from garbage collection: they exist as long as the process.

    Scanning them took a fifth of the processor, and a tenth of a second at a time. Their
    garbage stays: hundreds of objects, for which a start would scan 190 000 once more.
    """
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


class _Server(DrainedServer):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()
