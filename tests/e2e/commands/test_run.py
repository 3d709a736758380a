import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from tests.support.processes.server import (
    PATIENCE,
    ROOT,
    ForkedServer,
    Server,
    environment,
    is_alive,
    manage,
    wait_for,
)

type Start = Callable[..., Server]

PASSWORD = "correct horse battery staple"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def used_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which earlier tests have served: no database has to be made."""
    return tmp_path_factory.mktemp("used") / "data"


@pytest.fixture
def start_first(data_dir: Path) -> Iterator[Start]:
    """Starts servers on a data directory that does not exist yet."""
    yield from starting(data_dir)


@pytest.fixture
def start(used_data_dir: Path) -> Iterator[Start]:
    yield from starting(used_data_dir)


def starting(data_dir: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def start(kind: type[Server] = ForkedServer, **options: Any) -> Server:
        servers.append(kind(data_dir, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.clean_up()


def register(server: Server) -> str:
    """Returns the email."""
    email = f"{uuid4().hex}@example.com"
    body = {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}
    answer = server.client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return email


def can_log_in(server: Server, email: str) -> bool:
    body = {"email": email, "password": PASSWORD}
    return server.client.post("/api/v1/auth/login", json=body).status_code == 200


def test_make_run_prints_its_address_and_ctrl_c_ends_it(start_first: Start, data_dir: Path) -> None:
    server = start_first(Server)
    server.wait_until()

    assert f"http://127.0.0.1:{server.port}/api/v1" in server.output
    assert f"http://127.0.0.1:{server.port}/docs" in server.output
    assert str(data_dir) in server.output
    assert server.client.get("/docs").status_code == 200

    server.stop(signal.SIGINT)
    assert server.postgres is None


@pytest.mark.parametrize(
    ("sig", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGINT, 2)]
)
def test_a_signal_stops_server_and_database_but_keeps_the_data(
    start: Start, sig: signal.Signals, times: int
) -> None:
    first = start()
    first.wait_until()
    email = register(first)
    postgres = first.postgres

    code = first.stop(sig, times=times)
    second = start()
    second.wait_until()

    assert code == 0
    assert postgres is not None
    assert not is_alive(postgres)
    assert can_log_in(second, email)


def test_after_a_kill_the_next_start_serves_the_same_data(start: Start) -> None:
    first = start()
    first.wait_until()
    email = register(first)

    first.kill()
    orphan = first.postgres
    second = start()
    second.wait_until()
    kept = can_log_in(second, email)
    second.stop()

    assert orphan is not None
    assert kept
    assert second.postgres is None
    assert not is_alive(orphan)


def test_after_everything_is_killed_the_next_start_serves_the_same_data(start: Start) -> None:
    first = start()
    first.wait_until()
    email = register(first)
    postgres = first.postgres
    assert postgres is not None

    first.kill()
    postgres.kill()
    wait_for(lambda: not is_alive(postgres), "the postmaster to die")
    second = start()
    second.wait_until()

    assert can_log_in(second, email)


@pytest.mark.parametrize("stops_first", [0, 1])
def test_the_last_of_two_processes_stops_the_database(start: Start, stops_first: int) -> None:
    both = [start(), start()]
    for server in both:
        server.wait_until()
    email = register(both[0])
    leaving, staying = both[stops_first], both[1 - stops_first]

    leaving.stop()
    served = can_log_in(staying, email)
    staying.stop()

    assert served
    assert staying.postgres is None


def test_a_database_started_by_another_process_is_left_running(
    start: Start, used_data_dir: Path
) -> None:
    first = start()
    first.wait_until()
    first.kill()
    (used_data_dir / "postgres.lock").write_text("")

    second = start()
    second.wait_until()
    second.stop()

    assert second.postgres is not None


def test_interrupted_starts_do_no_harm(start_first: Start) -> None:
    for milliseconds in range(300, 1500, 150):
        interrupted = start_first()
        time.sleep(milliseconds / 1000)  # at any point of the start
        interrupted.stop(signal.SIGINT)
        assert "Traceback" not in interrupted.output

    server = start_first()
    server.wait_until()
    server.stop()

    assert server.postgres is None


def test_killed_starts_do_no_harm(start_first: Start) -> None:
    for milliseconds in (400, 700, 1000):
        killed = start_first()
        time.sleep(milliseconds / 1000)  # as above
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.process.wait()

    server = start_first()
    server.wait_until()
    server.stop()

    assert server.postgres is None


@pytest.mark.parametrize("name", ["a;b & 'c' $d %41#? d\u00fcr", "x" * 120])
def test_the_data_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    server = ForkedServer(tmp_path / name)
    try:
        server.wait_until()
        register(server)
        assert server.stop() == 0
        assert server.postgres is None
    finally:
        server.clean_up()


def test_a_second_ctrl_c_still_lets_workers_finish_accepted_requests(start: Start) -> None:
    server = start(WEB_CONCURRENCY=2)
    server.wait_until()
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as slow:
        slow.sendall(
            b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n"
            b"Expect: 100-continue\r\n\r\n{"
        )
        assert slow.recv(64).startswith(b"HTTP/1.1 100")  # a worker reads it
        for _ in range(2):
            os.killpg(server.process.pid, signal.SIGINT)
            time.sleep(0.2)  # two presses, not one
        slow.sendall(b"}")

        assert slow.recv(64).startswith(b"HTTP/1.1 422")


def test_workers_end_with_their_parent(start: Start) -> None:
    first = start(WEB_CONCURRENCY=2)
    first.wait_until()
    wait_for(lambda: len(first.workers) == 2, "both workers to start")
    workers = first.workers

    first.kill()

    wait_for(lambda: not any(is_alive(worker) for worker in workers), "the workers to end")


def test_several_workers_share_one_database(start: Start) -> None:
    server = start(WEB_CONCURRENCY=2)
    server.wait_until()
    register(server)

    assert server.stop() == 0
    assert server.postgres is None


def test_python_main_py_serves_too(start: Start) -> None:
    server = start(Server, command=(str(ROOT / ".venv/bin/python"), "main.py"))
    server.wait_until()

    assert server.stop(signal.SIGINT) == 0


def test_an_unreachable_database_leaves_the_process_alive(start: Start) -> None:
    server = start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    server.wait_until("/health/live")

    assert server.client.get("/health/ready").status_code == 503
    body = {"email": "ada@example.com", "password": PASSWORD, "full_name": "Ada Lovelace"}
    answer = server.client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 503
    assert answer.json()["code"] == "UNAVAILABLE"
    assert server.stop() == 0


def test_a_taken_port_is_reported(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = manage("serve", PORT=port, DATA_DIR=data_dir)

    assert result.returncode == 1
    assert result.stderr == (
        f"Port {port} on 127.0.0.1 is taken: stop what listens there or set PORT.\n"
    )
    assert not (data_dir / "postgres").exists()


@pytest.mark.parametrize(("stored", "age"), [("99", "newer"), ("9", "older")])
def test_data_of_another_postgresql_is_reported(stored: str, age: str) -> None:
    with tempfile.TemporaryDirectory(prefix="bounded-data-") as directory:
        data_dir = Path(directory)
        data_dir.chmod(0o755)  # else the first error would be that PostgreSQL's user cannot pass
        (data_dir / "postgres").mkdir()
        (data_dir / "postgres" / "PG_VERSION").write_text(f"{stored}\n")

        result = manage("serve", DATA_DIR=data_dir)

    assert result.returncode == 1
    assert f"belongs to PostgreSQL {stored}, {age} than the embedded" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unsafe_configuration_is_refused_in_full() -> None:
    result = manage("serve", ENVIRONMENT="production", CORS_ORIGINS='["*"]')

    assert result.returncode == 1
    assert [line.partition(":")[0].strip() for line in result.stderr.splitlines()[1:]] == [
        "DATABASE_URL",
        "JWT_SECRET",
        "PUBLIC_URL",
        "CORS_ORIGINS",
        "SMTP_URL",
        "MAIL_FROM",
    ]


def test_an_unwritable_data_directory_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = manage("serve", DATA_DIR=tmp_path / "file" / "data")

    assert result.returncode == 1
    assert "set DATA_DIR" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("python", ["", "old-python"])
def test_make_reports_a_python_that_is_too_old(tmp_path: Path, python: str) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    named = str(tmp_path / python) if python else ""

    result = subprocess.run(
        ["make", "run", f"PYTHON={named}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    assert result.stderr.startswith("Bounded needs Python 3.12 or newer")
    assert not (tmp_path / "venv").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests already run as an ordinary user")
def test_an_ordinary_user_can_run_it() -> None:
    nobody = pwd.getpwnam("nobody")
    command = ("setpriv", "--reuid=nobody", "--clear-groups", sys.executable)
    if subprocess.run([*command, "-c", ""], check=False, capture_output=True).returncode != 0:
        pytest.skip("this Python lies in a home directory that is closed to others")
    data_dir = Path(tempfile.mkdtemp(prefix="bounded-"))
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    server = Server(data_dir, command=(*command, "manage.py", "serve"), HOME=data_dir)
    try:
        server.wait_until()
        postgres = server.postgres

        assert postgres is not None
        assert postgres.username() == "nobody"
        assert server.stop() == 0
        assert not is_alive(postgres)
    finally:
        server.clean_up()
        shutil.rmtree(data_dir)


class TestCommandLine:
    def test_openapi_prints_the_document(self, data_dir: Path) -> None:
        result = manage("openapi", DATA_DIR=data_dir)

        assert result.returncode == 0
        assert "/api/v1/users/me" in json.loads(result.stdout)["paths"]

    def test_migrate_goes_to_the_named_revision(self, data_dir: Path) -> None:
        results = [
            manage("migrate", DATA_DIR=data_dir),
            manage("migrate", "--to", "base", DATA_DIR=data_dir),
            manage("migrate", "--to", "nowhere", DATA_DIR=data_dir),
        ]

        assert [result.returncode for result in results] == [0, 0, 1]
        assert results[0].stdout == "The database is at head.\n"
        assert "nowhere" in results[2].stderr
        assert "Traceback" not in results[2].stderr

    def test_migrate_reports_a_missing_database(self, server: str) -> None:
        nowhere = urlunsplit(urlsplit(server)._replace(path="/nowhere"))
        results = [
            manage("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"),
            manage("migrate", DATABASE_URL=nowhere),
        ]

        for result in results:
            assert result.returncode == 1
            assert "Traceback" not in result.stderr
            assert result.stderr.count("\n") == 1
        assert 'database "nowhere" does not exist' in results[1].stderr

    @pytest.mark.parametrize(
        "command", [(), ("serve",), ("migrate",), ("openapi",), ("events",), ("events", "list")]
    )
    def test_every_command_has_help(self, command: tuple[str, ...]) -> None:
        result = manage(*command, "--help")

        assert result.returncode == 0
        assert "Usage" in result.stdout

    @pytest.mark.parametrize("arguments", [("fly",), ("serve", "--workers", "0")])
    def test_wrong_usage_exits_with_2(self, arguments: tuple[str, ...]) -> None:
        assert manage(*arguments).returncode == 2
