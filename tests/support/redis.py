"""A Redis that a test starts, freezes and kills."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.processes.server import PATIENCE, free_port

BINARY = shutil.which("redis-server")

needs_redis = pytest.mark.skipif(
    BINARY is None, reason="there is no redis-server (Debian: apt-get install redis-server)"
)


class Redis:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        assert BINARY is not None
        options = ("--port", str(self._port), "--save", "", "--dir", str(self._directory))
        self._process = subprocess.Popen([BINARY, *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.01)
            else:
                return

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _signal(self, sig: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(sig)
