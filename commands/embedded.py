"""Runs a PostgreSQL for development: no server to install, no account, no configuration."""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from commands.embedded_home import CLUSTER, EmbeddedPostgresError, Home, find_home

_START_TIMEOUT = 10
_RECOVERY_TIMEOUT = 60
_STOP_TIMEOUT = 3
_STARTING = "starting"

# PostgreSQL takes these paths as the directory of a socket; a socket's path has some 100 bytes
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]{1,80}", re.ASCII)


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[str]:
    """Start the PostgreSQL of ``data_dir``, or join the one that runs there; yields its DSN.

    The last process to leave stops the server, unless it was started otherwise; also when the
    process that started it was killed. Raises :class:`EmbeddedPostgresError`.
    """
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        turns = (data_dir / "postgres.lock").open("a+")
        users = (data_dir / "postgres.users").open("a+")
    except OSError as error:
        raise EmbeddedPostgresError(
            f"Cannot write to {data_dir} ({error.strerror}): set DATA_DIR to a directory of yours."
        ) from None
    with turns, users:
        with _locked(turns):
            home = find_home(data_dir)
        cluster = _Cluster(data_dir, home, turns)
        try:
            with _locked(turns):
                cluster.start()
                fcntl.flock(users, fcntl.LOCK_SH)
            yield cluster.dsn
        finally:
            with _locked(turns):
                fcntl.flock(users, fcntl.LOCK_UN)
                if cluster.is_ours and _is_last(users):
                    cluster.stop()


class _Cluster:
    """A data directory and the server that runs on it.

    The lock file holds the process id of the server that this command started, or ``starting``.
    """

    def __init__(self, data_dir: Path, home: Home, note: IO[str]) -> None:
        self._log = data_dir / "postgres.log"
        self._home = home.directory
        self._pgdata = home.directory / CLUSTER
        self._note = note
        self._binaries = home.binaries
        self._user = home.user
        self._socket_dir = self._pgdata
        self._server: subprocess.Popen[bytes] | None = None
        self.is_ours = False

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self._socket_dir), safe='')}"

    def start(self) -> None:
        self._require_matching_version()
        if not (self._pgdata / "PG_VERSION").exists():
            self._create()
        self._socket_dir = self._find_socket_dir()
        running = self._running()
        if running is not None:
            self.is_ours = _read(self._note) in {_STARTING, str(running.pid)}
        else:
            self.is_ours = True
            _write(self._note, _STARTING)
            running = self._launch()
        if self.is_ours:
            _write(self._note, str(running.pid))

    def stop(self) -> None:
        for request in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
            running = self._running() or self._started()
            if running is not None:
                running.send_signal(request)
            deadline = time.monotonic() + _STOP_TIMEOUT
            while (self._running() or self._started()) and time.monotonic() < deadline:
                time.sleep(0.02)
        if self._server is not None:
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(_STOP_TIMEOUT)

    def _create(self) -> None:
        """Make the cluster aside and move it into place, so that an interruption leaves none."""
        for draft in self._home.glob("postgres.new-*"):
            shutil.rmtree(draft, ignore_errors=True)  # its initdb may still be removing it
        draft = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self._home))
        if self._user is not None:
            shutil.chown(draft, self._user)
        made = subprocess.run(
            [
                self._binaries / "initdb",
                *("--pgdata", draft.name, "--username", "postgres"),
                *("--auth", "trust", "--encoding", "UTF8"),
            ],
            cwd=self._home,
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,
        )
        if made.returncode != 0:
            raise EmbeddedPostgresError(f"Cannot make a database: {made.stderr.strip()}")
        shutil.rmtree(self._pgdata, ignore_errors=True)
        draft.rename(self._pgdata)

    def _launch(self) -> Any:
        """Start the server and wait until it is ready; the ``psutil.Process``."""
        began = time.monotonic()
        self._server = self._spawn()
        while True:
            running = self._running()
            if running is not None and self._is_ready():
                return running
            waited = time.monotonic() - began
            if self._server.poll() is not None:
                # the processes of a server that was killed end only now
                if waited > _START_TIMEOUT:
                    raise EmbeddedPostgresError(
                        f"The embedded PostgreSQL does not start: {self._log} says why."
                    )
                time.sleep(0.2)
                self._server = self._spawn()
            if waited > _RECOVERY_TIMEOUT:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL is still not ready: {self._log} says why."
                )
            time.sleep(0.02)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with _open_privately(self._log) as log:
            return subprocess.Popen(
                [
                    self._binaries / "postgres",
                    *("-D", self._pgdata),
                    *("-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={self._socket_dir}"),
                ],
                cwd=self._home,
                start_new_session=True,  # a terminal's signals must not reach it
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_user,
            )

    @property
    def _as_user(self) -> dict[str, Any]:
        """The user to run a program as: PostgreSQL refuses to be root."""
        if self._user is None:
            return {}
        return {"user": self._user, "group": self._user, "extra_groups": ()}

    def _running(self) -> Any:
        """The ``psutil.Process`` that serves the directory, or ``None``."""
        import psutil

        pid_file = self._pgdata / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split(maxsplit=1)[0]))
            if process.status() == psutil.STATUS_ZOMBIE or Path(process.cwd()) != self._pgdata:
                return None
        except (FileNotFoundError, psutil.Error, IndexError, ValueError):
            return None
        return process

    def _started(self) -> subprocess.Popen[bytes] | None:
        """The server that this process started, which may not have written its process id yet."""
        return self._server if self._server is not None and self._server.poll() is None else None

    def _is_ready(self) -> bool:
        try:
            lines = (self._pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[-1].strip() == "ready"

    def _require_matching_version(self) -> None:
        try:
            text = (self._pgdata / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        bundled = metadata.version("embedded-postgres").partition(".")[0]
        if not text.isdecimal():
            raise EmbeddedPostgresError(
                f"The data in {self._pgdata} is damaged: set DATA_DIR to another directory."
            )
        if text != bundled:
            age = "newer" if int(text) > int(bundled) else "older"
            raise EmbeddedPostgresError(
                f"The data in {self._pgdata} belongs to PostgreSQL {text}, {age} than the embedded"
                f" {bundled}: set DATA_DIR to another directory, or serve it with PostgreSQL"
                f" {text} and set DATABASE_URL."
            )

    def _find_socket_dir(self) -> Path:
        if _PLAIN_PATH.fullmatch(str(self._pgdata)):
            return self._pgdata
        owner = pwd.getpwnam(self._user).pw_uid if self._user else os.geteuid()
        name = hashlib.sha256(bytes(self._pgdata)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir()) / f"bounded-{owner}-{name}"
        directory.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            shutil.chown(directory, self._user)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise EmbeddedPostgresError(f"{directory} belongs to somebody else: remove it.")
        return directory


def _open_privately(log: Path) -> IO[bytes]:
    """Open for the owner only: the log holds statements and the data in them."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.fchmod(file, 0o600)  # an earlier version made it readable by all
    return os.fdopen(file, "ab")


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(note: IO[str]) -> str:
    note.seek(0)
    return note.read()


def _write(note: IO[str], text: str) -> None:
    note.seek(0)
    note.truncate()
    note.write(text)
    note.flush()
