"""A process that outlives a test run which is killed, and clears away its PostgreSQL.

``python -m tests.support.guard DIRECTORY`` waits until its standard input is closed, as it is when
the run ends, however that ends. Then it ends what still works in DIRECTORY, and removes it.
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
    """A directory for a PostgreSQL, beside pytest's own: other runs of root close that again."""
    directory = Path(tempfile.mkdtemp(prefix="bounded-tests-")).resolve()
    directory.chmod(0o711)  # as root, PostgreSQL runs as a user of its own, who passes here
    guard = subprocess.Popen(
        [sys.executable, "-m", "tests.support.guard", directory],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        start_new_session=True,  # what ends the run's group leaves the guard
    )
    try:
        yield directory
    finally:
        guard.communicate()


def clear(directory: Path) -> None:
    """End the servers of a directory and remove it, with the data that lie elsewhere."""
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
    """The links to clusters that root's PostgreSQL keeps elsewhere."""
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
