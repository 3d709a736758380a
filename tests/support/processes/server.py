"""A real server process, started as a newcomer starts it, or forked."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil

from config import Settings
from tests.support.processes.forked import Forked, run_forked, serve_impatiently
from tests.support.processes.forked import manage as run_manage

ROOT = Path(__file__).parents[3]
PATIENCE = 300
"""Seconds after which a test gives up: more than a busy machine needs."""
CLOSING = httpx.Limits(max_connections=200, max_keepalive_connections=0)
"""For a client that keeps no connection: a server closes one that idles, perhaps as it is used."""


def free_port() -> int:
    """A port that no other process gets for a minute: it has a connection in TIME_WAIT."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
        with socket.create_connection(address):
            accepted, _ = listener.accept()
            accepted.close()  # the side that closes first keeps TIME_WAIT
    return address[1]


def environment(**variables: Any) -> dict[str, str]:
    """Our environment without settings of the application, and without what make would inherit.

    Nor PYTHONDONTWRITEBYTECODE, with which every start would compile all modules again.
    """
    ours = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONDONTWRITEBYTECODE"}
    ours |= {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {name: str(value) for name, value in variables.items()}


class Server:
    """``make run`` in a process group of its own."""

    def __init__(
        self, data_dir: Path, command: tuple[str, ...] = ("make", "run"), **env: Any
    ) -> None:
        self.port: int = env.pop("PORT", None) or free_port()
        self.data_dir = data_dir
        self._command = command
        self._environment = environment(DATA_DIR=data_dir, PORT=self.port, **env)
        self._log = data_dir.parent / f"{data_dir.name}-{self.port}.log"
        self._log.unlink(missing_ok=True)
        self.process = self._start()
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, limits=CLOSING
        )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_until(self, path: str = "/health/ready", status: int = 200) -> None:
        def answers() -> bool:
            assert self.process.poll() is None, self.output
            try:
                return self.client.get(path).status_code == status
            except httpx.TransportError:
                return False

        wait_for(answers, f"{path} to answer {status}", lambda: self.output)

    @property
    def serving(self) -> psutil.Process:
        """The Python process behind make."""
        main = psutil.Process(self.process.pid)
        children = main.children() if main.name() == "make" else []
        return next((child for child in children if is_python(child)), main)

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that the server serves with, if there are several."""
        return [child for child in self.serving.children() if is_worker(child)]

    @property
    def dsn(self) -> str:
        """The database of the data directory; PostgreSQL names its socket in a file."""
        lines = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
        return f"postgresql://postgres@/postgres?host={quote(lines[4].strip(), safe='')}"

    @property
    def postgres(self) -> psutil.Process | None:
        """The postmaster of the data directory, if it runs."""
        try:
            pid = int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
        except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
            return None
        return process if is_alive(process) else None

    def stop(self, sig: signal.Signals = signal.SIGTERM, *, times: int = 1) -> int:
        """Signal the whole group, as a terminal does, and wait for the server to end.

        Returns the exit code, which is minus the signal if make runs the server.
        """
        serving = self.serving
        for _ in range(times):
            os.killpg(self.process.pid, sig)
            time.sleep(0.05)  # two presses of Ctrl-C, not one signal merged of two
        code = self.process.wait(PATIENCE)
        serving.wait(PATIENCE)
        return code

    def kill(self) -> None:
        """End the server as an out-of-memory killer would: only it, at once."""
        self.serving.kill()
        self.process.wait(PATIENCE)

    def start_again(self) -> None:
        """Start the ended server again, with the same data and port."""
        self.process = self._start()

    def clean_up(self) -> None:
        self.client.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        if postgres := self.postgres:
            postgres.send_signal(signal.SIGQUIT)
            wait_for(lambda: not is_alive(postgres), "the postmaster to end")

    def _start(self) -> subprocess.Popen[bytes] | Forked:
        with self._log.open("a") as log:
            return subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class ForkedServer(Server):
    """``manage.py serve``, without the time for its imports."""

    manage = staticmethod(run_manage)

    def __init__(self, data_dir: Path, *arguments: str, **env: Any) -> None:
        super().__init__(data_dir, command=("serve", *arguments), **env)

    def _start(self) -> Forked:
        return Forked(self.manage, *self._command, env=self._environment, output=self._log)


class ImpatientServer(ForkedServer):
    """It kills workers that hang after five seconds, not after half a minute."""

    manage = staticmethod(serve_impatiently)


@contextlib.contextmanager
def started_again(server: Server) -> Iterator[Server]:
    """A server that replaces a killed one, with the same data and port."""
    again = ForkedServer(server.data_dir, PORT=server.port, RATE_LIMIT_ENABLED="false")
    try:
        again.wait_until()
        yield again
    finally:
        again.clean_up()


def is_python(process: psutil.Process) -> bool:
    """Whether it runs Python; ``False`` once it has ended."""
    try:
        return "python" in process.name()
    except psutil.NoSuchProcess:
        return False


def is_worker(process: psutil.Process) -> bool:
    """Whether it is a worker of ``multiprocessing``, and not its resource tracker."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], bool], what: str, output: Callable[[], str] = str) -> None:
    """Fails with what ``output`` returns then."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}\n{output()}"
        time.sleep(0.05)


def manage(*arguments: str, typed: str = "", **env: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    variables = environment(**{"PORT": free_port()} | env)
    return run_forked(run_manage, *arguments, env=variables, timeout=PATIENCE, typed=typed)
