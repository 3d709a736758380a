"""Processes forked from one that has imported the application: its imports take two seconds."""

import asyncio
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from BE.core.server import supervisor

_ROOT = Path(__file__).parents[3]

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["commands.command_line", "main"])
_APPENDED = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Forked:
    """Runs a function in a process and session of its own; used like a ``subprocess.Popen``.

    The process has no other environment than ``env``. What it prints is appended to ``output``,
    or to ``errors``; it reads ``typed``.
    """

    def __init__(
        self,
        function: Callable[..., None],
        *arguments: Any,
        env: dict[str, str],
        output: Path,
        errors: Path | None = None,
        typed: Path = Path(os.devnull),
    ) -> None:
        files = (typed, output, errors or output)
        begun, has_begun = _FORKING.Pipe(duplex=False)
        with begun:
            with has_begun:
                self._process = _FORKING.Process(
                    target=_begin, args=(has_begun, env, files, function, arguments)
                )
                self._process.start()
            begun.recv()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait some seconds. Raises :class:`subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def send_signal(self, sig: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def manage(*arguments: str) -> None:
    """Do what ``python manage.py`` does with these arguments."""
    sys.argv = ["manage.py", *arguments]
    runpy.run_path(str(_ROOT / "manage.py"), run_name="__main__")


def serve_impatiently(*arguments: str) -> None:
    """Serve as :func:`manage` does, but wait less for workers that do not end."""
    supervisor._STOP_TIMEOUT = 5
    manage(*arguments)


def run_async(function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
    asyncio.run(function(*arguments))


def run_forked(
    function: Callable[..., None],
    *arguments: Any,
    env: dict[str, str],
    timeout: float,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a function to the end of its process, as ``subprocess.run`` does with a program."""
    with TemporaryDirectory() as directory:
        typed_file, output, errors = (Path(directory, name) for name in ("in", "out", "err"))
        for file, text in ((typed_file, typed), (output, ""), (errors, "")):
            file.write_text(text)
        process = Forked(
            function, *arguments, env=env, output=output, errors=errors, typed=typed_file
        )
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())


def _begin(
    has_begun: Connection,
    env: dict[str, str],
    files: tuple[Path, Path, Path],
    function: Callable[..., None],
    arguments: tuple[Any, ...],
) -> None:
    os.setsid()
    # a process with a multiprocessing parent takes it for its supervisor: this one has none
    multiprocessing.process._parent_process = None  # type: ignore[attr-defined]
    os.chdir(_ROOT)
    os.environ.clear()
    os.environ.update(env)
    for number, (file, flags) in enumerate(
        zip(files, (os.O_RDONLY, _APPENDED, _APPENDED), strict=True)
    ):
        os.dup2(os.open(file, flags, 0o600), number)
    sys.stdin = os.fdopen(0)
    has_begun.send(None)
    has_begun.close()
    function(*arguments)
