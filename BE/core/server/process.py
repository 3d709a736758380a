"""Runs the application under uvicorn, from the first signal handler to the last."""

import asyncio
import errno
import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, NoReturn

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from BE.core.server.protocol import BoundedProtocol

log = structlog.get_logger(__name__)

# with the notice before it and what follows (handlers, pool, embedded PostgreSQL) within 25 seconds
_DRAIN_TIMEOUT = 10
_STOP_TIMEOUT = 24  # a worker that is still there is killed
_SILENCE_TIMEOUT = 10  # a worker that does not answer is replaced
_REPLACEMENT_TIMEOUT = 60  # it is ready in a second or two, on a busy machine in many
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# allocations between two collections: a request makes next to no cycles
_GC_THRESHOLD = 10_000


SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that prometheus-client reads when it is first imported."""


class PortTaken(Exception):
    """The address cannot be listened on; the message says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Take the address before anything else is started. Raises :class:`PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is taken: stop what listens there or set PORT."
        else:
            message = f"Cannot listen on {host}, port {port} ({error.strerror}): set HOST or PORT."
        raise PortTaken(message) from None
    return listener


@contextmanager
def stopped_by_signal(*, exit_code: int = 0) -> Iterator[None]:
    """Leave the block on Ctrl-C or SIGTERM, and let no further one disturb what cleans up."""

    def leave(_: int, __: FrameType | None) -> NoReturn:
        _ignore_stop_signals()
        raise SystemExit(exit_code)

    for each in _STOP_SIGNALS:
        signal.signal(each, leave)
    yield


def run(app: str, *, listener: socket.socket, workers: int, announce: Callable[[], None]) -> None:
    """Serve the application factory ``app`` until a signal asks to stop."""
    config = uvicorn.Config(
        app,
        factory=True,
        workers=workers,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,  # TRUSTED_PROXY_HOPS decides whom to believe
        timeout_graceful_shutdown=_DRAIN_TIMEOUT,
        timeout_worker_healthcheck=_SILENCE_TIMEOUT,
    )
    if workers > 1:
        announce()
        _Supervisor(config, sockets=[listener]).run()
        stopped = True
    else:
        server = _Server(config, announce)
        server.run(sockets=[listener])
        stopped = server.started
    _ignore_stop_signals()
    if not stopped:
        raise SystemExit(1)


def join_supervisor() -> None:
    """Let the process that started this worker decide when it ends; alone, it does itself.

    A terminal's Ctrl-C reaches every process, but only the supervisor's SIGTERM counts; and a
    supervisor that was killed must not leave workers that hold the port.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="supervisor", daemon=True).start()


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
    """When a signal asks to stop, ``announce`` it and serve for ``notice`` more seconds.

    So whoever sends requests here, such as a proxy that asks for readiness, has gone elsewhere
    before the first one is refused. Outside a server nothing happens. Yields whether this is one.
    """
    stop: Any = signal.getsignal(signal.SIGTERM)
    if not isinstance(getattr(stop, "__self__", None), uvicorn.Server):
        yield False
        return
    loop = asyncio.get_running_loop()
    is_told = False

    def leave(signum: int, frame: FrameType | None) -> None:
        nonlocal is_told
        if is_told:
            return
        is_told = True
        announce()
        BoundedProtocol.is_leaving = True
        loop.call_soon_threadsafe(lambda: loop.call_later(notice, stop, signum, frame))

    for each in _STOP_SIGNALS:
        if signal.getsignal(each) == stop:
            signal.signal(each, leave)
    yield True


def spare_what_stays() -> None:
    """Exempt from garbage collection what start-up made: it lives as long as the process.

    Looking through it again and again took a fifth of the processor, and a tenth of a second at a
    time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


class _Server(uvicorn.Server):
    """Uvicorn's server, drained by however many signals: make and a terminal send several."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, *_: object) -> Any:
        self.should_exit = True


class _Supervisor(Multiprocess):
    """Uvicorn's supervisor, which tells what it replaces: nobody else sees a worker die.

    It is patient with a worker that takes over from another, but not with one that hangs.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        for each in _STOP_SIGNALS:
            signal.signal(each, self._stop)

    def restart_all(self) -> None:
        self.config.timeout_worker_healthcheck = _REPLACEMENT_TIMEOUT
        super().restart_all()
        self.config.timeout_worker_healthcheck = _SILENCE_TIMEOUT

    def keep_subprocess_alive(self) -> None:
        before = self.processes[:]
        super().keep_subprocess_alive()
        for old, new in zip(before, self.processes, strict=True):
            if new is not old:
                log.error("worker_replaced", pid=old.pid, exit_code=old.exitcode)

    def join_all(self) -> None:
        deadline = time.monotonic() + _STOP_TIMEOUT
        for each in self.processes:
            each.process.join(max(0, deadline - time.monotonic()))
            if each.process.is_alive():
                each.process.kill()
                each.process.join()

    def _stop(self, *_: object) -> None:
        # in a thread: the one that was interrupted may hold the event's lock
        threading.Thread(target=self.should_exit.set).start()


def _ignore_stop_signals() -> None:
    for each in _STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
