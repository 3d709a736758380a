"""``make dev``, on a copy of the code for the test to change."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.code import copy_code
from tests.support.processes.server import ROOT, Server, manage, wait_for


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return copy_code(tmp_path / "code")


@pytest.fixture
def server(tmp_path: Path, code: Path) -> Iterator[Server]:
    python = ROOT / ".venv" / "bin" / "python"
    server = Server(tmp_path / "data", command=(str(python), str(code / "manage.py"), "develop"))
    yield server
    server.clean_up()


def serves_version(server: Server, version: str) -> bool:
    try:
        answer = server.client.get("/health")
    except httpx.TransportError:
        return False  # between two servers
    return bool(answer.json().get("version") == version)


def test_a_change_of_the_code_is_served_and_the_database_keeps_running(
    server: Server, code: Path
) -> None:
    server.wait_until()
    database = server.postgres
    assert database is not None

    main = code / "main.py"
    main.write_text(main.read_text().replace("version=VERSION", 'version="changed"'))
    wait_for(lambda: serves_version(server, "changed"), "the change", lambda: server.output)

    assert "restarting the server" in server.output
    assert server.postgres == database


def test_ctrl_c_stops_the_server_and_its_database(server: Server) -> None:
    server.wait_until()

    assert server.stop(signal.SIGINT) == 0
    assert server.postgres is None


def test_production_is_refused() -> None:
    answer: subprocess.CompletedProcess[str] = manage(
        "develop",
        ENVIRONMENT="production",
        JWT_SECRET="a-secret-of-more-than-thirty-two-bytes",
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        COOKIE_SECURE="true",
        PUBLIC_URL="https://app.example.com",
        SMTP_URL="smtp://127.0.0.1:1",
        MAIL_FROM="app@example.com",
    )

    assert answer.returncode == 1
    assert "develop is for development" in answer.stderr
