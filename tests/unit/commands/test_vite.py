"""Vite beside the API: when its pages are served, and that it never outlives the command."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer

from commands import vite
from commands.front_end import Tools
from commands.vite import vite_running
from config import Settings
from tests.support.processes.server import wait_for

LISTENS = """
import os, socket, sys
open("pid", "w").write(str(os.getpid()))
print(os.environ["API_URL"], file=open("api", "w"))
host = sys.argv[2]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
listener = socket.create_server((host, 0), family=family)
name = f"[{host}]" if ":" in host else host
port = listener.getsockname()[1]
print("Port 5173 is in use: see http://127.0.0.1:5173/", flush=True)
sys.stdout.buffer.write(f"  ➜  Local:   http://{name}:{port}/\\n".encode())
sys.stdout.buffer.flush()
print("hmr update /src/main.tsx\\n" * 100_000, flush=True)
open("printed", "w")
while True:
    listener.accept()
"""
DIES = "raise SystemExit(3)"

type RunAsVite = Callable[[str], None]


@pytest.fixture(autouse=True)
def fe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "node_modules/.bin").mkdir(parents=True)
    monkeypatch.setattr(vite, "FE", tmp_path)
    monkeypatch.setattr(vite, "fetch_tools", lambda: Tools(("npm",), dict(os.environ)))
    return tmp_path


@pytest.fixture
def run_as_vite(fe: Path) -> RunAsVite:
    def write(script: str) -> None:
        program = fe / "node_modules/.bin/vite"
        program.write_text(f"#!{sys.executable}\n{script}")
        program.chmod(0o755)

    return write


def has_ended(fe: Path) -> bool:
    try:
        os.kill(int((fe / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")],
)
def test_the_pages_are_served_once_vite_listens(
    fe: Path, run_as_vite: RunAsVite, host: str, reached: str
) -> None:
    run_as_vite(LISTENS)

    with vite_running(Settings(host=host, port=8000)) as pages:
        assert pages is not None
        address = urlsplit(pages)
        assert address.netloc == f"{reached}:{address.port}"
        socket.create_connection((address.hostname or "", address.port or 0)).close()
        wait_for((fe / "printed").exists, "Vite to print more than a pipe holds")

    assert (fe / "api").read_text() == f"http://{reached}:8000\n"
    assert has_ended(fe)


def test_the_api_is_served_alone_if_vite_dies(
    run_as_vite: RunAsVite, capsys: pytest.CaptureFixture[str]
) -> None:
    run_as_vite(DIES)

    with vite_running(Settings()) as pages:
        assert pages is None

    assert capsys.readouterr().err == "Vite has ended (exit code 3): the API is served alone.\n"


def test_vite_ends_even_if_the_output_is_closed(
    fe: Path, run_as_vite: RunAsVite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        wait_for((fe / "pid").exists, "Vite to start")
        raise BrokenPipeError

    run_as_vite(LISTENS)
    monkeypatch.setattr(typer, "echo", refuse)

    with pytest.raises(BrokenPipeError), vite_running(Settings()):
        pass

    assert has_ended(fe)
