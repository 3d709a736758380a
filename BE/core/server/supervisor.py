"""Several worker processes, and the supervisor that starts, replaces and stops them."""

import multiprocessing
import os
import signal
import socket
import threading
import time

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from BE.core.server.signals import STOP_SIGNALS

log = structlog.get_logger(__name__)

SILENCE_TIMEOUT = 10
"""Seconds after which a worker that does not answer is replaced."""

_STOP_TIMEOUT = 24  # a worker that is still there is killed
_REPLACEMENT_TIMEOUT = 60  # ready in a second or two, but later on a busy machine


class Supervisor(Multiprocess):
    """Uvicorn's supervisor, which also logs each worker that it replaces.

    It waits longer for a worker that replaces another than for one that hangs.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)

    def restart_all(self) -> None:
        self.config.timeout_worker_healthcheck = _REPLACEMENT_TIMEOUT
        super().restart_all()
        self.config.timeout_worker_healthcheck = SILENCE_TIMEOUT

    def keep_subprocess_alive(self) -> None:
        before = self.processes[:]
        super().keep_subprocess_alive()
        for old, new in zip(before, self.processes, strict=True):
            if new is not old:
                log.error("worker_replaced", pid=old.pid, exit_code=old.exitcode)

    def terminate_all(self) -> None:
        super().terminate_all()
        for listener in self.sockets:  # else a proxy waits at it for workers that are gone
            listener.close()

    def join_all(self) -> None:
        deadline = time.monotonic() + _STOP_TIMEOUT
        for worker in self.processes:
            worker.process.join(max(0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _stop(self, *_: object) -> None:
        # in a thread: the interrupted one may hold the event's lock
        threading.Thread(target=self.should_exit.set).start()


def join_supervisor() -> None:
    """Make a worker end when its supervisor does; without a supervisor, do nothing.

    A terminal's Ctrl-C reaches every process, but only the supervisor's SIGTERM counts. A
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
