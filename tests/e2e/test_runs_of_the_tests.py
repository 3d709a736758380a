"""Test runs themselves: concurrent ones, and ones that are killed."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes.server import PATIENCE, ROOT, wait_for

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_DATABASE_URL") or os.environ.get("TEST_DATABASE")),
    reason="these tests are about the embedded PostgreSQL",
)

_TESTS = """
import os, signal, time
from pathlib import Path
import psutil
from tests.support.postgres import execute

HERE = Path(os.environ["HERE"])

def postmaster():
    parts = [process for process in psutil.Process().children() if process.name() == "postgres"]
    return parts[0]

async def test_waits_for_the_other_run(server):
    (HERE / f"{os.environ['RUN']}.pid").write_text(str(postmaster().pid))
    deadline = time.monotonic() + 100
    while not (HERE / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    await execute(server, "SELECT 1")

async def test_loses_its_server(server):
    if os.environ["RUN"] == "doomed":
        process = postmaster()
        process.send_signal(signal.SIGQUIT)
        process.wait()
    await execute(server, "SELECT 1")

async def test_goes_on(server):
    await execute(server, "SELECT 1")
"""


@pytest.fixture
def here() -> Iterator[Path]:
    """A root directory for runs, with the ``conftest.py`` of our tests."""
    with tempfile.TemporaryDirectory(prefix="bounded-runs-") as directory:
        here = Path(directory)
        (here / "test_small.py").write_text(_TESTS)
        (here / "conftest.py").write_text("from tests.conftest import *\n")
        yield here


def run(here: Path, name: str) -> subprocess.Popen[str]:
    (temporary := here / f"{name}-temporary").mkdir()  # runs that share one remove each other's
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no")
    return subprocess.Popen(
        (*command, "-c", str(ROOT / "pyproject.toml"), f"--rootdir={here}", str(here)),
        cwd=ROOT,
        env={
            **os.environ,
            "HERE": str(here),
            "RUN": name,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DEBUG_TEMPROOT": str(temporary),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def postmaster_of(here: Path, name: str) -> psutil.Process:
    """Wait for the postmaster of a run."""
    pid_file = here / f"{name}.pid"
    wait_for(lambda: pid_file.exists() and bool(pid_file.read_text()), f"the server of {name}")
    return psutil.Process(int(pid_file.read_text()))


def test_concurrent_runs_keep_their_servers(here: Path) -> None:
    runs = [run(here, name) for name in ("one", "other")]
    servers = [postmaster_of(here, name) for name in ("one", "other")]
    (here / "go").touch()
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in runs]

    assert servers[0].pid != servers[1].pid
    assert [process.returncode for process in runs] == [0, 0], outputs


def test_a_killed_run_leaves_neither_server_nor_data(here: Path) -> None:
    process = run(here, "killed")
    postmaster = postmaster_of(here, "killed")
    directory = Path(postmaster.cwd())

    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)

    wait_for(lambda: not postmaster.is_running(), "the server to end")
    wait_for(lambda: not directory.parent.exists(), "its data to be removed")


def test_a_dead_server_ends_the_run_with_its_log(here: Path) -> None:
    process = run(here, "doomed")
    postmaster_of(here, "doomed")
    (here / "go").touch()
    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode != 0
    assert "The PostgreSQL of the tests has died" in output
    assert "received immediate shutdown request" in output
    assert "1 failed, 1 passed" in output
