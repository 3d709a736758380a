"""A process that outlives a killed test run, and removes the run's PostgreSQL.

``python -m tests.support.guard DIRECTORY`` waits until its standard input is closed, which happens
however the run ends. Then it ends the processes that work in DIRECTORY, and removes it.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from commands.embedded_home import CLUSTER

_PATIENCE = 5


@contextmanager
def guarded_directory() -> Iterator[Path]:
    """A directory for a PostgreSQL, beside pytest's: root's other runs restrict that one again."""
    directory = Path(tempfile.mkdtemp(prefix="bounded-tests-")).resolve()
    directory.chmod(0o711)  # under root, PostgreSQL runs as another user, who must pass here
    guard = subprocess.Popen(
        [sys.executable, "-m", "tests.support.guard", directory],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        start_new_session=True,  # a signal to the run's process group does not reach the guard
    )
    try:
        yield directory
    finally:
        guard.communicate()


def clear(directory: Path) -> None:
    """End the servers of a directory, and remove it with the data that it links to."""
    homes = {directory, *(link.resolve().parent for link in links_in(directory))}
    working = [process for process in psutil.process_iter() if _works_in(process, homes)]
    for how in (signal.SIGQUIT, signal.SIGKILL):
        for process in working:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        _, working = psutil.wait_procs(working, timeout=_PATIENCE)
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)


def links_in(directory: Path) -> list[Path]:
    """The links to the clusters that root's PostgreSQL stores elsewhere."""
    return [path for path in directory.rglob(CLUSTER) if path.is_symlink()]


def _works_in(process: psutil.Process, homes: set[Path]) -> bool:
    try:
        place = Path(process.cwd())
    except (psutil.Error, OSError):
        return False
    return any(place.is_relative_to(home) for home in homes)


if __name__ == "__main__":
    sys.stdin.read()
    clear(Path(sys.argv[1]))
