"""What a start logs, and that it can be stopped from its first moment."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.processes.server import PATIENCE, ROOT, ForkedServer, environment

STOPPED_WHILE_IMPORTING = """
import os, runpy, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Stop())
sys.argv = ["manage.py", "serve"]
runpy.run_path("manage.py", run_name="__main__")
"""


def test_a_sigterm_during_the_first_imports_ends_the_process() -> None:
    run = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_IMPORTING],
        cwd=ROOT,
        env=environment(PYTHONPATH=ROOT),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_every_line_of_a_start_is_json_with_json_logs(tmp_path: Path, empty_dsn: str) -> None:
    server = ForkedServer(
        tmp_path / "data",
        DATABASE_URL=empty_dsn,
        LOG_FORMAT="json",
        RATE_LIMIT_ENABLED="false",
    )
    try:
        server.wait_until()
        server.stop()
    finally:
        server.clean_up()

    lines = [json.loads(line) for line in server.output.splitlines()]
    (caution,) = [line for line in lines if line["event"] == "caution"]
    assert caution["reason"].startswith("RATE_LIMIT_ENABLED is false")
    assert "serving" in {line["event"] for line in lines}


def test_a_start_names_the_address_that_browsers_use(tmp_path: Path, empty_dsn: str) -> None:
    """In a container, or behind a proxy, it differs from the address that the server listens on."""
    server = ForkedServer(
        tmp_path / "data",
        DATABASE_URL=empty_dsn,
        PUBLIC_URL="http://localhost:9000",
    )
    try:
        server.wait_until()
        output = server.output
    finally:
        server.clean_up()

    assert "http://localhost:9000/api/v1\n" in output
    assert f":{server.port}" not in output
